import Settings

/// How the learning rate goes down in a training.
package protocol LearningRateSchedule: Component {
  /// Whether the factor depends on how long the whole training is, so that one that is over can't go on for more epochs.
  var plansLength: Bool { get }

  /// What the first learning rate is to be multiplied by, apart from warm-up.
  ///
  /// - Parameters:
  ///   - step: counts from 0 after warm-up.
  ///   - total: steps of the whole training after warm-up.
  ///   - scores: of the epochs that are over, larger is better.
  func factor(step: Int, of total: Int, scores: [Double]) -> Float
}

extension LearningRateSchedule {
  /// What the first learning rate is to be multiplied by: it goes up linearly over the steps of warm-up, then as the
  /// schedule says.
  ///
  /// - Parameters:
  ///   - step: counts from 0.
  ///   - total: steps of the whole training.
  ///   - warmUpSteps: at the start of these.
  ///   - scores: of the epochs that are over, larger is better.
  package func factor(step: Int, of total: Int, warmUpSteps: Int, scores: [Double]) -> Float {
    if step < warmUpSteps { return Float(step + 1) / Float(warmUpSteps) }
    return factor(step: step - warmUpSteps, of: total - warmUpSteps, scores: scores)
  }
}

/// All schedules by name.
package enum Schedules {
  package static let registry = Registry<any LearningRateSchedule>(
    "schedule", [ConstantSchedule.self, CosineSchedule.self, PlateauSchedule.self])
}
