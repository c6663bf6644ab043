import Harness
import Scenes

/// All texts of reports and notes in one language. Every language conforms, so a text without a translation doesn't
/// compile; one that is translated in part conforms to `EnglishCatalogue`, which has English for the rest.
///
/// Texts are written with plain spaces and apostrophes; `typeset` sets them as they are printed. Numbers come as numbers:
/// how they are written, and what they do to the words around them, is the language's own business. Names of models,
/// classes, protocols and settings are the same in every language.
protocol Catalogue: FrameWords, TableWords, ComparisonWords, EarlierWords, FigureWords, PictureWords,
  ProvenanceWords, NoteWords, CardWords, FindingWords, BriefWords, DrawingWords
{
  /// The language's code by ISO 639-1.
  var code: String { get }

  /// Sets a text of this language as it is printed; what stands in backquotes is code and stays as it is.
  func typeset(_ text: String) -> String

  /// A whole number with its thousands set apart.
  func number(_ number: Int) -> String

  /// What stands before decimals, and between the ends of an interval.
  var decimalMark: String { get }
  var endSeparator: String { get }
  /// What stands between a name and what is said of it.
  var colon: String { get }

  /// Whole numbers from the first to the last, or the only one.
  func numbers(_ range: ClosedRange<Int>) -> String

  /// The Mustache templates of the note, of slides and of a model's card: files in `Text/Templates`.
  var noteTemplate: String { get }
  var slidesTemplate: String { get }
  var cardTemplate: String { get }
}

/// What stands around the sections of a report, and what is missing in it.
protocol FrameWords: Sendable {
  /// Instead of figures where gnuplot isn't installed.
  var figuresLeftOut: String { get }
  /// How many scenes there are for training, validation and test, where those come from, and their size. Ranges where
  /// cells differ.
  func scenes(
    training: ClosedRange<Int>, validation: ClosedRange<Int>, test: Int, _ division: Division, size: String
  ) -> String
  /// The same where drives are tested fold by fold, of which there are `all`.
  func scenes(
    training: ClosedRange<Int>, validation: ClosedRange<Int>, test: Int, drives: Int, folds: Int, of all: Int,
    size: String
  ) -> String
  /// That scenes of the test's groups are neither trained on nor chosen by.
  func leftOut(_ leftOut: Division.LeftOut) -> String
  /// That scenes of a part are of groups that are trained on too.
  func leak(_ leak: Division.Leak) -> String
  /// Instead of a size where each picture has its own.
  var nativeSize: String { get }
  /// How many scenes were left out as bad.
  func badScenes(_ count: Int) -> String
  /// Where the scenes come from where the program draws them.
  var syntheticStreets: String { get }
  /// How intervals are made, and which streets they speak of.
  func intervals(_ facts: IntervalFacts) -> String
  /// That a test is so short a clip that it says nothing of what comes before and after; worth so many pictures.
  func shortClip(worth: Int) -> String
  /// That all rows are of one seed.
  var oneSeed: String { get }
  /// That rows are means over seeds; `someHaveOne` where a few are of one.
  func severalSeeds(someHaveOne: Bool) -> String
  /// How so many differences are judged together.
  func judged(_ count: Int, margin: Double) -> String
  /// How often intervals of differences and of single scores held the truth in the most similar simulation, and, where
  /// differences are judged, how many of its reports claimed something false.
  func coverage(
    difference: Coverage.Record, score: Coverage.Record, _ falseClaims: Coverage.FalseClaims?
  ) -> String
  /// The same of intervals from drives or folds.
  func coverage(of streets: Coverage.Streets) -> String
  /// How bold values are meant, and that nothing is chosen by the test.
  var bold: String { get }
  /// The protocol of a table and what it counts.
  func headline(protocol name: String, summary: String) -> String

  /// What the protocols count, in a line each.
  ///
  /// - Parameters:
  ///   - set: the name of the class set.
  ///   - classes: how many classes have a score.
  ///   - void: the class of what isn't labelled; nil where the set has none.
  func officialSummary(set: String, classes: Int) -> String
  func voidLeftOutSummary(classes: Int, void: String?) -> String
  func voidCountedSummary(classes: Int, void: String?) -> String
  /// Of pixels within `reach` of another class's, all else as in the protocol `basis`.
  func bordersSummary(reach: Int, basis: String) -> String

  var missingTitle: String { get }
  func missingNote(absent: Int, of cells: Int) -> String
  /// That some rows lack seeds.
  var rowsAreIncomplete: String { get }
  /// That reasons are in English; empty in English.
  var reasonsAreEnglish: String { get }
  var cell: String { get }
  var state: String { get }
  var reason: String { get }
  func word(_ state: AbsentCell.State) -> String
}

