import Settings

/// Times `factor` whenever the score has not improved for `patience` epochs.
struct PlateauSchedule: LearningRateSchedule {
  static let name = "plateau"
  static let summary = "down where the validation score no longer improves"

  var factor: Float = 0.5
  var patience = 3
  let plansLength = false

  static let fields: [Field<Self>] = [
    .number("factor", \.factor, .between(0, 1), "what the rate is multiplied by on a plateau"),
    .whole("patience", \.patience, 1...100_000, "epochs without improvement that make a plateau"),
  ]

  func factor(step: Int, of total: Int, scores: [Double]) -> Float {
    var (best, waited, result) = (-Double.infinity, 0, Float(1))
    for score in scores {
      waited = score > best ? 0 : waited + 1
      best = max(best, score)
      if waited == patience { (waited, result) = (0, result * factor) }
    }
    return result
  }
}
