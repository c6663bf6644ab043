import Foundation
import Harness
import Scenes
import TestSupport
import Testing

/// Scores against cases small enough to be worked by hand.
@Suite("Scores") struct ScoresTests {
  /// A scene of one row of pixels with these raw Cityscapes labels.
  private static func scene(_ labels: [UInt8], instances: [UInt16]? = nil) -> Scene {
    Scene(
      name: "row", picture: Picture(width: labels.count, height: 1),
      labels: LabelMap(width: labels.count, height: 1, labels: labels),
      instances: instances.map { InstanceMap(width: labels.count, height: 1, ids: $0) }, labelSet: .cityscapes)
  }

  private static func prediction(_ categories: [Category]) -> Prediction {
    Prediction(width: categories.count, height: 1, categories: categories.map(\.rawValue))
  }

  // road, road, rail track (flat, ignored), building, void, sky, car, car
  private static let labels: [UInt8] = [7, 7, 10, 11, 0, 23, 26, 26]
  private static let predicted: [Category] = [.flat, .construction, .flat, .construction, .sky, .sky, .void, .vehicle]

  @Test("Stored sums that aren't eight a category, are below zero or overflow are refused")
  func storedSums() throws {
    let tally = Tally(scene: Self.scene(Self.labels), prediction: Self.prediction(Self.predicted))
    let json = String(decoding: try JSONEncoder().encode(tally), as: UTF8.self)
    #expect(try JSONDecoder().decode(Tally.self, from: Data(json.utf8)) == tally)
    for (old, new) in [("\"counts\":[", "\"counts\":[1,"), (",2", ",-2"), (",2", ",9223372036854775807")] {
      let bad = json.replacingOccurrences(of: old, with: new)
      #expect(bad != json)
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(Tally.self, from: Data(bad.utf8)) }
    }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(SoftSums.self, from: Data(#"{"overlap":[1],"probability":[1]}"#.utf8))
    }
  }

  @Test("Protocol seven drops void truth alone; void predicted on a counted pixel is a miss")
  func seven() throws {
    let tally = Tally(scene: Self.scene(Self.labels), prediction: Self.prediction(Self.predicted))
    let scores = try #require(Scores(tally, under: .seven))
    // flat: TP 2, FN 1; construction: TP 1, FP 1; sky: TP 1; vehicle: TP 1, FN 1; object, nature, human: absent.
    let twoThirds: Double? = 2.0 / 3
    #expect(scores.iou == [twoThirds, 0.5, nil, nil, 1, nil, 0.5])
    #expect(scores.dice == [0.8, twoThirds, nil, nil, 1, nil, twoThirds])
    #expect(scores.categoriesAveraged == 4 && scores.pixels == 7)
    expectClose([scores.meanIoU ?? 0], [(2.0 / 3 + 0.5 + 1 + 0.5) / 4], absolute: 1e-15)
    expectClose([scores.accuracy ?? 0], [5.0 / 7], absolute: 1e-15)
    // Unions 3 + 2 + 1 + 2.
    expectClose([scores.flatIoU ?? 0], [5.0 / 8], absolute: 1e-15)
    expectClose([scores.frequencyWeightedIoU ?? 0], [(3 * 2.0 / 3 + 1 * 0.5 + 1 + 2 * 0.5) / 7], absolute: 1e-15)
  }

  @Test("Protocol eight counts void like any other category")
  func eight() throws {
    let tally = Tally(scene: Self.scene(Self.labels), prediction: Self.prediction(Self.predicted))
    let scores = try #require(Scores(tally, under: .eight))
    // void: FN 1 (said sky), FP 1 (a car); sky gains FP 1.
    let twoThirds: Double? = 2.0 / 3
    #expect(scores.iou == [0, twoThirds, 0.5, nil, nil, 0.5, nil, 0.5])
    expectClose([scores.accuracy ?? 0], [5.0 / 8], absolute: 1e-15)
    #expect(scores.categoriesAveraged == 5 && scores.pixels == 8)
  }

  @Test("Protocol borders counts what has another category within two pixels, across rows too; void makes no border")
  func borders() throws {
    // Two rows of seven; from the top left: flat up to the car at the right, void between two skies.
    let labels: [UInt8] = [7, 7, 7, 7, 7, 7, 26, 7, 7, 7, 7, 7, 7, 7]
    let wrong = [Category](repeating: .sky, count: 14)
    let counts = { (labels: [UInt8], width: Int) throws -> Int in
      let scene = Scene(
        name: "grid", picture: Picture(width: width, height: labels.count / width),
        labels: LabelMap(width: width, height: labels.count / width, labels: labels), labelSet: .cityscapes)
      let prediction = Prediction(
        width: width, height: labels.count / width, categories: wrong.prefix(labels.count).map(\.rawValue))
      return try #require(Scores(Tally(scene: scene, prediction: prediction), under: .borders)).pixels
    }
    // The last three columns of both rows.
    #expect(try counts(labels, 7) == 6)
    #expect(try counts([23, 23, 0, 23, 23, 23], 6) == 0)
    #expect(try counts([23, 0, 7, 7, 7, 7], 6) == 2)
    #expect(try counts([23, 7, 7, 7], 1) == 3)
  }

  @Test("Protocol official drops every ignored label")
  func official() throws {
    let tally = Tally(scene: Self.scene(Self.labels), prediction: Self.prediction(Self.predicted))
    let scores = try #require(Scores(tally, under: .official))
    #expect(scores.iou == [0.5, 0.5, nil, nil, 1, nil, 0.5])
    #expect(scores.pixels == 6)
    #expect(scores.instanceIoU == nil)
  }

