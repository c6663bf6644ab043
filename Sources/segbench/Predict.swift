import ArgumentParser
import Deep
import Foundation
import Harness

/// Segments pictures with a trained run.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the colour mask, the labelIds PNG and the overlay of each picture.")

  @Option(name: .customLong("run"), help: "The folder of a run.", completion: .directory)
  var folder: String

  @Argument(help: "Pictures (PNG or JPEG) of any size, and folders of such, with all below them.", completion: .file())
  var paths: [String]

  @Option(help: "Where the files are written, in folders as the pictures' are.", completion: .directory)
  var out: String

  @Flag(help: "Also write each picture's probabilities as NumPy array [height, width, classes] of float32.")
  var probabilities = false

  @Flag(help: "Also write legend.svg: the classes' names, colours and exported values.")
  var legend = false

  @Option(help: "What a network computes with, fp32 or bf16; by default what it was trained with.")
  var precision: Precision?

  @OptionGroup var work: WorkOptions

  mutating func run() throws {
    let (progress, logger) = try work.start()
    let selection = try PictureSelection(paths.map(fileURL), out: fileURL(out))
    try StoredModel(run: fileURL(folder), precision: precision).predict(
      selection, to: fileURL(out),
      options: PredictionOptions(writesProbabilities: probabilities, writesLegend: legend), progress: progress,
      logger: logger
    ) { for file in $0 { print(file.relativePath) } }
  }
}
