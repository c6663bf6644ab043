import Harness
import Scenes

/// English.
struct English: EnglishCatalogue {
  let code = "en"
}

/// English for all that a conforming language doesn't say itself: what a language conforms to that is translated in part.
protocol EnglishCatalogue: Catalogue {}

extension EnglishCatalogue {
  func typeset(_ text: String) -> String { text }
  var decimalMark: String { "." }
  var endSeparator: String { ", " }
  var colon: String { ": " }
  func number(_ number: Int) -> String { grouped(number, by: ",") }

  func numbers(_ range: ClosedRange<Int>) -> String {
    range.count == 1 ? number(range.lowerBound) : "\(number(range.lowerBound)) to \(number(range.upperBound))"
  }

  var noteTemplate: String { EmbeddedText.note_en_mustache }
  var slidesTemplate: String { EmbeddedText.slides_en_mustache }
  var cardTemplate: String { EmbeddedText.card_en_mustache }
}

// MARK: The frame

extension EnglishCatalogue {
  var figuresLeftOut: String { "Figures are left out: gnuplot is not installed." }

  func scenes(
    training: ClosedRange<Int>, validation: ClosedRange<Int>, test: Int, _ division: Division, size: String
  ) -> String {
    """
    Scenes: \(numbers(training)) for training, \(numbers(validation)) for validation (\(origin(division.validation))), \
    \(number(test)) for the test (\(origin(division.test))), all at \(size), the size at which scores are taken.
    """
  }

  func scenes(
    training: ClosedRange<Int>, validation: ClosedRange<Int>, test: Int, drives: Int, folds: Int, of all: Int,
    size: String
  ) -> String {
    """
    Scenes: \(number(test)) of \(number(drives)) \(drives == 1 ? "drive" : "drives") in \
    \(folds == all ? "\(all)" : "\(folds) of \(all)") folds; each drive is tested once, by models that never saw it nor \
    were chosen by it. Models are trained on \(numbers(training)) scenes and chosen by \(numbers(validation)), all at \
    \(size), the size at which scores are taken.
    """
  }

  func leftOut(_ leftOut: Division.LeftOut) -> String {
    let parts = [(leftOut.training, "training"), (leftOut.validation, "validation")].filter { $0.0 > 0 }
    return """
      So that no drive of the test is trained on or chosen by, \
      \(parts.map { "\(number($0.0)) \($0.1)" }.joined(separator: " and ")) scenes of its drives (\(leftOut.shownGroups)) are \
      left out.
      """
  }

  private func origin(_ origin: Division.Origin) -> String {
    switch origin {
    case .val, .test: "the dataset's own \(origin.rawValue) split"
    case .groups: "whole cities or sequences of their own"
    case .frames: "the last frames of the only sequence"
    }
  }

  func leak(_ leak: Division.Leak) -> String {
    """
    \(number(leak.scenes)) of the \(number(leak.total)) scenes for \(leak.part == .test ? "the test" : "validation") are of \
    sequences that models are trained on too (\(leak.shownGroups)): their scores say less of streets never seen.
    """
  }

  var nativeSize: String { "native size" }

  func badScenes(_ count: Int) -> String { "\(count) bad scenes were left out." }
  var syntheticStreets: String { "Synthetic streets drawn by segbench" }

  func intervals(_ facts: IntervalFacts) -> String {
    if facts.pictures == 1 {
      return "**There is one test picture**: no interval can be had from it, and nothing is decided."
    }
    let drives = "\(number(facts.drives)) \(facts.drives == 1 ? "drive" : "drives")"
    let start = "Brackets hold 95 % intervals by Student's t. "
    if facts.isClustered {
      return start
        + (facts.folds > 0
          ? """
          Each of \(facts.folds) folds of drives is tested by trainings that never saw them, and what varies from fold to \
          fold is the noise: that of streets and of trainings alike.
          """
          : "What varies between the \(drives) is their noise, as if other streets had been taken.")
    }
    switch facts.order {
    case .independent:
      return start + "They hold the noise of pictures: other scenes drawn like these \(number(facts.pictures))."
    case .places, .video:
      let kind =
        facts.order == .places
        ? "pictures of \(drives), of which neighbours have a little in common"
        : "frames of \(drives), of which neighbours are near copies"
      return start
        + """
        They hold the noise of pictures: \(number(facts.pictures)) \(kind), which slow cosines over each drive take into \
        account (Lazarus et al. 2018). They speak of these streets:
        """
        + " "
        + (facts.drives < 3
          ? "of others, \(drives) can say nothing."
          : "what the drives say of others stands in the table of comparisons.")
    }
  }

