import Compute
import Foundation
import Harness
import Scenes
import Storage
import TestSupport
import Testing

/// What `make_metrics.py` and `make_boundaries.py` computed.
private func golden<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
  let folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/metrics")
  return try JSONDecoder().decode(type, from: Data(contentsOf: folder.appendingPathComponent("\(name).json")))
}

/// A prediction of eight classes with random probabilities.
private func randomPrediction(_ seed: UInt64, width: Int = 40, height: Int = 20) -> Prediction {
  var random = RandomStream(seed: seed, 1)
  let probabilities = (0..<width * height).flatMap { _ -> [Float] in
    let values = (0..<8).map { _ in random.uniform(0.01...1) }
    return values.map { $0 / values.reduce(0, +) }
  }
  return Prediction(width: width, height: height, classCount: 8, probabilities: probabilities)
}

/// A scene in bands of random labels, void among them.
private func randomScene(_ seed: UInt64, width: Int = 40, height: Int = 20) -> Scene {
  var random = RandomStream(seed: seed, 2)
  let labels = (0..<height / 4).flatMap { _ in
    let label = [UInt8(0), 7, 11, 23, 26][random.integer(below: 5)]
    return [UInt8](repeating: label, count: 4 * width)
  }
  return Scene(
    name: "scene \(seed), \"one\"", picture: Picture(width: width, height: height),
    labels: LabelMap(width: width, height: height, labels: labels), labelTable: .cityscapes)
}

@Suite("Calibration") struct CalibrationTests {
  private struct Golden: Decodable {
    let probabilities: [Float]
    let truth: [UInt8]
    let pixels, hits: [Int]
    let expectedError, overconfidence, brierScore: Double
  }

  @Test("Bins, expected error, over-confidence and Brier score are those of NumPy")
  func agreesWithNumPy() throws {
    let golden = try golden(Golden.self, "calibration")
    let calibration = Calibration(
      truth: golden.truth, prediction: likeliest(golden.probabilities, classCount: 4),
      probabilities: golden.probabilities, void: 0)
    #expect(calibration.bins.map(\.pixels) == golden.pixels && calibration.bins.map(\.hits) == golden.hits)
    expectClose(
      [calibration.expectedError, calibration.overconfidence, calibration.brierScore].map { $0 ?? .nan },
      [golden.expectedError, golden.overconfidence, golden.brierScore], absolute: 1e-6)
  }

  @Test("A probability on the border of two bins belongs to the lower, 0 to the first and 1 to the last")
  func borders() {
    func bin(_ confidence: Float) -> Int? {
      Calibration(truth: [1], prediction: [1], probabilities: [1 - confidence, confidence], void: 9).bins
        .firstIndex { $0.pixels == 1 }
    }
    #expect(bin(0.2) == 2 && bin(0.21) == 3 && bin(0) == 0 && bin(1) == 14 && bin(.nan) == 0 && bin(1.0001) == 14)
  }

  @Test("Sure of what is right errs by 0, sure of what is wrong by 1, with a Brier score of 2; no pixel has no error")
  func extremes() {
    let right = Calibration(truth: [1, 1], prediction: [1, 1], probabilities: [0, 1, 0, 1], void: 9)
    #expect(right.expectedError == 0 && right.brierScore == 0 && right.overconfidence == 0)
    let wrong = Calibration(truth: [1, 0], prediction: [0, 1], probabilities: [1, 0, 0, 1], void: 9)
    #expect(wrong.expectedError == 1 && wrong.brierScore == 2 && wrong.overconfidence == 1)
    for none in [
      Calibration(truth: [], prediction: [], probabilities: [], void: 0),
      Calibration(truth: [0], prediction: [1], probabilities: [0, 1], void: 0),
    ] {
      #expect(none.pixels == 0 && none.expectedError == nil && none.overconfidence == nil && none.brierScore == nil)
    }
  }

