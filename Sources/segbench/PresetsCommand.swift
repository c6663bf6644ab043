import ArgumentParser
import Harness

/// Lists and shows the built-in experiments.
struct PresetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presets", abstract: "List the built-in experiments, or print one to edit.",
    subcommands: [List.self, Show.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the presets.")

    mutating func run() throws {
      for preset in Presets.all { print("\(preset.name): \(preset.summary)") }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print a preset as YAML.")

    @Argument(help: "The preset.")
    var name: String

    mutating func run() throws {
      print(try Presets.named(name).yaml, terminator: "")
    }
  }
}
