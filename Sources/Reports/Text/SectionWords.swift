import Harness

/// The earlier reports: their figures beside ours, and their claims.
protocol EarlierWords: Sendable {
  var earlierTitle: String { get }
  func earlierFormNote(protocol name: String, summary: String) -> String
  var besideNote: String { get }
  /// Titles of the columns as the earlier reports had them.
  var earlierModel: String { get }
  var earlierFitTime: String { get }
  var earlierDice: String { get }
  var earlierAccuracy: String { get }
  var source: String { get }
  var earlierReport: String { get }
  var thisExperiment: String { get }
  /// On how many photos of which size an earlier report scored a model, and how.
  func earlierScoring(photos: Int?, size: String, isHard: Bool, protocol name: String) -> String
  /// As that, of this experiment.
  func ownScoring(size: String, isHard: Bool, protocol name: String) -> String

  var claimsTitle: String { get }
  func claimsNote(headline: String, earlier: String) -> String
  var claim: String { get }
  var theirs: String { get }
  var claimedBy: String { get }
  /// Which of the earlier reports claimed it, and on what.
  func claimSource(report: Int, data: String, size: String) -> String
  var gainedHere: String { get }
  func word(_ verdict: ClaimVerdict) -> String
}

/// Figures: curves, confusion, masks.
protocol FigureWords: Sendable {
  var curvesTitle: String { get }
  var curvesNote: String { get }
  var epoch: String { get }
  var validationMeanIoULabel: String { get }
  var testMeanIoULabel: String { get }
  var trainingLoss: String { get }
  /// A mark in curves: from here on the encoder learns, too.
  var encoderThaws: String { get }
  /// Captions of curves by model, with or without the training loss.
  func modelCurves(hasLoss: Bool) -> String
  var lossCurves: String { get }
  var augmentationCurves: String { get }

  var sizesTitle: String { get }
  func sizesNote(headline: String) -> String
  func sizesCaption(protocol name: String) -> String
  var trainingScenesColumn: String { get }
  var trainingScenesLabel: String { get }

  /// Which rows a figure is of, where a model has several.
  var ofChosenRows: String { get }
  var confusionTitle: String { get }
  /// - Parameter rows: `ofChosenRows` or nothing.
  func confusionCaption(rows: String, protocol name: String) -> String
  func confusionNote(protocol name: String) -> String
  var truth: String { get }
  var truePixels: String { get }
  var truthLabel: String { get }
  var predictedAs: String { get }

  var masksTitle: String { get }
  var masksLeftOut: String { get }
  /// - Parameters:
  ///   - rows: `ofChosenRows` or nothing.
  ///   - void: the class that is black where pixels aren't counted; nil where the class set has none.
  func masksCaption(rows: String, void: String?) -> String
  /// - Parameter rows: `ofChosenRows` or nothing.
  func galleryCaption(rows: String) -> String
  var picture: String { get }
  var wrongPixels: String { get }
  var wrong: String { get }
  var right: String { get }
}

/// By what, where and how cells were run.
protocol ProvenanceWords: Sendable {
  var provenanceTitle: String { get }
  var settingsTitle: String { get }
  var settingsColumn: String { get }
  var settingsNote: String { get }
  /// Changes that all rows have in common.
  func commonSettings(_ changes: [String]) -> String
  func environments(_ count: Int) -> String
  var environment: String { get }
  /// How many cells were run in an environment, and the folder of their runs.
  func cells(_ count: Int, in runs: String) -> String
  /// - Parameter sampling: how a classifier's pixels were sampled; nil for networks.
  func run(_ label: String, seed: Int, cell: String, pixels: Int, sampling: String?) -> String
  /// Where all scores are, and the command that makes the report again.
  func allScores(file: String, command: String) -> String
  /// What comes before links to the cards of models.
  var modelCards: String { get }
  var command: String { get }
  var noCommand: String { get }
  var program: String { get }
  var build: String { get }
  var commit: String { get }
  var data: String { get }
  var processor: String { get }
  func machine(cores: Int, memoryGiB: Double) -> String
  var threads: String { get }
  var productKernel: String { get }
  var system: String { get }
  var unknown: String { get }
  var withChanges: String { get }
  var withoutChanges: String { get }
}

/// The sections of notes that reports don't have.
protocol NoteWords: Sendable {
  /// A sentence on the classes of a set.
  ///
  /// - Parameters:
  ///   - classes: their names, without `void`.
  ///   - void: the class of what isn't labelled; nil where the set has none.
  func classSet(_ name: String, classes: [String], void: String?) -> String

  var modelsNote: String { get }
  var kind: String { get }
  var modelGigaflops: String { get }
  var size: String { get }
  var network: String { get }
  var classifier: String { get }

  func architectureNote(model: String, size: String) -> String
  func architectureCaption(model: String) -> String
  var layer: String { get }
  var operation: String { get }
  var channelsIn: String { get }
  var result: String { get }
  var all: String { get }
  func convolution(size: Int) -> String
  func depthwiseConvolution(size: Int) -> String
  var squeezeExcitation: String { get }
  /// An operation whose neighbours lie `dilation` pixels apart.
  func dilated(_ operation: String, by dilation: Int) -> String
  var transposedConvolution: String { get }
  var maxPool: String { get }
  func averagePool(bins: Int) -> String
  var upsampling: String { get }
  var batchNormalisation: String { get }
  var sumOfValues: String { get }
  var bilinearResizing: String { get }

  func noteClaimsNote(earlier: String) -> String
  /// Of the appendix's table, which has a row a claim and experiment.
  var allClaimsNote: String { get }
  var claimNumber: String { get }
  var experiment: String { get }
  /// The experiment that tests a claim, or what would.
  var experimentOrNeed: String { get }
  var evidenceNote: String { get }
  var this: String { get }
  var against: String { get }
  var itsRuns: String { get }
  var othersRuns: String { get }

  /// What an experiment differs in from the earlier reports.
  ///
  /// - Parameter epochs: the most that a network had; nil where there is none.
  func limits(experiment name: String, scenes: ClosedRange<Int>, size: String, seeds: Int, epochs: Int?) -> String
  /// How the chosen network was trained.
  func recipe(_ recipe: Recipe) -> String
  /// Among which networks the chosen one is the best, where the note is on several data: those of some experiments.
  func amongNetworks(of experiments: [String]) -> String
  /// That its step size was chosen by validation among some.
  func tuned(_ rates: [Double], in experiment: String) -> String
  var recipesDiffer: String { get }
  var randomEncoders: String { get }
  var someEncodersPretrained: String { get }
  var encodersPretrained: String { get }
  /// That some encoders, or all, started from those in `files`, of other runs.
  func encodersOfRuns(_ files: [String], areAll: Bool) -> String
}

/// A model's card.
protocol CardWords: Sendable {
  var cardNote: String { get }
  func scenes(_ count: ClosedRange<Int>) -> String
  func meanIoU(under condition: String) -> String
  var trainingScenes: String { get }
  var cardSize: String { get }
  var cardParameters: String { get }
  var loss: String { get }
  var augmentation: String { get }
  var training: String { get }
  func ownLearningRate(_ rate: Double) -> String
  func recipe(optimizer: String, learningRate: Double, batch: Int, epochs: Int) -> String
  var encoder: String { get }
  var randomWeights: String { get }
  var imageNetWeights: String { get }
  /// The encoder of a run's network, in a file.
  func weightsOfRun(network: String, file: String) -> String
  var trainingPixels: String { get }
  var weights: String { get }
}