  @Test("Calibrations of pictures add up to that of all their pixels; their errors don't")
  func additive() throws {
    let tallies = (0..<3).map { Tally(scene: randomScene(UInt64($0)), prediction: randomPrediction(UInt64($0))) }
    let sum = tallies.reduce(into: Tally()) { $0 += $1 }
    let calibration = try #require(sum.calibration)
    let parts = tallies.compactMap(\.calibration)
    #expect(calibration.pixels == parts.reduce(0) { $0 + $1.pixels })
    #expect(calibration.pixels == sum.sums[.withoutVoid]?.confusion.total)
    let hits = calibration.bins.reduce(0) { $0 + $1.hits }
    #expect(Double(hits) / Double(calibration.pixels) == Scores(sum, of: .cityscapes8, under: .withoutVoid)?.accuracy)
    #expect(calibration.expectedError != parts.compactMap(\.expectedError).mean)
  }

  @Test("A model without probabilities has no calibration, nor has a sum with one of its pictures")
  func withoutProbabilities() {
    let prediction = randomPrediction(1)
    let bare = Tally(
      scene: randomScene(1), prediction: Prediction(width: 40, height: 20, classes: prediction.classes))
    #expect(bare.calibration == nil && bare.boundaries != nil)
    var sum = Tally(scene: randomScene(1), prediction: prediction)
    #expect(sum.calibration != nil)
    sum += bare
    #expect(sum.calibration == nil)
    sum += Tally(scene: randomScene(1), prediction: prediction)
    #expect(sum.calibration == nil)
  }

  @Test("It reads back as it was stored; sums that no pixels can have are refused")
  func stored() throws {
    let tally = Tally(scene: randomScene(3), prediction: randomPrediction(3))
    let text = String(decoding: try JSONEncoder.sorted.encode(tally), as: UTF8.self)
    #expect(try JSONDecoder().decode(Tally.self, from: Data(text.utf8)) == tally)
    for (key, value) in [("hits", "-1"), ("hits", "99999"), ("pixels", "9e18"), ("confidence", "1e9")] {
      let bad = text.replacing(try Regex("\"\(key)\":[0-9.e-]+"), with: "\"\(key)\":\(value)")
      #expect(bad != text, "\(key)")
      #expect(throws: DecodingError.self, "\(key)") { try JSONDecoder().decode(Tally.self, from: Data(bad.utf8)) }
    }
  }

  /// Predicts by the picture alone.
  private struct Drawn: Segmenter {
    func predict(_ pictures: [Picture]) throws -> [Prediction] {
      pictures.map { randomPrediction(UInt64($0[0, 0].red), width: $0.width, height: $0.height) }
    }
  }

  @Test("Calibration and boundaries are the same bits with any number of threads")
  func threads() throws {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    let entries = try Dataset.synthetic(seed: 3).entries("val", limit: 7)
    let loader = SceneLoader(size: PixelSize(width: 40, height: 20))
    let tallies = try [1, 2, 3].map { threads in
      Parallel.threadCount = threads
      return try Evaluation.score(Drawn(), on: entries, loader: loader).tally
    }
    #expect(tallies[0].calibration != nil && tallies.allSatisfy { $0 == tallies[0] })
  }
}

@Suite("Boundaries") struct BoundaryTests {
  private struct Golden: Decodable {
    let width, distance: Int
    let truth, prediction: [UInt8]
    let hits, truths, predictions: [Int]
  }

  @Test("Sums and distances are those of the reference implementation")
  func agreesWithReference() throws {
    let cases = try golden([Golden].self, "boundaries")
    #expect(cases.count == 6)
    for golden in cases {
      let size = PixelSize(width: golden.width, height: golden.truth.count / golden.width)
      #expect(BoundarySums.distance(in: size) == golden.distance)
      let sums = BoundarySums(
        truth: golden.truth, prediction: golden.prediction, void: 0, width: golden.width, classCount: 5)
      #expect(sums.hits == golden.hits && sums.truths == golden.truths && sums.predictions == golden.predictions)
    }
  }