  func shortClip(worth: Int) -> String {
    """
    **The frames are so alike that they are worth about \(worth) independent pictures: what is said holds for these \
    pictures only**, as a clip no longer than what its frames share doesn't tell how it would go on.
    """
  }

  var oneSeed: String {
    """
    Every model with chance was trained once, so what is said is said of **these trainings only**: another seed may move a \
    score by more than its interval shows, and no claim is judged by it.
    """
  }

  func severalSeeds(someHaveOne: Bool) -> String {
    "Scores are means over seeds, ± their standard deviation, and intervals hold the noise of training"
      + (someHaveOne ? "; where a side is a single training, what is said is said of these trainings only." : ".")
  }

  func judged(_ count: Int, margin: Double) -> String {
    """
    Differences are paired: picture by picture, and seed by seed where both sides are trainings of one model. \
    \(count == 1 ? "One is judged" : "The \(number(count)) that are judged are corrected together (Holm 1979)"): *better* \
    or *worse* where it isn't zero, *equivalent* where it is below \(margin), *undecided* where it may be either.
    """
  }

  func coverage(
    difference: Coverage.Record, score: Coverage.Record, _ falseClaims: Coverage.FalseClaims?
  ) -> String {
    let pictures = number(difference.pictures)
    let tested =
      difference.order == .independent
      ? "\(pictures) independent scenes"
      : "\(pictures) pictures of \(difference.drives) \(difference.drives == 1 ? "drive" : "drives")"
    let seeds = "\(difference.seeds) \(difference.seeds == 1 ? "seed" : "seeds")"
    return """
      In simulations of \(tested) and \(seeds), the nearest to this test, intervals of differences held the truth in at \
      least \(percent(difference.coverage)) of 100 experiments, those of single scores in \(percent(score.coverage))
      """
        + (falseClaims.map { claims in
          "; of reports on \(claims.comparisons) differences that were none, \(percent(claims.equal)) in 100 claimed one."
        } ?? ".")
  }

  func coverage(of streets: Coverage.Streets) -> String {
    """
    In simulations of \(streets.drives) \(streets.folds ? "folds" : "drives"), the nearest to this test, intervals of \
    differences held the truth of streets that nobody saw in \(percent(streets.coverage)) of 100 experiments.
    """
  }

  /// A share in hundredths.
  private func percent(_ share: Double) -> Int { Int((100 * share).rounded()) }

  var bold: String {
    """
    Bold: the best value of a column and those not significantly worse (one-sided test at 5 %, corrected for their \
    number). No row, model or figure is chosen by a test score, but by validation.
    """
  }

  func headline(protocol name: String, summary: String) -> String { "Test scenes, protocol `\(name)`: \(summary)." }

  func officialSummary(set: String, classes: Int) -> String {
    "official score of \(set), \(self.classes(classes)), pixels of ignored labels left out"
  }

  func voidLeftOutSummary(classes: Int, void: String?) -> String {
    self.classes(classes) + (void.map { ", \($0) truth left out" } ?? "")
  }

  func voidCountedSummary(classes: Int, void: String?) -> String {
    self.classes(classes) + (void.map { ", \($0) counted like any other" } ?? "")
  }

  /// How many classes.
  func classes(_ count: Int) -> String { "\(count) \(count == 1 ? "class" : "classes")" }

  func bordersSummary(reach: Int, basis: String) -> String {
    "as \(basis), only pixels within \(reach) of another class's"
  }

  var missingTitle: String { "What is missing" }

  func missingNote(absent: Int, of cells: Int) -> String {
    "**\(absent) of \(cells) cells are not in this report.**"
  }

  var rowsAreIncomplete: String { "Rows with fewer seeds than others are incomplete." }
  var reasonsAreEnglish: String { "" }
  var cell: String { "Cell" }
  var state: String { "State" }
  var reason: String { "Why" }
  func word(_ state: AbsentCell.State) -> String { state.rawValue }
}

// MARK: Tables

extension EnglishCatalogue {
  var model: String { "Model" }
  var seeds: String { "Seeds" }
  var fitTime: String { "Fit time" }

  func weatherName(_ kind: String) -> String? { nil }

  func axis(_ key: String) -> String? {
    switch key {
    case "loss": "Loss"
    case "augmentation": "Augmentation"
    case "data.size": "Size"
    case "data.train": "Training scenes"
    case "encoder.freeze": "Frozen epochs"
    case "encoder.learningRate": "Encoder's learning rate"
    case "encoder.unfreeze": "Share thawed"
    case "encoder.weights": "Encoder's weights"
    case "features.groups": "Features"
    case "features.sampling": "Sampled pixels"
    case "forest.minLeaf": "Minimum leaf"
    case "forest.trees": "Trees"
    case "network.outputStride": "Output stride"
    case "network.variant": "Variant"
    case "network.width": "Width"
    case "svc.c": "C"
    case "training.batch": "Batch"
    case "training.epochs": "Maximum epochs"
    case "training.learningRate": "Learning rate"
    case "training.optimizer": "Optimizer"
    case "training.precision": "Precision"
    case "training.schedule": "Schedule"
    default: nil
    }
  }

