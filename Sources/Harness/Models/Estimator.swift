import Baselines
import Compute
import Deep
import Foundation
import Scenes
import Settings

/// A way to make a model that can be compared: how it is called, what it lets be set, and how it is fitted and opened.
package struct Estimator: Sendable {
  package enum Family: String, Codable, Sendable {
    case classifier, network
  }

  package let family: Family
  /// Its name, summary and own settings.
  package let component: any Component.Type
  /// The section of experiments that its own settings stand in.
  package let section: String
  /// The sections, and keys without one, that bear on it beside the data, the seed and its own.
  let sections: Set<String>
  /// Whether another seed makes another model.
  package let hasChance: @Sendable (CellSettings) -> Bool
  /// Checks what its component can't know alone.
  let check: @Sendable (CellSettings) throws -> Void
  /// Fits it, or goes on with an interrupted fit, and stores it as `Fitting.weights`.
  let fit: @Sendable (Fitting) throws -> (segmenter: any Segmenter, summary: FitSummary)
  /// Opens what `fit` stored.
  let open: @Sendable (URL, CellSettings, ClassSet) throws -> any Segmenter
  /// Trainable and stored values before fitting, nil where that is not known before, and bytes that fitting and scoring
  /// take on each of so many ranks.
  let estimate: @Sendable (CellSettings, ClassSet, SceneSizes, _ ranks: Int) throws -> (parameters: Int?, bytes: Int)

  package var name: String { component.name }
  package var summary: String { component.summary }

  /// Whether a section, or the key without one, bears on the model.
  package func uses(_ section: String) -> Bool {
    sections.contains(section) || ["model", "data", "seed", self.section].contains(section)
  }
}

/// What fitting one cell needs.
package struct Fitting {
  let settings: CellSettings
  let classSet: ClassSet
  let scenes: PreparedScenes
  /// The cell's folder, for what outlives an interruption.
  let folder: URL
  let progress: ProgressReporter
  /// After how long within an epoch a network's state is stored.
  let checkpointInterval: Duration
  /// The processes that train a network together.
  let communicator: any Communicator

  /// Where the fitted model is stored.
  var weights: URL { RunStore.weights(in: folder) }
}

/// Facts about a fit, stored with its scores.
package struct FitSummary: Codable, Equatable, Sendable {
  /// Seconds of fitting, validation included, without what an interruption lost.
  package var seconds: Double
  /// Values that the model consists of, where that is how its size is counted.
  package var parameters: Int?
  /// Pixels that it was fitted on.
  package var pixels: Int
  /// Each feature's share in the forest's decrease of impurity; forests only.
  package var featureImportances: [String: Double]?
  /// What whoever uses the model should know of its fit; nil for nothing.
  package var notes: [FitNote]?
  /// Epochs trained, and the one whose weights were kept; networks only.
  package var epochs: Int?
  package var bestEpoch: Int?
  /// Validation mean IoU of the weights kept; networks only.
  package var validationMeanIoU: Double?
  /// How many of the seconds went by in waiting for pictures; networks only.
  package var waitingSeconds: Double?
  /// The network whose weights the encoder started from, where these are of another run; nil for published and for random
  /// ones.
  package var encoderNetwork: String?
  /// The most memory that the process held while fitting, in bytes; since an interruption, where there was one.
  package var peakBytes: Int?
  /// The share of the time that threads waited for a processor that had other work; since an interruption, where there was
  /// one. Nil where the system doesn't tell, and in runs of 0.2.0.
  package var processorWait: Double?

  /// Whether other work ran beside.
  package var isBesideOtherWork: Bool { (processorWait ?? 0) > ProcessorWait.busyShare }

  /// What to say of the time that it took: also how much of it went by in waiting, where that is more than a twentieth.
  package var time: String {
    let share = (waitingSeconds ?? 0) / seconds
    let waiting = share > 0.05 ? ", \(Int((100 * share).rounded())) % of the time waiting for pictures" : ""
    return "fitted in \(duration(seconds))\(waiting)"
  }
}
