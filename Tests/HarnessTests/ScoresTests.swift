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
      instances: instances.map { InstanceMap(width: labels.count, height: 1, ids: $0) }, labelTable: .cityscapes)
  }

  private static func prediction(_ categories: [Category]) -> Prediction {
    Prediction(width: categories.count, height: 1, classes: categories.map(\.rawValue))
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
  }

  @Test("Protocol without-void drops void truth alone; void predicted on a counted pixel is a miss")
  func seven() throws {
    let tally = Tally(scene: Self.scene(Self.labels), prediction: Self.prediction(Self.predicted))
    let scores = try #require(Scores(tally, of: .cityscapes8, under: .withoutVoid))
    // flat: TP 2, FN 1; construction: TP 1, FP 1; sky: TP 1; vehicle: TP 1, FN 1; object, nature, human: absent.
    let twoThirds: Double? = 2.0 / 3
    #expect(scores.iou == [twoThirds, 0.5, nil, nil, 1, nil, 0.5])
    #expect(scores.dice == [0.8, twoThirds, nil, nil, 1, nil, twoThirds])
    #expect(scores.classesAveraged == 4 && scores.pixels == 7)
    expectClose([scores.meanIoU ?? 0], [(2.0 / 3 + 0.5 + 1 + 0.5) / 4], absolute: 1e-15)
    expectClose([scores.accuracy ?? 0], [5.0 / 7], absolute: 1e-15)
    // Unions 3 + 2 + 1 + 2.
    expectClose([scores.flatIoU ?? 0], [5.0 / 8], absolute: 1e-15)
    expectClose([scores.frequencyWeightedIoU ?? 0], [(3 * 2.0 / 3 + 1 * 0.5 + 1 + 2 * 0.5) / 7], absolute: 1e-15)
  }

  @Test("Protocol with-void counts void like any other class")
  func eight() throws {
    let tally = Tally(scene: Self.scene(Self.labels), prediction: Self.prediction(Self.predicted))
    let scores = try #require(Scores(tally, of: .cityscapes8, under: .withVoid))
    // void: FN 1 (said sky), FP 1 (a car); sky gains FP 1.
    let twoThirds: Double? = 2.0 / 3
    #expect(scores.iou == [0, twoThirds, 0.5, nil, nil, 0.5, nil, 0.5])
    expectClose([scores.accuracy ?? 0], [5.0 / 8], absolute: 1e-15)
    #expect(scores.classesAveraged == 5 && scores.pixels == 8)
  }

  @Test("Protocol borders counts what has another category within two pixels, across rows too; void makes no border")
  func borders() throws {
    // Two rows of seven; from the top left: flat up to the car at the right, void between two skies.
    let labels: [UInt8] = [7, 7, 7, 7, 7, 7, 26, 7, 7, 7, 7, 7, 7, 7]
    let wrong = [Category](repeating: .sky, count: 14)
    let counts = { (labels: [UInt8], width: Int) throws -> Int in
      let scene = Scene(
        name: "grid", picture: Picture(width: width, height: labels.count / width),
        labels: LabelMap(width: width, height: labels.count / width, labels: labels), labelTable: .cityscapes)
      let prediction = Prediction(
        width: width, height: labels.count / width, classes: wrong.prefix(labels.count).map(\.rawValue))
      return try #require(Scores(Tally(scene: scene, prediction: prediction), of: .cityscapes8, under: .borders)).pixels
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
    let scores = try #require(Scores(tally, of: .cityscapes8, under: .official))
    #expect(scores.iou == [0.5, 0.5, nil, nil, 1, nil, 0.5])
    #expect(scores.pixels == 6)
    #expect(scores.instanceIoU.isEmpty && scores.instanceClasses.isEmpty)
  }

  @Test("Without label ids there is no official score")
  func officialNeedsLabelIds() {
    let scene = Scene(
      name: "x", picture: Picture(width: 1, height: 1), labels: LabelMap(width: 1, height: 1, labels: [0]),
      labelTable: .camvid)
    #expect(Scores(Tally(scene: scene, prediction: Self.prediction([.sky])), of: .cityscapes8, under: .official) == nil)
  }

  @Test("A category absent from truth and prediction scores neither 0 nor 1, and all absent gives no mean")
  func absent() throws {
    let tally = Tally(scene: Self.scene([0, 0]), prediction: Self.prediction([.sky, .void]))
    let scores = try #require(Scores(tally, of: .cityscapes8, under: .withoutVoid))
    #expect(scores.iou.allSatisfy { $0 == nil })
    #expect(scores.meanIoU == nil && scores.accuracy == nil && scores.classesAveraged == 0)
  }

  @Test("Scores come from summed matrices, not from a mean over pictures")
  func summed() throws {
    var tally = Tally()
    // One picture with IoU 1 on one pixel, one with IoU 0 on three: together 1/4, where a mean would say 1/2.
    tally += Tally(scene: Self.scene([7]), prediction: Self.prediction([.flat]))
    tally += Tally(scene: Self.scene([7, 7, 7]), prediction: Self.prediction([.sky, .sky, .sky]))
    let scores = try #require(Scores(tally, of: .cityscapes8, under: .withoutVoid))
    #expect(scores.iou[0] == 0.25 && scores.pictures == 2)
  }

  @Test("Soft scores follow their formulas, void left out or counted")
  func soft() throws {
    func pixel(_ shares: [Category: Float]) -> [Float] { Category.allCases.map { shares[$0] ?? 0 } }
    let prediction = Prediction(
      width: 3, height: 1,
      classCount: 8,
      probabilities: pixel([.flat: 0.75, .sky: 0.25]) + pixel([.sky: 0.5, .void: 0.5])
        + pixel([.void: 0.25, .human: 0.75]))
    let tally = Tally(scene: Self.scene([7, 23, 0]), prediction: prediction)
    let seven = try #require(Scores(tally, of: .cityscapes8, under: .withoutVoid))
    // Counted: the first two. sum yp = 0.75 + 0.5; sum y = 2; sum p over the seven = 1 + 0.5.
    expectClose([seven.softFlatIoU ?? 0], [1.25 / (2 + 1.5 - 1.25)], absolute: 1e-12)
    expectClose([seven.softFlatDice ?? 0], [2.5 / 3.5], absolute: 1e-12)
    let eight = try #require(Scores(tally, of: .cityscapes8, under: .withVoid))
    expectClose([eight.softFlatIoU ?? 0], [1.5 / (3 + 3 - 1.5)], absolute: 1e-12)
    expectClose([eight.softFlatDice ?? 0], [3.0 / 6], absolute: 1e-12)
    // The identity by which the earlier reports' Dice follows from their IoU.
    let iou = eight.softFlatIoU ?? 0
    expectClose([eight.softFlatDice ?? 0], [2 * iou / (1 + iou)], absolute: 1e-12)
  }

  @Test("A model without probabilities has no soft scores, also when summed with one that has")
  func noSoft() throws {
    var tally = Tally(
      scene: Self.scene([7]),
      prediction: Prediction(width: 1, height: 1, classCount: 8, probabilities: [0, 1, 0, 0, 0, 0, 0, 0]))
    #expect(Scores(tally, of: .cityscapes8, under: .withoutVoid)?.softFlatIoU == 1)
    tally += Tally(scene: Self.scene([7]), prediction: Self.prediction([.flat]))
    #expect(try #require(Scores(tally, of: .cityscapes8, under: .withoutVoid)).softFlatIoU == nil)
  }

  @Test("Hard flat Dice equals accuracy where no void is predicted")
  func flatDice() throws {
    let predicted: [Category] = [.flat, .construction, .flat, .construction, .sky, .sky, .human, .vehicle]
    let scores = try #require(
      Scores(
        Tally(scene: Self.scene(Self.labels), prediction: Self.prediction(predicted)), of: .cityscapes8,
        under: .withoutVoid))
    let iou = scores.flatIoU ?? 0
    expectClose([2 * iou / (1 + iou)], [scores.accuracy ?? 0], absolute: 1e-12)
  }

  /// What cityscapesScripts says of eight categories or of 19 classes.
  private struct Golden {
    let iou, instanceIoU: [String: Double]
    let mean, meanInstanceIoU: Double

    init(_ folder: URL, _ prefix: String) throws {
      let data = try Data(contentsOf: folder.appendingPathComponent("golden.json"))
      let all = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      func scores(_ key: String) throws -> [String: Double] {
        try #require(all[prefix + key] as? [String: Any]).compactMapValues { $0 as? Double }
      }
      (iou, instanceIoU) = (try scores("iou"), try scores("instance_iou"))
      mean = try #require(all[prefix + "mean"] as? Double)
      meanInstanceIoU = try #require(all[prefix + "mean_instance_iou"] as? Double)
    }
  }

  @Test(
    "Scores agree with cityscapesScripts to 1e-9, per class, mean and instance-weighted, of 8 categories and 19 classes",
    arguments: [("", ClassSet.cityscapes8), ("class_", .cityscapes19)])
  func cityscapesScripts(prefix: String, classSet: ClassSet) throws {
    let folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/cityscapes")
    let golden = try Golden(folder, prefix)
    let scores = try Evaluation.scores(
      of: .predictions(folder.appendingPathComponent("predictions"), size: nil), data: folder.path, split: "val",
      classes: classSet, under: .official, progress: ProgressReporter(.quiet))
    #expect(scores.classes.count == classSet.count - 1)
    for (name, iou) in zip(scores.classes, scores.iou) {
      #expect((iou == nil) == (golden.iou[name] == nil), "\(name)")
      if let iou, let expected = golden.iou[name] { expectClose([iou], [expected], absolute: 1e-9, name) }
    }
    expectClose([scores.meanIoU ?? 0], [golden.mean], absolute: 1e-9)
    #expect(Set(scores.instanceClasses) == Set(golden.instanceIoU.keys))
    for (name, value) in zip(scores.instanceClasses, scores.instanceIoU) {
      expectClose([value ?? 0], [try #require(golden.instanceIoU[name])], absolute: 1e-9, name)
    }
    expectClose([scores.meanInstanceIoU ?? 0], [golden.meanInstanceIoU], absolute: 1e-9)
  }

  @Test("Stored scores name their classes, and those of 0.1.0 are read as lists of the eight")
  func stored() throws {
    let scores = try #require(
      Scores(
        Tally(scene: Self.scene(Self.labels), prediction: Self.prediction(Self.predicted)), of: .cityscapes8,
        under: .withoutVoid))
    let json = try JSONEncoder().encode(scores)
    #expect(try JSONDecoder().decode(Scores.self, from: json) == scores)
    var old = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    let byName = try #require(old["iou"] as? [String: Any])
    #expect(byName["sky"] as? Double == 1 && byName["human"] is NSNull)
    for key in ["iou", "dice"] {
      let values = old[key] as? [String: Any] ?? [:]
      old[key] = scores.classes.map { values[$0] ?? NSNull() }
    }
    old["classes"] = nil
    old["categoriesAveraged"] = old.removeValue(forKey: "classesAveraged")
    old["scoringProtocol"] = "seven"
    let read = try JSONDecoder().decode(Scores.self, from: JSONSerialization.data(withJSONObject: old))
    #expect(read == scores)
  }
}
