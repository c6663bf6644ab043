/// Words in figures that have several parts, and in the drawing of a network.
protocol DrawingWords: Sendable {
  /// The caption of dots by trainings, of which groups differ in a setting.
  func dotsCaption(of setting: String?, protocol name: String) -> String
  /// What colours of a confusion matrix stand for.
  var shareOfTruth: String { get }
  /// The two grids of a figure on robustness.
  var gridOfScores: String { get }
  var gridOfDifferences: String { get }
  /// What the second grid's colours stand for.
  var gainOverNone: String { get }
  /// The caption of curves of encoders with other settings.
  var ablationCurves: String { get }
  /// A training's seed, in titles.
  func seed(_ seed: Int) -> String

  /// What the marks in the drawing of a network mean; `hasBlocks` where it has inverted residual blocks.
  func drawingKey(hasBlocks: Bool) -> String
  var drawingInput: String { get }
  var drawingOutput: String { get }
  /// What an arrow does to what it carries: an operation's name and, of averages, the bins a side; nil for nothing that is
  /// drawn.
  func drawingArrow(_ operation: String, size: Int?) -> String?
  /// That a stage takes every second row and column.
  var drawingStride: String { get }
  /// How a stage joins what it reads.
  var drawingConcatenation: String { get }
}
