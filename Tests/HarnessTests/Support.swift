import Compute
import Foundation
import Harness
import Logging
import Scenes
import Storage
import Testing

/// Says nothing.
let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The comparison of the experiment in `yaml`, changed as `change` says, that stores its runs in `runs`.
func makeComparison(
  _ yaml: String, runs: URL, options: RunOptions = RunOptions(), _ change: (inout Experiment) throws -> Void
) throws -> Comparison {
  var experiment = try Experiment(yaml: yaml, file: "tiny.yaml")
  try change(&experiment)
  return try Comparison(
    experiment, runs: runs, progress: ProgressReporter(.quiet), logger: silentLogger, options: options)
}

/// Writes `count` streets of 32x16 pixels as a dataset's folder.
func writeStreets(to folder: URL, count: Int, seed: Int = 5) throws {
  try Synthesis.write(
    to: folder, count: count, size: PixelSize(width: 32, height: 16), seed: seed, progress: ProgressReporter(.quiet))
}
