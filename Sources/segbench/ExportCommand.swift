import ArgumentParser

/// Writes stored runs in the formats of other tools.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a stored run in the format of another tool.",
    subcommands: [ExportONNX.self])
}
