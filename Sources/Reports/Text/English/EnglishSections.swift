import Harness

// MARK: The earlier reports

extension EnglishCatalogue {
  var earlierTitle: String { "In the form of the earlier reports" }

  func earlierFormNote(protocol name: String, summary: String) -> String {
    """
    Protocol `\(name)`: \(summary). IoU and Dice are the flat soft ones, from probabilities, so a linear SVC has none. \
    Soft sums aren't stored by picture, so nothing here has an interval, and nothing is bold.
    """
  }

  var besideNote: String {
    """
    The figures of the earlier reports, on other data, at another size and on another machine, each above what this \
    experiment has of its kind. They were measured once, and say nothing of noise. Mean IoU is theirs as they give it, \
    ours the hard one.
    """
  }

  var earlierModel: String { "Model" }
  var earlierFitTime: String { "Fit time" }
  var earlierDice: String { "Dice" }
  var earlierAccuracy: String { "Accuracy" }
  var source: String { "Whose" }
  var earlierReport: String { "earlier report" }
  var thisExperiment: String { "this experiment" }

  func earlierScoring(photos: Int?, size: String, isHard: Bool, protocol name: String) -> String {
    let count = photos.map { "\($0) " } ?? ""
    return "\(count)photos of \(size); \(isHard ? "hard" : "most probably soft") flat scores of `\(name)`"
  }

  func ownScoring(size: String, isHard: Bool, protocol name: String) -> String {
    "\(size); \(isHard ? "hard" : "soft") flat scores of `\(name)`"
  }

  var claimsTitle: String { "The earlier reports' claims" }

  func claimsNote(headline: String, earlier: String) -> String {
    """
    What reports made earlier with Keras and scikit-learn on Cityscapes concluded from one training each, and what the \
    differences here say of it, corrected for all that is judged. *Reproduced* is said on data of the claim's kind alone, \
    elsewhere *same direction*; *but smaller*: by less than was claimed, or by less than the margin; *contradicted*: the \
    other way round, or equivalent. A single training decides nothing. Unless the claim says otherwise, differences \
    are of the hard mean IoU of test scenes, protocol `\(headline)`, at borders `borders`; their figures are most probably \
    soft flat scores of `\(earlier)`, and where they are, how much was claimed is no measure here.
    """
  }

  var claim: String { "Claim" }
  var theirs: String { "Theirs" }
  var claimedBy: String { "Source" }

  func claimSource(report: Int, data: String, size: String) -> String { "report \(report), \(data), \(size)" }

  var gainedHere: String { "Here: mean IoU gained" }
  func word(_ verdict: ClaimVerdict) -> String { verdict.rawValue }
}

// MARK: Figures

extension EnglishCatalogue {
  var curvesTitle: String { "Learning curves" }

  var curvesNote: String {
    """
    Means over seeds, bands from the lowest to the highest; a mean is over the seeds that had not stopped. The weights of \
    the best epoch by validation mean IoU are the ones scored.
    """
  }

  var epoch: String { "epoch" }
  var validationMeanIoULabel: String { "validation mean IoU" }
  var testMeanIoULabel: String { "test mean IoU" }
  var trainingLoss: String { "training loss" }
  var encoderThaws: String { "encoder thaws" }

  func modelCurves(hasLoss: Bool) -> String {
    hasLoss
      ? "Validation mean IoU and training loss over epochs, by model" : "Validation mean IoU over epochs, by model"
  }

  var lossCurves: String { "Validation mean IoU over epochs, loss against loss" }
  var augmentationCurves: String { "Validation mean IoU over epochs, augmentation against none" }

  var sizesTitle: String { "More training scenes" }

  func sizesNote(headline: String) -> String {
    """
    \(headline) The same validation and test for every number of training scenes; all else equal. Each row is compared with \
    the one before it.
    """
  }

  func sizesCaption(protocol name: String) -> String {
    "Test mean IoU by the number of training scenes, with 95 % intervals, protocol \(name)"
  }

  var trainingScenesColumn: String { "Training scenes" }
  var trainingScenesLabel: String { "training scenes" }

  var ofChosenRows: String { " of the row of each model that validation chose" }
  var confusionTitle: String { "Confusion" }

  func confusionCaption(rows: String, protocol name: String) -> String {
    """
    Shares of each class's true test pixels by what they were predicted as\(rows), all seeds together, protocol \(name)
    """
  }

  func confusionNote(protocol name: String) -> String {
    "The same as numbers: each row is the truth, and adds up to 1. Protocol `\(name)`."
  }

  var truth: String { "Truth" }
  var truePixels: String { "True pixels" }
  var truthLabel: String { "truth" }
  var predictedAs: String { "predicted as" }

  var masksTitle: String { "Masks" }

  var masksLeftOut: String {
    "Left out: stored pictures or predictions of the scenes to show are missing."
  }

  func galleryCaption(rows: String) -> String {
    "Test scenes: picture, truth and masks\(rows), with the mean IoU of each picture and the numbers of classes"
  }

  func masksCaption(rows: String, void: String?) -> String {
    "Test scenes: picture, truth and masks\(rows), with numbers of classes and in the corner the picture's mean IoU over the "
      + "classes of its truth; below each mask its wrong pixels"
      + (void.map { "; black there is \($0) truth, which isn't counted" } ?? "")
  }

  var picture: String { "picture" }
  var wrongPixels: String { "wrong pixels" }
  var wrong: String { "wrong" }
  var right: String { "right" }
}

// MARK: Provenance

extension EnglishCatalogue {
  var provenanceTitle: String { "Reproducibility" }
  var settingsTitle: String { "Settings" }
  var settingsColumn: String { "Settings" }
  func commonSettings(_ changes: [String]) -> String { "All rows: \(changes.joined(separator: ", "))." }

  var settingsNote: String {
    "What each row changes of the defaults, which `segbench presets settings` lists, as `--set` takes it."
  }

  func environments(_ count: Int) -> String {
    "The cells were run in \(count) environments; times compare within one of them alone, scores everywhere."
  }

  var environment: String { "Environment" }

  func cells(_ count: Int, in runs: String) -> String {
    "\(count) \(count == 1 ? "cell" : "cells"), in `\(runs)`:"
  }

  func run(_ label: String, seed: Int, cell: String, pixels: Int, sampling: String?) -> String {
    "\(label), seed \(seed): `\(cell)`, \(number(pixels)) training pixels"
      + (sampling.map { " (sampling \($0))" } ?? "")
  }

  func allScores(file: String, command: String) -> String {
    "All scores of each cell and seed: [\(file)](\(file)). `\(command)` makes this report again."
  }

  var modelCards: String { "Model cards: " }
  var command: String { "command" }
  var noCommand: String { "not from the command line" }
  var program: String { "program" }
  var build: String { "build" }
  var commit: String { "commit" }
  var data: String { "data" }
  var processor: String { "processor" }
  func machine(cores: Int, memoryGiB: Double) -> String { "\(cores) cores, \(memoryGiB) GiB" }
  var threads: String { "threads" }
  var productKernel: String { "kernel of products" }
  var system: String { "system" }
  var unknown: String { "unknown" }
  var withChanges: String { "with changes that weren't committed" }
  var withoutChanges: String { "nothing uncommitted" }
}
