import ArgumentParser

/// Hands models and runs to other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write stored runs and models as other programs read them.",
    subcommands: [ExportONNX.self, ExportMLflow.self, ExportTensorBoard.self, ExportTorch.self])
}
