import Baselines
import Compute
import Deep
import Scenes
import Settings
import Storage

/// What can be wrong with an experiment, its settings and its stored runs.
package enum HarnessError: Error, Equatable, CustomStringConvertible {
  /// A YAML text that can't be read.
  case malformed(file: String, reason: String)
  /// A folder of runs, or a run, that isn't one.
  case noRun(folder: String, reason: String)
  /// A picture of the split without a prediction.
  case missingPrediction(scene: String, folder: String)
  /// What a run stored is fine, but of another version of the program.
  case otherVersion(file: String, reason: String)
  /// A cell that couldn't be run.
  case cellFailed(cell: String, reason: String)
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

  /// Whether the user asked to stop.
  var isInterruption: Bool { if case .interrupted = self { true } else { false } }

  package var description: String {
    switch self {
    case .malformed(let file, let reason): "\(file): \(reason)"
    case .noRun(let folder, let reason): "\(folder): \(reason)"
    case .missingPrediction(let scene, let folder): "\(folder) has no prediction for \(scene)"
    case .otherVersion(let file, let reason): "\(file) was made by another version of segbench: \(reason)"
    case .cellFailed(let cell, let reason): "\(cell) failed: \(reason)"
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
package enum ExitStatus: Int32, Sendable {
  case done = 0
  case failed = 1
  case usage = 2
  case badData = 3
  case interrupted = 130

  /// The status that `error` ends the program with.
  package init(_ error: any Error) {
    switch error {
    case HarnessError.interrupted: self = .interrupted
    case HarnessError.missingPrediction, HarnessError.noRun, HarnessError.badScenes, HarnessError.otherVersion:
      self = .badData
    case HarnessError.diverged, HarnessError.cellFailed, HarnessError.figure, HarnessError.inUse,
      HarnessError.notRepeated:
      self = .failed
    case is HarnessError: self = .usage
    case is SettingError: self = .usage
    case is BaselinesError: self = .badData
    case is DeepError: self = .badData
    case is ScenesError: self = .badData
    case StorageError.unwritable: self = .failed
    case is StorageError: self = .badData
    default: self = .failed
    }
  }
}

/// Bytes as people read them: `1.25 GiB`.
package func gibibytes(_ bytes: Int) -> String { String(format: "%.2f GiB", Double(bytes) / 0x1p30) }