  @Test("Without label ids there is no official score")
  func officialNeedsLabelIds() {
    let scene = Scene(
      name: "x", picture: Picture(width: 1, height: 1), labels: LabelMap(width: 1, height: 1, labels: [0]),
      labelSet: .camvid)
    #expect(Scores(Tally(scene: scene, prediction: Self.prediction([.sky])), under: .official) == nil)
  }

  @Test("A category absent from truth and prediction scores neither 0 nor 1, and all absent gives no mean")
  func absent() throws {
    let tally = Tally(scene: Self.scene([0, 0]), prediction: Self.prediction([.sky, .void]))
    let scores = try #require(Scores(tally, under: .seven))
    #expect(scores.iou.allSatisfy { $0 == nil })
    #expect(scores.meanIoU == nil && scores.accuracy == nil && scores.categoriesAveraged == 0)
  }

  @Test("Scores come from summed matrices, not from a mean over pictures")
  func summed() throws {
    var tally = Tally()
    // One picture with IoU 1 on one pixel, one with IoU 0 on three: together 1/4, where a mean would say 1/2.
    tally += Tally(scene: Self.scene([7]), prediction: Self.prediction([.flat]))
    tally += Tally(scene: Self.scene([7, 7, 7]), prediction: Self.prediction([.sky, .sky, .sky]))
    let scores = try #require(Scores(tally, under: .seven))
    #expect(scores.iou[0] == 0.25 && scores.pictures == 2)
  }

  @Test("Soft scores follow their formulas, void left out or counted")
  func soft() throws {
    func pixel(_ shares: [Category: Float]) -> [Float] { Category.allCases.map { shares[$0] ?? 0 } }
    let prediction = Prediction(
      width: 3, height: 1,
      probabilities: pixel([.flat: 0.75, .sky: 0.25]) + pixel([.sky: 0.5, .void: 0.5])
        + pixel([.void: 0.25, .human: 0.75]))
    let tally = Tally(scene: Self.scene([7, 23, 0]), prediction: prediction)
    let seven = try #require(Scores(tally, under: .seven))
    // Counted: the first two. sum yp = 0.75 + 0.5; sum y = 2; sum p over the seven = 1 + 0.5.
    expectClose([seven.softFlatIoU ?? 0], [1.25 / (2 + 1.5 - 1.25)], absolute: 1e-12)
    expectClose([seven.softFlatDice ?? 0], [2.5 / 3.5], absolute: 1e-12)
    let eight = try #require(Scores(tally, under: .eight))
    expectClose([eight.softFlatIoU ?? 0], [1.5 / (3 + 3 - 1.5)], absolute: 1e-12)
    expectClose([eight.softFlatDice ?? 0], [3.0 / 6], absolute: 1e-12)
    // The identity by which the earlier reports' Dice follows from their IoU.
    let iou = eight.softFlatIoU ?? 0
    expectClose([eight.softFlatDice ?? 0], [2 * iou / (1 + iou)], absolute: 1e-12)
  }

  @Test("A model without probabilities has no soft scores, also when summed with one that has")
  func noSoft() throws {
    var tally = Tally(
      scene: Self.scene([7]), prediction: Prediction(width: 1, height: 1, probabilities: [0, 1, 0, 0, 0, 0, 0, 0]))
    #expect(Scores(tally, under: .seven)?.softFlatIoU == 1)
    tally += Tally(scene: Self.scene([7]), prediction: Self.prediction([.flat]))
    #expect(try #require(Scores(tally, under: .seven)).softFlatIoU == nil)
  }

  @Test("Hard flat Dice equals accuracy where no void is predicted")
  func flatDice() throws {
    let predicted: [Category] = [.flat, .construction, .flat, .construction, .sky, .sky, .human, .vehicle]
    let scores = try #require(
      Scores(Tally(scene: Self.scene(Self.labels), prediction: Self.prediction(predicted)), under: .seven))
    let iou = scores.flatIoU ?? 0
    expectClose([2 * iou / (1 + iou)], [scores.accuracy ?? 0], absolute: 1e-12)
  }

  @Test("Category scores agree with cityscapesScripts to 1e-9, per category, mean and instance-weighted")
  func cityscapesScripts() throws {
    struct Golden: Decodable {
      let iou: [String: Double?]
      let mean: Double
      let instanceIou: [String: Double?]
      let meanInstanceIou: Double
    }
    let folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/cityscapes")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let golden = try decoder.decode(
      Golden.self, from: Data(contentsOf: folder.appendingPathComponent("golden.json")))
    let scores = try Evaluation.scores(
      of: .predictions(folder.appendingPathComponent("predictions"), size: nil), data: folder.path, split: "val",
      under: .official, progress: ProgressReporter(.quiet))
    for (category, iou) in zip(ScoringProtocol.official.categories, scores.iou) {
      let expected = try #require(golden.iou[category.name])
      #expect((iou == nil) == (expected == nil), "\(category)")
      if let iou, let expected { expectClose([iou], [expected], absolute: 1e-9, category.name) }
    }
    expectClose([scores.meanIoU ?? 0], [golden.mean], absolute: 1e-9)
    let instance = try #require(scores.instanceIoU)
    for (value, name) in zip(instance, ["human", "vehicle"]) {
      expectClose([value ?? 0], [try #require(golden.instanceIou[name] ?? nil)], absolute: 1e-9, name)
    }
    expectClose([scores.meanInstanceIoU ?? 0], [golden.meanInstanceIou], absolute: 1e-9)
  }
}
