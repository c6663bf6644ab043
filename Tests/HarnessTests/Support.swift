import Compute
import Foundation
import Harness
import Logging
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
