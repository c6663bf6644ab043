import Harness

/// What more training scenes gained trainings that are alike in all else.
struct TrainingSizesFinding {
  let name: String
  /// The numbers of scenes, ascending, of which there are two or more.
  let scenes: [Int]
  /// What the most scenes gain over the fewest.
  let gain: Estimate
  /// What is judged of the last step; nil of two numbers of scenes, where it is the whole.
  let last: Judgement?
  /// Differences below it are of no account.
  let margin: Double
}
