import Harness

/// What more training scenes gained trainings that are alike in all else.
struct TrainingSizesFinding {
  /// Whether scores still rise with the last step.
  enum Course {
    case rises, falls
    /// The last step changes less than what counts.
    case isLevel
    case isOpen
  }

  let name: String
  /// The numbers of scenes, ascending, of which there are two or more.
  let scenes: [Int]
  /// What the most scenes gain over the fewest.
  let gain: Estimate
  /// What they gain over the second most; nil where there are two.
  let lastGain: Estimate?
  /// Differences below it are of no account.
  let margin: Double

  /// What the interval of the last step says; nil where there is none.
  var course: Course? {
    guard let interval = lastGain?.interval else { return nil }
    if interval.low > -margin, interval.high < margin { return .isLevel }
    if interval.low > 0 { return .rises }
    return interval.high < 0 ? .falls : .isOpen
  }
}
