import ArgumentParser
import Exports
import Foundation
import Harness

/// Writes a run as a file of ONNX.
struct ExportONNX: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onnx",
    abstract: "Write a run as a file of ONNX: pictures of any size in, classes and probabilities out.")

  @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run"), completion: .directory)
  var folder: String

  @Option(help: "The file to write.", completion: .file(extensions: ["onnx"]))
  var out: String

  @Flag(help: "Compute in int8, with ranges from the run's training pictures, which must still be there.")
  var int8 = false

  @Flag(
    help: """
      Check the file with Python's onnx, run it with onnxruntime on some of the run's test pictures, and compare with \
      segbench.
      """)
  var check = false

  @OptionGroup var work: WorkOptions

  mutating func run() throws {
    let (progress, _) = try work.start()
    let (export, file) = (try ONNXExport(run: fileURL(folder)), fileURL(out))
    try export.write(to: file, isInt8: int8, progress: progress)
    print(file.relativePath)
    if check { print(try export.check(file, progress: progress)) }
  }
}
