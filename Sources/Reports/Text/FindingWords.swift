import Harness

/// Sentences on what numbers say, made from findings by rules: the largest effect first, with its size, its interval and
/// what was judged of it.
protocol FindingWords: Sendable {
  /// Which row validation chose, and its score on the test.
  func leading(_ standings: Standings) -> String
  /// How it stands to the others.
  func standing(_ outcomes: Outcomes, of name: String) -> String
  /// Which classes the difference from a row comes from.
  func source(_ gains: ClassGains, of name: String, over other: String) -> String
  /// Which classes are hardly found.
  func weakClasses(_ classes: [ClassGains.Gain], of name: String) -> String
  /// How near borders compare to all pixels.
  func nearBorders(_ borders: Double, all: Double, of name: String) -> String

  /// How rows stand to their reference; `name` is the model, nil where there is one family.
  func outcomes(_ outcomes: Outcomes, against reference: String, of name: String?) -> String
  /// How many of the comparisons of a table are undecided and aren't told of one by one.
  func undecidedRest(_ count: Int, of all: Int) -> String
  /// That some verdicts are on single trainings.
  var ofTheseTrainings: String { get }

  /// What weather takes away.
  func weather(_ finding: WeatherFinding) -> String
  /// What training under it gives back.
  func lifts(_ finding: WeatherFinding) -> String
  /// Which other models are better under it; empty for none.
  func rivals(_ rivals: [WeatherFinding.Rival], of name: String) -> String

  /// What more training scenes gained.
  func sizes(_ finding: TrainingSizesFinding) -> String

  /// What became of the claims, with their numbers in the table.
  func claims(_ verdicts: [(number: Int, verdict: ClaimVerdict)], of all: Int) -> String
  func mistakes(_ mistakes: [Mistake], of name: String) -> String
  /// What a row costs in use.
  func budget(_ budget: Budget) -> String
  /// What a faster row gives up.
  func bargain(_ bargain: Bargain, times factor: Double, over name: String) -> String
  func drives(worst: ClassGains.Gain, best: ClassGains.Gain, of name: String) -> String
  /// How far a row's probabilities can be believed, in clear weather and under the condition where they can least.
  func calibration(error: Double, overconfidence: Double, worst: (condition: String, error: Double)?, of name: String)
    -> String

  /// The claims that this agrees with, and those that it contradicts, each with its differences.
  func agreement(_ claims: [String]) -> String
  func contradiction(_ claims: [String]) -> String
  /// In how many of the undecided differences the noise of trainings is larger than that of pictures.
  func undecidedNoise(ofTrainings count: Int, of all: Int) -> String

  /// The row that validation chose of all.
  func recommendation(_ name: String, score: Estimate, experiment: String) -> String
  // Next steps.
  /// How many seeds a row settle at least half, and all, of the undecided comparisons that seeds can settle.
  func moreSeeds(half: Int, all: Int, of count: Int) -> String
  var moreDrives: String { get }
  func helpWeakClasses(_ names: [String]) -> String
  func trainUnderWeather(_ lift: WeatherFinding.Lift) -> String
  func trainUnderWeather(_ broadest: WeatherFinding.Breadth) -> String
  func findHelp(_ conditions: [String]) -> String
  var realWeather: String { get }
  var fullResolution: String { get }
  func testClaims(_ statements: [String]) -> String
}

/// The short tables of a note's own pages, and its table of the state of the art.
protocol BriefWords: Sendable {
  /// A class's name; that of the class set where there is none in this language.
  func className(_ name: String) -> String
  /// - Parameter arePlain: whether rows of other losses or augmentations are left out.
  func briefModelsNote(headline: String, arePlain: Bool) -> String
  var briefClassesNote: String { get }
  var lossColumn: String { get }
  var augmentationColumn: String { get }

  var fieldNote: String { get }
  var fieldModel: String { get }
  var year: String { get }
  var validationSplit: String { get }
  var testSplit: String { get }
  var extraData: String { get }
  var millionParameters: String { get }
  var framesPerSecond: String { get }
  var fieldSource: String { get }
}