  /// Erosion by a 3x3 square, again and again, class by class; what lies outside the picture is of no class.
  private func eroded(_ classes: [UInt8], width: Int, distance: Int) -> [Bool] {
    let height = classes.count / width
    var result = [Bool](repeating: false, count: classes.count)
    for place in Set(classes) {
      var mask = classes.map { $0 == place }
      for _ in 0..<distance {
        mask = mask.indices.map { pixel in
          let (x, y) = (pixel % width, pixel / width)
          guard x > 0, y > 0, x < width - 1, y < height - 1 else { return false }
          return (-1...1).allSatisfy { dy in (-1...1).allSatisfy { dx in mask[pixel + dy * width + dx] } }
        }
      }
      for pixel in mask.indices where mask[pixel] { result[pixel] = true }
    }
    return result
  }

  @Test("One pass along rows and one down columns leave what repeated erosion leaves, for every class at once")
  func twoPasses() {
    var random = RandomStream(seed: 4, 4)
    for (width, height) in [(1, 1), (3, 3), (17, 11), (40, 30), (5, 60)] {
      for distance in [1, 2, 4] {
        // Large patches, and the largest class that there can be.
        let labels = (0..<9).map { _ in [UInt8(0), 1, 254][random.integer(below: 3)] }
        let classes = (0..<width * height).map { labels[$0 / width * 3 / height * 3 + $0 % width * 3 / width] }
        #expect(
          BoundarySums.interior(classes, width: width, distance: distance)
            == eroded(classes, width: width, distance: distance), "\(width)x\(height), \(distance)")
      }
    }
  }

  @Test("The distance is 2 % of the diagonal, and one pixel at least")
  func distances() {
    for (width, height, distance) in [(8, 4, 1), (256, 128, 6), (512, 256, 11), (2048, 1024, 46), (100, 75, 2)] {
      #expect(BoundarySums.distance(in: PixelSize(width: width, height: height)) == distance)
    }
  }

  @Test("A perfect mask scores 1, a class that is nowhere has no score, and void truth is in neither boundary")
  func scores() {
    let truth: [UInt8] = [1, 1, 1, 1, 1, 1, 2, 2, 0, 0]
    let perfect = BoundarySums(truth: truth, prediction: truth, void: 0, width: 10, classCount: 4)
    #expect(perfect.iou([1, 2, 3]) == [1, 1, nil] && perfect.meanIoU([1, 2, 3]) == 1)
    #expect(perfect.truths == [0, 6, 2, 0])
    let filled = BoundarySums(
      truth: truth, prediction: [1, 1, 1, 1, 1, 1, 2, 2, 3, 3], void: 0, width: 10, classCount: 4)
    #expect(filled.iou([1, 2, 3]) == [1, 1, nil])
    let nothing = BoundarySums(truth: [], prediction: [], void: 0, width: 0, classCount: 4)
    #expect(nothing.meanIoU([1, 2, 3]) == nil)
  }

  @Test("A table of boundaries reads back as the sums of its pictures; damaged, or of other pictures, it is refused")
  func table() throws {
    let pictures = (0..<4).map { index in
      let scene = randomScene(UInt64(index))
      return (name: scene.name, tally: Tally(scene: scene, prediction: randomPrediction(UInt64(index))))
    }
    let names = pictures.map(\.name)
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("boundaries.csv")
      #expect(try BoundaryTable.read(file, pictures: names, of: .cityscapes8) == nil)
      let text = try #require(BoundaryTable.csv(pictures, of: .cityscapes8))
      try Files.write(text, to: file)
      let sums = try #require(try BoundaryTable.read(file, pictures: names, of: .cityscapes8))
      #expect(sums.pictureCount == 4)
      for (index, picture) in pictures.enumerated() {
        let own = try #require(picture.tally.boundaries)
        #expect(
          Array(sums.values[24 * index..<24 * index + 24])
            == (own.hits + own.truths + own.predictions).map(Double.init))
      }
      #expect(throws: StorageError.self) { try BoundaryTable.read(file, pictures: names, of: .camvid11) }
      #expect(throws: StorageError.self) { try BoundaryTable.read(file, pictures: names + ["x"], of: .cityscapes8) }
      #expect(throws: StorageError.self) {
        try BoundaryTable.read(file, pictures: Array(names.dropLast()), of: .cityscapes8)
      }
      #expect(throws: StorageError.self) {
        try BoundaryTable.read(file, pictures: names.reversed(), of: .cityscapes8)
      }
      let last = try #require(text.split(separator: "\n").last)
      for bad in [
        String(text.dropLast(2)), String(text.dropLast()), text + last, text.replacing(last, with: "\(last),1"),
      ] {
        try Files.write(bad, to: file)
        #expect(throws: StorageError.self) { try BoundaryTable.read(file, pictures: names, of: .cityscapes8) }
      }
      // More hits than the boundaries have pixels.
      try Files.write(text.replacing(try Regex("\",[0-9]+,[0-9]+"), with: "\",0,99999"), to: file)
      #expect(throws: StorageError.self) { try BoundaryTable.read(file, pictures: names, of: .cityscapes8) }
    }
  }
}

