import ArgumentParser
import Foundation
import Harness

/// Puts runs from several places together.
struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Put the finished cells of several folders of runs into one, such as of one experiment from two clusters.",
    discussion:
      "Experiments on other pictures or under another protocol are refused, and so is one training that scored "
      + "otherwise in two places. A training that several have is taken once.")

  @Argument(
    help: "The runs of two or more experiments, such as here/runs/camvid there/runs/camvid.", completion: .directory)
  var experimentRuns: [String]

  @Option(help: "The folder to make; its name is that of the merged experiment.", completion: .directory)
  var into: String

  func validate() throws {
    if experimentRuns.count < 2 { throw ValidationError("give two folders of runs or more") }
  }

  mutating func run() throws {
    let target = fileURL(into)
    let (merged, notes) = try MergedRuns.merge(experimentRuns.map { RunStore(folder: fileURL($0)) }, into: target)
    for note in notes { print("note: \(note)") }
    print(
      "\(merged.index.cells.count) cells in \(target.relativePath); 'segbench report \(target.relativePath)' ranks them"
    )
  }
}
