import ArgumentParser
import Foundation
import Harness

/// Segments pictures with a trained run.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the colour mask, the labelIds PNG and the overlay of each picture.")

  @Option(name: .customLong("run"), help: "The folder of a run.")
  var folder: String

  @Argument(help: "PNG pictures of any size.")
  var pictures: [String]

  @Option(help: "Where the files are written.")
  var out: String

  @OptionGroup var work: WorkOptions

  mutating func run() throws {
    _ = try work.start()
    let model = try StoredModel(run: fileURL(folder))
    for picture in pictures {
      for file in try model.predict(fileURL(picture), to: fileURL(out)) { print(file.relativePath) }
    }
  }
}
