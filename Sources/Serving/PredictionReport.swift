import Harness
import Scenes
import Storage

/// All that is known of a prediction, as JSON.
struct PredictionReport: Encodable {
  struct ClassReport: Encodable {
    let name: String
    let colour: RGB
    let exportValue: Int
    let isVoid: Bool
    /// Of the picture's pixels, those that are predicted as this class.
    let share: Double
    /// Against the truth; nil where that isn't known, has no such pixel and none is predicted, or the class has no score.
    let iou: Double?
  }

  struct Score: Encodable {
    let scoringProtocol: String
    let meanIoU, accuracy: Double?

    enum CodingKeys: String, CodingKey {
      case meanIoU, accuracy
      case scoringProtocol = "protocol"
    }
  }

  let model: String
  /// Of a served picture.
  let id: String?
  let condition: String
  let width, height: Int
  let classSet: String
  let classes: [ClassReport]
  /// The mask along its rows: place in `classes`, how many pixels, place and so on.
  let runs: [Int]
  /// The truth in the same way; nil where it isn't known.
  let truth: [Int]?
  /// What the mask is beside it, in the same way: 0 right, 1 wrong, 2 not counted.
  let errors: [Int]?
  /// The score of the mask against the truth.
  let scores: Score?
  let milliseconds: Milliseconds

  init(_ job: Predictor.Job, _ prediction: Prediction, truth scene: Scene?, _ milliseconds: Milliseconds) {
    let classSet = job.model.classes
    let truth = scene?.classes
    var (scores, errors): (Scores?, [Int]?)
    if let scene, let truth {
      let scoringProtocol = ScoringProtocol.headline(scene.labelTable)
      let counted = scene.counted(under: scoringProtocol)
      var confusion = ConfusionMatrix(classCount: classSet.count)
      confusion.add(truth: truth, prediction: prediction.classes, counted: counted)
      scores = Scores(confusion: confusion, of: classSet, under: scoringProtocol)
      errors = runLengths(truth.indices.map { !counted[$0] ? 2 : truth[$0] == prediction.classes[$0] ? 0 : 1 })
    }
    var counts = [Int](repeating: 0, count: classSet.count)
    for place in prediction.classes { counts[Int(place)] += 1 }
    let iou = scores.map { Dictionary(uniqueKeysWithValues: zip($0.classes, $0.iou)) } ?? [:]
    classes = zip(classSet.descriptions, counts).map { own, count in
      ClassReport(
        name: own.name, colour: own.colour, exportValue: own.exportValue, isVoid: own.isVoid,
        share: Double(count) / Double(prediction.classes.count), iou: iou[own.name] ?? nil)
    }
    if case .item(let item) = job.source { id = item.id } else { id = nil }
    (model, condition, self.classSet) = (job.model.id, job.condition.name, classSet.name)
    (width, height) = (prediction.width, prediction.height)
    (runs, self.truth, self.errors) = (runLengths(prediction.classes), truth.map(runLengths), errors)
    self.scores = scores.map {
      Score(scoringProtocol: $0.scoringProtocol.rawValue, meanIoU: $0.meanIoU, accuracy: $0.accuracy)
    }
    self.milliseconds = milliseconds
  }
}