  func none(of axis: String) -> String? {
    switch axis {
    case "data.train": "all"
    case "encoder.learningRate": "as the rest"
    case "encoder.weights": "random"
    case "forest.featuresPerSplit": "square root"
    case "forest.maxDepth": "unlimited"
    default: nil
    }
  }

  var meanIoU: String { "Mean IoU" }
  var flatIoU: String { "Flat IoU" }
  var meanDice: String { "Mean Dice" }
  var accuracy: String { "Accuracy" }
  var meanIoUGained: String { "Mean IoU gained" }
  var verdict: String { "Verdict" }
  var parameters: String { "Parameters" }
  var protocolName: String { "Protocol" }
  var gibibytes: String { "GiB" }
  var unknownDuration: String { "unknown" }
  var separator: String { "; " }
  func range(from least: String, to largest: String) -> String { "from \(least) to \(largest)" }

  func list(_ names: [String]) -> String {
    names.dropLast().joined(separator: ", ") + (names.count > 1 ? " and " : "") + (names.last ?? "")
  }

  var resultsTitle: String { "Results" }

  func resultsNote(headline: String, borders: String) -> String {
    """
    \(headline) Mean IoU and mean Dice are over the classes present in truth or prediction; flat IoU is summed over \
    classes (the flat Dice of hard masks equals the accuracy). Mean IoU at borders: protocol `borders`, \(borders).
    """
  }

  func notConverged(classes: [String], iterations: Int) -> String {
    "not converged within \(iterations) iterations: \(classes.joined(separator: ", ")); its scores may not be its best"
  }

  var converged: String { "Convergence" }

  func failedTrainings(_ failed: Int, of all: Int) -> String {
    """
    \(failed) of \(all) trainings failed; its scores are those of the others, and say nothing of how often it fails
    """
  }

  func instanceNote(classes: [String]) -> String {
    "iIoU weighs every instance of \(list(classes)) alike, whatever its size."
  }

  var meanIoUAtBorders: String { "Mean IoU at borders" }
  var classesAveraged: String { "Classes" }
  var trainMeanIoU: String { "Train mean IoU" }
  var trainAccuracy: String { "Train accuracy" }

  var classesTitle: String { "IoU by class" }

  func classesNote(headline: String) -> String {
    "\(headline) Means over seeds. A dash: the class is neither in the truth nor predicted."
  }

  func rareClasses(_ classes: [(name: String, pictures: Int)]) -> String {
    "In few test pictures, so that more is noise than intervals show: "
      + list(classes.map { "\($0.name) (in \($0.pictures))" }) + "."
  }

  var gridTitle: String { "The whole grid" }

  func gridNote(protocol name: String) -> String {
    """
    The tables above show, of the cells that differ in hyperparameters alone, the one with the best validation mean IoU, \
    in bold here; this is all of them. Protocol `\(name)`.
    """
  }

  var validationMeanIoU: String { "Validation mean IoU" }
  var testMeanIoU: String { "Test mean IoU" }
  var againstSelected: String { "Test mean IoU against the selected" }

  var importancesTitle: String { "Feature importances" }

  var importancesNote: String {
    "The ten features with the largest share in a forest's decrease of Gini impurity."
  }

  var forest: String { "Forest" }
  var feature: String { "Feature" }
  var importance: String { "Importance" }

  var costTitle: String { "Cost" }

  func costNote(size: String, protocol name: String, provenance: String) -> String {
    """
    Means over seeds. Fit times hold the validation after each epoch; peak memory is that of the whole process while \
    fitting, the highest of the seeds. GFLOPs: two operations for each multiply-add of a network's convolutions, by their \
    definition, for one picture of \(size). Milliseconds are of prediction alone, in batches and of a single \
    frame, the fastest of some. Times are those of the machines under \
    \(provenance). Mean IoU: protocol `\(name)`.
    """
  }

  func timedTogether(hasSteps: Bool, on place: Environment) -> String {
    """
    Single frames\(hasSteps ? ", and training steps of all layers at the size and batch of the training," : "") were timed \
    together, model after model and round after round (\(threads(place))).
    """
  }

  func busyFits(_ names: [String], share: Double) -> String {
    "**Other work ran beside the fits** of \(list(names.map(code))): their threads waited for a processor up to \(Int((100 * share).rounded())) % of the time, and alone they take less."
  }