@Suite("Fine-grained scores") struct FineGrainedTests {
  private struct Golden: Decodable {
    let counts: [[Int]]
    let byPicture, byClass, worstByPicture, worstByClass: Double
    let occurrences, worst: [Int]
  }

  private func scores(_ matrices: [[Int]], classCount: Int) -> FineGrained {
    let sums = PictureSums(
      classCount: classCount, matrices.map { ConfusionMatrix(classCount: classCount, counts: $0) })
    return FineGrained(sums, names: matrices.indices.map { "\($0)" }, places: Array(1..<classCount))
  }

  @Test("Means by picture and by class, their worst cases and the worst pictures are those of NumPy")
  func agreesWithNumPy() throws {
    for golden in try golden([Golden].self, "fine_grained") {
      let scores = scores(golden.counts, classCount: 6)
      expectClose(
        [scores.byPicture, scores.byClass, scores.worstByPicture, scores.worstByClass].map { $0 ?? .nan },
        [golden.byPicture, golden.byClass, golden.worstByPicture, golden.worstByClass], absolute: 1e-12)
      #expect(scores.occurrences == golden.occurrences && scores.pictureCount == golden.counts.count)
      #expect(scores.worst.map(\.name) == golden.worst.map { "\($0)" })
    }
  }

  @Test("A class counts in the pictures whose truth has it, however often others are taken for it")
  func presence() throws {
    // Truth x prediction of void and two classes: the first picture has class 1 alone, half taken for class 2.
    let scores = scores([[0, 0, 0, 0, 2, 2, 0, 0, 0], [0, 0, 0, 0, 4, 0, 0, 3, 1]], classCount: 3)
    #expect(scores.occurrences == [2, 1])
    let picture = try #require(scores.worst.last)
    #expect(picture.name == "0" && picture.meanIoU == 0.5 && picture.classCount == 1)
    #expect(picture.worstClass == 1 && picture.worstIoU == 0.5)
    // The second: IoU 4/7 and 1/4.
    expectClose([scores.byPicture ?? 0], [(0.5 + (4.0 / 7 + 0.25) / 2) / 2], absolute: 1e-15)
    expectClose([scores.byClass ?? 0], [((0.5 + 4.0 / 7) / 2 + 0.25) / 2], absolute: 1e-15)
    #expect(scores.worst.map(\.name) == ["1", "0"] && scores.worst[0].worstClass == 2)
  }

  @Test("No picture, or none with a class, has no score and no worst")
  func none() {
    for matrices in [[], [[5, 0, 0, 0, 0, 0, 0, 0, 0]]] {
      let scores = scores(matrices, classCount: 3)
      #expect(scores.byPicture == nil && scores.byClass == nil && scores.worstByPicture == nil)
      #expect(scores.worstByClass == nil && scores.worst.isEmpty && scores.pictureCount == 0)
      #expect(scores.occurrences == [0, 0])
    }
  }
}
