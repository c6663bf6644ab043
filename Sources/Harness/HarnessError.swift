import Baselines
import Compute
import Deep
import Scenes

/// What can be wrong with an experiment, its settings and its stored runs.
public enum HarnessError: Error, Equatable, CustomStringConvertible {
  /// A key or name that isn't known; `known` are all that are.
  case unknown(kind: String, name: String, known: [String])
  /// A setting that isn't of its type.
  case wrongType(key: String, value: String, expected: String)
  /// A setting out of its bounds.
  case invalid(key: String, value: String, bound: String)
  /// A YAML text that can't be read.
  case malformed(file: String, reason: String)
  /// A folder of runs, or a run, that isn't one.
  case noRun(folder: String, reason: String)
  /// A picture of the split without a prediction.
  case missingPrediction(scene: String, folder: String)
  /// Loss or weights are no longer numbers.
  case diverged(cell: String, epoch: Int, reason: String)
  /// A cell whose fit takes more memory than there is; `advice` names smaller ones that would fit.
  case tooLarge(cell: String, needed: Int, available: Int, advice: String)
  /// A run that another process is at.
  case inUse(folder: String, holder: String)
  /// A cell that, run again, gave something else.
  case notRepeated(String)
  /// A dataset with bad scenes, each of which was named.
  case badScenes(folder: String, count: Int)
  /// A figure that gnuplot couldn't draw.
  case figure(file: String, reason: String)
  /// The user asked to stop; says how to go on.
  case interrupted(next: String)

  public var description: String {
    switch self {
    case .unknown(let kind, let name, let known):
      if let nearest = nearest(to: name, among: known) {
        "there is no \(kind) '\(name)'; did you mean '\(nearest)'? Known: \(known.joined(separator: ", "))"
      } else {
        "there is no \(kind) '\(name)'. Known: \(known.joined(separator: ", "))"
      }
    case .wrongType(let key, let value, let expected): "\(key) is '\(value)', but must be \(expected)"
    case .invalid(let key, let value, let bound): "\(key) is \(value), but must be \(bound)"
    case .malformed(let file, let reason): "\(file): \(reason)"
    case .noRun(let folder, let reason): "\(folder): \(reason)"
    case .missingPrediction(let scene, let folder): "\(folder) has no prediction for \(scene)"
    case .diverged(let cell, let epoch, let reason): "\(cell) diverged in epoch \(epoch): \(reason)"
    case .tooLarge(let cell, let needed, let available, let advice):
      "\(cell) takes about \(gibibytes(needed)) of memory, but \(gibibytes(available)) are available; \(advice)"
    case .inUse(let folder, let holder): "\(folder) is being run by \(holder)"
    case .notRepeated(let text): text
    case .badScenes(let folder, let count): "\(folder) has \(count) bad scenes"
    case .figure(let file, let reason): "can't draw \(file): gnuplot says: \(reason)"
    case .interrupted(let next): "stopped; \(next)"
    }
  }
}

/// The exit status of the program.
public enum ExitStatus: Int32, Sendable {
  case done = 0
  case failed = 1
  case usage = 2
  case badData = 3
  case interrupted = 130

  /// The status that `error` ends the program with.
  public init(_ error: any Error) {
    switch error {
    case HarnessError.interrupted: self = .interrupted
    case HarnessError.missingPrediction, HarnessError.noRun, HarnessError.badScenes: self = .badData
    case HarnessError.diverged, HarnessError.figure, HarnessError.inUse, HarnessError.notRepeated: self = .failed
    case is HarnessError: self = .usage
    case DeepError.unknown, DeepError.invalid: self = .usage
    case BaselinesError.invalid: self = .usage
    case is BaselinesError: self = .badData
    case is DeepError: self = .badData
    case ScenesError.invalid: self = .usage
    case is ScenesError: self = .badData
    case ComputeError.unwritable: self = .failed
    case is ComputeError: self = .badData
    default: self = .failed
    }
  }
}

/// Bytes as people read them: `1.25 GiB`.
func gibibytes(_ bytes: Int) -> String { String(format: "%.2f GiB", Double(bytes) / 0x1p30) }

/// The one of `known` that is nearest to `name` in single-letter edits, where that is near enough to be a slip.
func nearest(to name: String, among known: [String]) -> String? {
  // No slip is that long, and measuring takes time with the length.
  guard name.utf8.count <= 256 else { return nil }
  let measured = known.map { (name: $0, edits: edits(from: Array(name.lowercased()), to: Array($0.lowercased()))) }
  guard let best = measured.min(by: { $0.edits < $1.edits }) else { return nil }
  return best.edits <= max(2, name.count / 3) ? best.name : nil
}

/// The Levenshtein distance, row by row.
private func edits(from a: [Character], to b: [Character]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let substitution = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
