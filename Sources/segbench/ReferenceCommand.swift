import ArgumentParser
import Harness
import Reports

/// Prints the pages of `docs` that are made from the program; `make reference` writes them, a test compares them.
struct ReferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reference", abstract: "Print a page of the reference, in Markdown.", shouldDisplay: false)

  enum Page: String, ExpressibleByArgument, CaseIterable {
    case settings, commands
  }

  @Argument(help: "The page.")
  var page: Page

  mutating func run() throws {
    switch page {
    case .settings: print(SettingsReference.markdown, terminator: "")
    case .commands: print(Self.commands, terminator: "")
    }
  }

  /// The help of every command.
  private static var commands: String {
    """
    # Commands

    Every command with its options, as `segbench help COMMAND` prints them. This page is made by `make reference`; a test
    compares it with the program.

    """ + sections(of: Segbench.self, after: [])
  }

  private static func sections(of command: any ParsableCommand.Type, after path: [String]) -> String {
    let path = path + [command._commandName]
    let help = Segbench.helpMessage(for: command, columns: 100)
    let own = "\n## \(path.joined(separator: " "))\n\n```text\n\(help)\n```\n"
    return command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
      .reduce(own) { $0 + sections(of: $1, after: path) }
  }
}
