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
  /// A scene of the split without a file in a folder, how many others have none, and files with names like its own.
  case missingFile(kind: SceneFiles.Kind, scene: String, others: Int, folder: String, nearest: [String])
  /// A file that could be of one scene or of another, in folders that it doesn't tell.
  case ambiguousFile(file: String, scenes: [String])
  /// A scene with several files, of which none is known to be the one.
  case severalFiles(kind: SceneFiles.Kind, scene: String, folder: String, files: [String])
  /// A prediction of another size than its scene's truth.
  case predictionSize(file: String, size: PixelSize, expected: PixelSize)
  /// A prediction with a value that stands for no class, and the nearest values that do.
  case unknownValue(file: String, value: Int, x: Int, y: Int, classes: String, nearest: [String])
  /// What a run stored is fine, but of another version of the program.
  case otherVersion(file: String, reason: String)
  /// A cell that couldn't be run.
  case cellFailed(cell: String, reason: String)
  /// Loss or weights are no longer numbers.
  case diverged(cell: String, epoch: Int, reason: String)
  /// A cell whose fit takes more memory than there is; `advice` names smaller ones that would fit.
  case tooLarge(cell: String, needed: Int, available: Int, advice: String)
  /// Training scenes of several sizes, of which no batch can be made; two of them.
  case severalSizes(files: [String], sizes: [PixelSize])
  /// A run that another process is at.
  case inUse(folder: String, holder: String)
  /// Experiments that can't be ranked in one table, and why.
  case notComparable(first: String, second: String, reason: String)
  /// A cell that, run again, gave something else.
  case notRepeated(String)
  /// A dataset on which a comparison would be wrong; each error was named.
  case unsoundData(folder: String, errors: Int)
  /// Files and folders to predict that hold no pictures.
  case noPictures([String])
  /// Pictures to predict that couldn't be read, each of which was named.
  case badPictures(failed: Int, of: Int)
  /// A figure that gnuplot couldn't draw.
  case figure(file: String, reason: String)
  /// A program beside this one that can't be started, and the command that makes it.
  case noProgram(String, made: String)
  /// Another program that didn't do its part, and why.
  case refused(program: String, reason: String)
  /// Pictures of a rank that aren't those of rank 0.
  case otherPictures(root: String, rank: Int)
  /// The user asked to stop; says how to go on.
  case interrupted(next: String)

  /// Whether the user asked to stop.
  var isInterruption: Bool { if case .interrupted = self { true } else { false } }

  package var description: String {
    switch self {
    case .malformed(let file, let reason): "\(file): \(reason)"
    case .noRun(let folder, let reason): "\(folder): \(reason)"
    case .missingFile(let kind, let scene, let others, let folder, let nearest):
      "\(folder) has no \(kind.rawValue) for \(scene)" + (others > 0 ? " and \(others) other scenes" : "")
        + (nearest.isEmpty ? "" : "; near to \(scene) is \(nearest.joined(separator: ", "))")
    case .ambiguousFile(let file, let scenes):
      "\(file) could be of \(scenes.joined(separator: " or of ")): its path must end as the scene's name does"
    case .severalFiles(let kind, let scene, let folder, let files):
      "\(folder) has several files for \(scene), and not one alone that "
        + (kind == .prediction ? "ends in _labelIds or " : "") + "has just that name: "
        + files.joined(separator: ", ")
    case .predictionSize(let file, let size, let expected):
      "\(file) is \(size), but the truth is \(expected); --resize brings predictions to its size"
    case .unknownValue(let file, let value, let x, let y, let classes, let nearest):
      "\(file): label \(value) at pixel (\(x), \(y)) stands for no class of \(classes); the nearest that do are "
        + nearest.joined(separator: " and ")
    case .otherVersion(let file, let reason): "\(file) was made by another version of segbench: \(reason)"
    case .cellFailed(let cell, let reason): "\(cell) failed: \(reason)"
    case .diverged(let cell, let epoch, let reason): "\(cell) diverged in epoch \(epoch): \(reason)"
    case .tooLarge(let cell, let needed, let available, let advice):
      "\(cell) takes about \(gibibytes(needed)) of memory, but \(gibibytes(available)) are available; \(advice)"
    case .severalSizes(let files, let sizes):
      "networks train on batches of one size, but \(zip(files, sizes).map { "\($0) is \($1)" }.joined(separator: " and ")); "
        + "set data.size to one size, or let random-crop be the augmentation or the last of several, as in mirror+random-crop"
    case .inUse(let folder, let holder): "\(folder) is being run by \(holder)"
    case .notComparable(let first, let second, let reason):
      "\(first) and \(second) can't be ranked in one table: \(reason)"
    case .notRepeated(let text): text
    case .unsoundData(let folder, let errors):
      "\(errors) error\(errors == 1 ? "" : "s") would make a comparison on \(folder) wrong"
    case .noPictures(let folders): "there is no PNG or JPEG file in \(folders.joined(separator: ", "))"
    case .badPictures(let failed, let count):
      "\(failed) of \(count) pictures couldn't be read, so they have no prediction"
    case .figure(let file, let reason): "can't draw \(file): gnuplot says: \(reason)"
    case .noProgram(let program, let command): "can't start \(program); '\(command)' builds it"
    case .refused(let program, let reason): "\(program): \(reason)"
    case .otherPictures(let root, let rank): "\(root) holds other pictures on rank \(rank) than on rank 0"
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
    case HarnessError.missingFile, HarnessError.ambiguousFile, HarnessError.severalFiles,
      HarnessError.predictionSize, HarnessError.unknownValue, HarnessError.noRun, HarnessError.unsoundData,
      HarnessError.noPictures, HarnessError.badPictures, HarnessError.otherVersion, HarnessError.otherPictures:
      self = .badData
    case HarnessError.diverged, HarnessError.cellFailed, HarnessError.figure, HarnessError.inUse,
      HarnessError.notRepeated, HarnessError.noProgram, HarnessError.refused:
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