/// Titles of columns that several tables have, words in them, and the tables of results.
protocol TableWords: Sendable {
  var model: String { get }
  var seeds: String { get }
  var fitTime: String { get }
  /// The title of the column of a setting, by its key; nil where its own name says it best.
  func axis(_ key: String) -> String?
  /// What an axis's `null` means; nil where nothing is known of it.
  func none(of axis: String) -> String?
  /// What conditions are called by, as readers say it: `clean`, or a kind of weather; nil where its own name says it.
  func weatherName(_ kind: String) -> String?
  var meanIoU: String { get }
  var flatIoU: String { get }
  var meanDice: String { get }
  var accuracy: String { get }
  var meanIoUGained: String { get }
  var verdict: String { get }
  var parameters: String { get }
  var protocolName: String { get }
  /// The unit of 2^30 bytes.
  var gibibytes: String { get }
  var unknownDuration: String { get }
  /// What stands between parts of one cell.
  var separator: String { get }
  /// The ends of a range.
  func range(from least: String, to largest: String) -> String
  /// Names as a sentence lists them.
  func list(_ names: [String]) -> String

  var resultsTitle: String { get }
  /// What the means and the flat score are over, and the protocol `borders`.
  func resultsNote(headline: String, borders: String) -> String
  /// That a fit's search ended before it had converged.
  func notConverged(classes: [String], iterations: Int) -> String
  /// That some trainings of a row were given up.
  func failedTrainings(_ failed: Int, of all: Int) -> String
  /// What is told of it in tables of facts.
  var converged: String { get }
  /// What the iIoU is, of the classes that have instances.
  func instanceNote(classes: [String]) -> String
  var meanIoUAtBorders: String { get }
  var classesAveraged: String { get }
  var trainMeanIoU: String { get }
  var trainAccuracy: String { get }

  var classesTitle: String { get }
  func classesNote(headline: String) -> String
  /// In how few test pictures some classes occur.
  func rareClasses(_ classes: [(name: String, pictures: Int)]) -> String

  var gridTitle: String { get }
  func gridNote(protocol name: String) -> String
  var validationMeanIoU: String { get }
  var testMeanIoU: String { get }
  var againstSelected: String { get }

  var importancesTitle: String { get }
  var importancesNote: String { get }
  var forest: String { get }
  var feature: String { get }
  var importance: String { get }

  var costTitle: String { get }
  /// - Parameter provenance: a link to the section on how the report was made.
  func costNote(size: String, protocol name: String, provenance: String) -> String
  /// That frames, and steps of training where `hasSteps`, were timed together, and where.
  func timedTogether(hasSteps: Bool, on place: Environment) -> String
  /// That other work ran beside fits, and what share of the time they waited for it.
  func busyFits(_ names: [String], share: Double) -> String
  /// That fit times say nothing beside one another.
  var fitsDontCompare: String { get }
  var epochTime: String { get }
  var bestEpochTime: String { get }
  var epochs: String { get }
  var gigaflops: String { get }
  var peakMemory: String { get }
  var milliseconds: String { get }
  /// Milliseconds for one frame of a size, alone.
  func frameMilliseconds(size: String) -> String
  /// Milliseconds a picture of a step of training, alone.
  var trainingMilliseconds: String { get }
  /// - Parameter rows: `ofChosenRows` or nothing.
  func costCaption(rows: String, protocol name: String) -> String
  var fitSeconds: String { get }
  var predictionMilliseconds: String { get }
}

/// Losses, augmentations and weather beside one another.
protocol ComparisonWords: Sendable {
  var lossesTitle: String { get }
  func lossesNote(headline: String, reference: String) -> String
  /// That the KL divergence is cross-entropy here.
  var divergenceNote: String { get }
  var augmentationsTitle: String { get }
  func augmentationsNote(headline: String) -> String
  var ablationsTitle: String { get }
  /// Further settings of each model, each row against the one that it is nearest to.
  func ablationsNote(headline: String) -> String
  /// The row that others are compared with.
  var reference: String { get }
  func word(_ verdict: Judgement.Verdict) -> String
  /// What is added to a verdict that another seed may turn.
  var theseTrainingsOnly: String { get }
  /// The share of pairs of trainings in which a row is ahead of the reference.
  var aheadInPairs: String { get }

  var comparisonsTitle: String { get }
  var pairsTitle: String { get }
  /// What the table of models in pairs holds, and where differences are judged.
  func pairsNote(comparisons: String) -> String
  /// How the table of all differences is read; `isAssumed` where noise of training was assumed for some.
  func comparisonsNote(_ count: Int, isAssumed: Bool) -> String
  var onOtherStreets: String { get }
  var noiseOfTrainings: String { get }
  var noiseOfPictures: String { get }
  /// What varies between drives or folds.
  var noiseOfStreets: String { get }
  var pEquivalent: String { get }
  var couldSee: String { get }
  var seedsNeeded: String { get }

  var robustnessTitle: String { get }
  /// - Parameter areOfModels: whether each model has one row, so that bold ones are the best of all.
  func robustnessNote(headline: String, areOfModels: Bool) -> String
  /// Which conditions are pictures of a folder.
  func picturesMadeElsewhere(_ conditions: [String]) -> String
  var weatherMasksCaption: String { get }
  /// - Parameters:
  ///   - rows: `ofChosenRows` or nothing.
  ///   - name: the protocol.
  ///   - areOfModels: whether each model has one row, so that bold ones are the best of all.
  func robustnessCaption(rows: String, protocol name: String, areOfModels: Bool) -> String
  var trainedWith: String { get }
  var testedUnder: String { get }
}