  var fitsDontCompare: String {
    "Fits that ran beside other work, on other processors or with other numbers of threads are not comparable in time."
  }

  var epochTime: String { "An epoch" }
  var bestEpochTime: String { "To the best epoch" }
  var epochs: String { "Epochs" }
  var gigaflops: String { "GFLOPs a picture" }
  var peakMemory: String { "Peak memory" }
  var milliseconds: String { "ms per image" }
  func frameMilliseconds(size: String) -> String { "ms per \(size) frame" }
  var trainingMilliseconds: String { "ms per training image" }

  func costCaption(rows: String, protocol name: String) -> String {
    "Test mean IoU\(rows.isEmpty ? "" : rows + ",") with its 95 % interval by what it costs, protocol \(name)"
  }

  var fitSeconds: String { "fit time in s" }
  var predictionMilliseconds: String { "ms to predict a picture" }
}

// MARK: Comparisons

extension EnglishCatalogue {
  var lossesTitle: String { "Losses" }

  func lossesNote(headline: String, reference: String) -> String {
    "\(headline) Each loss against `\(reference)`, all else equal."
  }

  var divergenceNote: String {
    """
    On one-hot targets the KL divergence equals cross-entropy (the entropy of the targets is zero) but for clipping; a \
    difference between the two is noise unless several seeds show otherwise.
    """
  }

  var augmentationsTitle: String { "Augmentations" }

  func augmentationsNote(headline: String) -> String {
    "\(headline) Each augmentation against none, all else equal, tested on clear pictures."
  }

  var ablationsTitle: String { "Ablations" }

  func ablationsNote(headline: String) -> String {
    """
    \(headline) Settings of one model, all else equal; each row is compared with the earlier one from which it differs in \
    the fewest settings.
    """
  }

  var reference: String { "reference" }
  func word(_ verdict: Judgement.Verdict) -> String { verdict.rawValue }
  var theseTrainingsOnly: String { "these trainings only" }
  var aheadInPairs: String { "Ahead in pairs" }

  var comparisonsTitle: String { "Comparisons" }
  var pairsTitle: String { "Models in pairs" }

  func pairsNote(comparisons: String) -> String {
    """
    Mean IoU of the row less that of the column on the same pictures, the best row of each model by validation, each \
    difference with the 95 % interval that it has by itself; in bold where that excludes 0. What is decided when all \
    differences are judged together stands in \(comparisons).
    """
  }

  func comparisonsNote(_ count: Int, isAssumed: Bool) -> String {
    """
    All differences in mean IoU that this report judges, with the standard errors that their intervals hold. p: of no \
    difference, and of one of the margin or more, \(count == 1 ? "the only ones here" : "both corrected for all \(number(count))"). *Could see*: the smallest true \
    difference that 80 of 100 such experiments find, with three seeds and many comparisons up to half as much again; then \
    how many seeds find 0.02, a dash where 100 don't, as the pictures are too few.
    """
      + (isAssumed
        ? " Where a side was trained once, the noise of training that is usual for its model is assumed there." : "")
  }

  var onOtherStreets: String { "On other streets" }
  var noiseOfTrainings: String { "Noise of training" }
  var noiseOfStreets: String { "Noise of streets" }
  var noiseOfPictures: String { "Noise of pictures" }
  var pEquivalent: String { "p equivalent" }
  var couldSee: String { "Could see" }
  var seedsNeeded: String { "Seeds for 0.02" }

  var robustnessTitle: String { "Robustness" }

  func robustnessNote(headline: String, areOfModels: Bool) -> String {
    """
    Mean IoU by what a model was trained with (rows) and tested under (columns). \(headline) Conditions change the test \
    pictures alone, the same way for every model. Bold by \(areOfModels ? "" : "model and ")condition.
    """
  }

  func picturesMadeElsewhere(_ conditions: [String]) -> String {
    "The pictures of \(list(conditions.map(code))) were made by another program than segbench."
  }

  var weatherMasksCaption: String {
    "One test scene as models see it under each condition (columns), and the masks of each training (rows), with numbers of "
      + "classes and in the corner the mean IoU over the classes of the scene's truth"
  }

  func robustnessCaption(rows: String, protocol name: String, areOfModels: Bool) -> String {
    """
    Test mean IoU\(rows) by training (rows) and test condition (columns), protocol \(name); bold: the best\
    \(areOfModels ? "" : " of each model") in a column, and what can't be told from it, which depends on the noise of each
    """
  }

  var trainedWith: String { "trained with" }
  var testedUnder: String { "tested under" }
}
