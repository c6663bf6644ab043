import ArgumentParser
import Exports
import Foundation

/// Writes a run's network for PyTorch.
struct ExportTorch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "torch",
    abstract: "Write a run's network for PyTorch: its weights, and a module that loads them.",
    discussion:
      "`model.safetensors` has the names of torchvision's or timm's encoders; `load.py` is the network, what is "
      + "done to pictures, and the classes' names and colours. It needs torch and safetensors alone.")

  @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run"), completion: .directory)
  var folder: String

  @Option(help: "Where both files are written.", completion: .directory)
  var out: String

  mutating func run() throws {
    for file in try TorchExport(run: fileURL(folder)).write(to: fileURL(out)) { print(file.relativePath) }
  }
}
