import ArgumentParser
import Harness
import Reports

/// Lists and shows the built-in experiments.
struct PresetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presets", abstract: "List the built-in experiments, print one to edit, or all settings.",
    subcommands: [List.self, Show.self, Settings.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the presets.")

    mutating func run() throws {
      for preset in Presets.all { print("\(preset.name): \(preset.summary)") }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print a preset as YAML.")

    @Argument(help: "The preset.", completion: .presets)
    var name: String

    mutating func run() throws {
      print(try Presets.named(name).yaml, terminator: "")
    }
  }

  struct Settings: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print every setting of experiments, its default and its bounds.")

    mutating func run() throws {
      print(Schema.shared.table, terminator: "")
    }
  }
}
