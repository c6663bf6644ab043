import ArgumentParser
import Compute
import Foundation
import Harness
import Logging

/// What every command that works for a while takes.
struct WorkOptions: ParsableArguments {
  @Option(help: "How many threads to use; results don't depend on it.")
  var threads: Int?

  @Flag(help: "Show no progress.")
  var quiet = false

  /// Applies the thread count and gives what tells the user how it goes.
  func start() throws -> (progress: ProgressReporter, logger: Logger) {
    if let threads {
      guard threads >= 1 else {
        throw HarnessError.invalid(key: "--threads", value: "\(threads)", bound: "1 or more")
      }
      Parallel.threadCount = threads
    }
    var logger = Logger(label: "segbench") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = quiet ? .error : .info
    return (ProgressReporter(quiet ? .quiet : .automatic), logger)
  }
}

extension Report.Beside: ExpressibleByArgument {}
extension Language: ExpressibleByArgument {}
/// What commands that run cells take.
struct RunCommandOptions: ParsableArguments {
  @Option(help: "Within an epoch, store a network's state every so many minutes; 0 for after each step.")
  var checkpointMinutes = 10.0

  func validate() throws {
    guard (0...100_000).contains(checkpointMinutes) else {
      throw ValidationError("--checkpoint-minutes is \(checkpointMinutes), but must be 0 to 100000")
    }
  }

  /// As the harness takes them.
  var options: RunOptions { RunOptions(checkpointInterval: .seconds(60 * checkpointMinutes)) }
}

/// What was typed, as it can be typed again.
var typedCommand: String {
  let words = ["segbench"] + CommandLine.arguments.dropFirst()
  return words.map { word in
    word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=,+:@%".contains($0) }
      ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }.joined(separator: " ")
}

/// A path as the user gives it.
func fileURL(_ path: String) -> URL {
  URL(fileURLWithPath: (path as NSString).expandingTildeInPath)
}
