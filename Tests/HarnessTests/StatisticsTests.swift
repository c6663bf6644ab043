import Compute
import Foundation
import Harness
import Scenes
import Storage
import Streets
import TestSupport
import Testing

@Suite("Statistics") struct StatisticsTests {
  private static let classes = ClassSet.cityscapes8

  /// Pictures of a few classes, of which a share is recognised.
  private func matrices(_ shares: [Double], missing: ClosedRange<Int>? = nil) -> [ConfusionMatrix] {
    shares.enumerated().map { index, share in
      var matrix = ConfusionMatrix(classCount: 8)
      for place in [1, 2, 6] where place != 6 || missing?.contains(index) != true {
        let pixels = 200 + 40 * place
        matrix[place, place] = Int(Double(pixels) * share)
        matrix[place, place == 1 ? 2 : 1] = pixels - matrix[place, place]
      }
      return matrix
    }
  }

  private func training(
    _ seed: Int, _ matrices: [ConfusionMatrix], _ design: PictureDesign, metrics: [Metric]? = nil
  ) -> TrainingScores {
    let total = matrices.dropFirst().reduce(into: matrices[0]) { $0 += $1 }
    return TrainingScores(
      seed: seed, scores: Scores(confusion: total, of: Self.classes, under: .withoutVoid),
      sums: PictureSums(classCount: 8, matrices), metrics: metrics, of: Self.classes, design: design)
  }

  private func group(
    _ shares: [[Double]], _ design: PictureDesign, model: String = "unet", seeds: [Int]? = nil, hasChance: Bool = true
  ) -> SeededScores {
    let seeds = seeds ?? Array(shares.indices)
    return SeededScores(
      model: model, hasChance: hasChance, zip(seeds, shares).map { training($0, matrices($1), design) },
      design: design)
  }

  /// Shares that differ from picture to picture, and by seed.
  private func shares(_ count: Int, _ level: Double, seed: UInt64, spread: Double = 0.02) -> [Double] {
    var random = RandomStream(seed: seed)
    let own = spread * Double(random.normal())
    return (0..<count).map { _ in min(1, max(0, level + own + 0.05 * Double(random.normal()))) }
  }

  @Test("How far each picture moves a score is what the score loses, to first order, when the picture weighs less")
  func influence() throws {
    let all = matrices(shares(12, 0.7, seed: 1))
    let sums = PictureSums(classCount: 8, all)
    for metric in Metric.all(of: Self.classes, under: .withoutVoid, hasInstances: false) {
      guard let found = sums.influence(on: metric, of: Self.classes, under: .withoutVoid) else { continue }
      #expect(abs(found.parts.reduce(0, +)) < 1e-14, "\(metric)")
      // A thousand copies of each picture, one of the first left out.
      for picture in [0, 5] {
        let weights = all.indices.map { $0 == picture ? 999 : 1000 }
        var total = ConfusionMatrix(classCount: 8)
        for (matrix, weight) in zip(all, weights) { for _ in 0..<weight { total += matrix } }
        let less = try #require(metric.value(in: Scores(confusion: total, of: Self.classes, under: .withoutVoid)))
        #expect(abs((found.value - less) * 1000 - found.parts[picture]) < 1e-4, "\(metric) without \(picture)")
      }
    }
  }

  @Test("Neighbours that are copies of each other are worth no more than one of them")
  func copies() throws {
    let base = shares(120, 0.7, seed: 3)
    let copied = base.flatMap { [Double](repeating: $0, count: 4) }
    func error(_ shares: [Double], _ order: PictureOrder) throws -> Double {
      let design = PictureDesign(drives: [shares.count], order: order)
      return try #require(group([shares, shares], design).estimate(.meanIoU)?.pictureError)
    }
    let honest = try error(copied, .video) / error(base, .video)
    let naive = try error(copied, .independent) / error(base, .independent)
    #expect((0.8...1.2).contains(honest), "\(honest)")
    #expect((0.45...0.55).contains(naive), "independence takes four copies for four pictures: \(naive)")
  }

  @Test("The interval of a score ends at zero and at one")
  func bounded() throws {
    let design = PictureDesign(drives: [6], order: .video)
    let poor = group([[0.02, 0.1, 0, 0.2, 0, 0.01], [0.3, 0.1, 0.2, 0, 0.1, 0]], design)
    #expect(try #require(poor.estimate(.iou("flat"))?.interval).low == 0)
    let rich = group([[1, 1, 0.9, 1, 1, 0.7], [1, 0.6, 1, 1, 1, 1]], design)
    #expect(try #require(rich.estimate(.iou("flat"))?.interval).high == 1)
  }

  // MARK: What can't be said

  @Test("One test picture has no interval, decides nothing and makes nothing bold")
  func onePicture() throws {
    let design = PictureDesign(drives: [1], order: .video)
    let (a, b) = (group([[0.9], [0.91], [0.92]], design), group([[0.1], [0.12], [0.11]], design, model: "fcn8"))
    let difference = try #require(a.difference(.meanIoU, from: b))
    #expect(difference.standardError == nil && difference.interval == nil && difference.p == 1)
    #expect(a.estimate(.meanIoU)?.interval == nil)
    #expect(Judgement.all([difference], margin: 0.01)[0].verdict == .undecided)
    #expect(SeededScores.best([a, b], by: .meanIoU) == [false, false])
  }

  @Test(
    "With one seed a verdict is on these trainings only, and claims stay undecided; a model without chance needs no second"
  )
  func oneSeed() throws {
    let design = PictureDesign(drives: [30], order: .video)
    let (a, b) = (group([shares(30, 0.9, seed: 1)], design), group([shares(30, 0.5, seed: 2)], design, model: "fcn8"))
    let judgement = Judgement.all([try #require(a.difference(.meanIoU, from: b))], margin: 0.01)[0]
    #expect(judgement.verdict == .better && judgement.isOfTheseTrainings)
    #expect(ClaimVerdict(gainOf: judgement, claimed: nil, margin: 0.01) == .undecided)
    let fixed = [0.9, 0.5].map { group([shares(30, $0, seed: 1)], design, model: "linear-svc", hasChance: false) }
    let sure = Judgement.all([try #require(fixed[0].difference(.meanIoU, from: fixed[1]))], margin: 0.01)[0]
    #expect(sure.verdict == .better && !sure.isOfTheseTrainings)
    #expect(ClaimVerdict(gainOf: sure, claimed: nil, margin: 0.01) == .reproduced)
  }

  @Test("Two identical models are equivalent, which contradicts that one gains")
  func identical() throws {
    let design = PictureDesign(drives: [20, 20], order: .video)
    let seeds = (0..<3).map { shares(40, 0.7, seed: UInt64($0)) }
    let difference = try #require(group(seeds, design).difference(.meanIoU, from: group(seeds, design)))
    #expect(difference.value == 0 && difference.interval == Interval(low: 0, high: 0))
    let judgement = Judgement.all([difference], margin: 0.01)[0]
    #expect(judgement.verdict == .equivalent && judgement.p == 1 && judgement.pEquivalent == 0)
    #expect(ClaimVerdict(gainOf: judgement, claimed: nil, margin: 0.01) == .equivalent)
    let groups = [group(seeds, design), group(seeds, design)]
    #expect(SeededScores.best(groups, by: .meanIoU) == [true, true])
    #expect(groups[0].shareAhead(.meanIoU, of: groups[1]) == 0.5)
  }

  @Test("Where a seed diverged, seeds are no longer paired: each side has its own noise")
  func diverged() throws {
    let design = PictureDesign(drives: [40], order: .video)
    let all = (0..<5).map { shares(40, 0.7, seed: UInt64($0)) }
    let other = all.map { $0.map { $0 - 0.01 } }
    let whole = try #require(group(all, design).difference(.meanIoU, from: group(other, design)))
    let survivors = SeededScores(
      model: "unet", hasChance: true, [0, 1, 3, 4].map { training($0, matrices(all[$0]), design) }, design: design)
    let unpaired = try #require(survivors.difference(.meanIoU, from: group(other, design)))
    #expect(try #require(unpaired.trainingError) > 3 * (try #require(whole.trainingError)))
  }

  @Test("A class that one drive lacks is scored on the others, and one that none has is left out")
  func absentFromADrive() throws {
    let design = PictureDesign(drives: [10, 10], order: .video)
    let pictures = matrices(shares(20, 0.7, seed: 4), missing: 0...9)
    let group = SeededScores(
      model: "unet", hasChance: true, [0, 1].map { training($0, pictures, design) }, design: design)
    #expect(group.estimate(.iou("human"))?.interval != nil)
    #expect(group.estimate(.iou("sky")) == nil)
    let sums = PictureSums(classCount: 8, pictures)
    let truth = FineGrained(sums, names: (0..<20).map { "\($0)" }, places: Array(1...7))
    #expect(truth.occurrences == [20, 20, 0, 0, 0, 10, 0])
    let parts = try #require(sums.influence(on: .iou("human"), of: Self.classes, under: .withoutVoid)).parts
    #expect(parts[..<10].allSatisfy { $0 == 0 } && parts[10...].contains { $0 != 0 })
  }

  // MARK: Folds and drives

  @Test("What varies between folds holds the noise of training, so that one seed is enough for a verdict")
  func folds() throws {
    let design = PictureDesign(drives: [20, 10, 10, 20], order: .video, folds: [20, 20, 20])
    #expect(design.isClustered && design.clusters == [20, 20, 20])
    let (a, b) = (shares(60, 0.9, seed: 1), shares(60, 0.5, seed: 2))
    let difference = try #require(group([a], design).difference(.meanIoU, from: group([b], design, model: "fcn8")))
    #expect(difference.scope == .init(trainings: .any, streets: .any) && difference.degreesOfFreedom == 2)
    let two = PictureDesign(drives: [30, 30], order: .video, folds: [30, 30])
    #expect(!two.isClustered, "two folds are too few to vary")
  }

  @Test("Many short drives vary from drive to drive; fewer than three say nothing of other streets")
  func drives() {
    let many = PictureDesign(drives: [Int](repeating: 5, count: 12), order: .places)
    #expect(many.isClustered)
    #expect(!PictureDesign(drives: [Int](repeating: 25, count: 12), order: .places).isClustered)
    #expect(!PictureDesign(drives: [Int](repeating: 5, count: 12), order: .independent).isClustered)
    #expect(PictureDesign(drives: [30, 30], order: .video).variance(ofClusterSums: [1, -1]) == nil)
    #expect(PictureDesign(drives: [30, 20, 10], order: .independent).variance(ofClusterSums: [1, -1, 0]) == nil)
  }

  @Test("Rows that may be the best are found without comparing each with each")
  func best() {
    let design = PictureDesign(drives: [40], order: .video)
    let groups = [0.5, 0.9, 0.9, 0.2].enumerated().map { place, level in
      group((0..<3).map { shares(40, level, seed: UInt64(10 * place + $0), spread: 0.002) }, design, model: "m\(place)")
    }
    #expect(SeededScores.best(groups, by: .meanIoU) == [false, true, true, false])
    #expect(SeededScores.best([groups[0]], by: .meanIoU) == [true])
  }

  @Test("More seeds see smaller differences, as far as the pictures allow")
  func power() throws {
    let power = Power(deviations: [0.01, 0.01], pictureError: 0.002, pictureDegrees: 6)
    let seen = [2, 3, 5, 10, 30].map { power.detectable(seeds: $0, comparisons: 4) }
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0 > $1 })
    let needed = try #require(power.seeds(for: 0.02))
    #expect(power.detectable(seeds: needed) <= 0.02 && power.detectable(seeds: needed - 1) > 0.02)
    #expect(Power(deviations: [0.01, 0.01], pictureError: 0.05, pictureDegrees: 4).seeds(for: 0.02) == nil)
    #expect(power.detectable(seeds: 1) == .infinity)
  }

  // MARK: Tables

  @Test("A cut or changed file of matrices is an error that names the line")
  func damaged() throws {
    let scene = SyntheticStreet(seed: 3).scene(index: 0, width: 32, height: 16)
    let tally = Tally(
      scene: scene, prediction: Prediction(width: 32, height: 16, classes: [UInt8](repeating: 1, count: 512)))
    let text = PictureTable.csv((0..<3).map { ("p\($0)", tally) }, of: .cityscapes8)
    let lines = text.split(separator: "\n")
    let changed = try #require(lines.firstIndex { $0.hasPrefix("p1,without-void") })
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("pictures.csv")
      for (damage, reason) in [
        (String(text.dropLast(20)), "line \(lines.count) isn't a picture's matrix"),
        (
          text.replacingOccurrences(of: "p1,without-void", with: "p1,none"),
          "line \(changed + 1) isn't a picture's matrix"
        ),
        (
          text.replacingOccurrences(of: "picture,", with: "image,"),
          "its first line isn't that of matrices of the classes cityscapes-8"
        ),
        (String(text.split(separator: "\n")[0]) + "\n", "no picture under protocol without-void"),
      ] {
        try Data(damage.utf8).write(to: file)
        #expect(throws: StorageError.malformed(file: file.path, reason: reason)) {
          try PictureTable(contentsOf: file, of: .cityscapes8, under: .withoutVoid)
        }
      }
    }
  }

  @Test("A table of matrices reads back as it was written, awkward names included")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let scene = SyntheticStreet(seed: 3).scene(index: 0, width: 32, height: 16)
      let tally = Tally(
        scene: scene, prediction: Prediction(width: 32, height: 16, classes: [UInt8](repeating: 1, count: 512)))
      let file = folder.appendingPathComponent("pictures.csv")
      try Files.write(PictureTable.csv([("a, \"b\"", tally), ("c", tally)], of: .cityscapes8), to: file)
      let table = try PictureTable(contentsOf: file, of: .cityscapes8, under: .official)
      #expect(table.names == ["a, \"b\"", "c"] && table.sums.pictureCount == 2)
      #expect(table.totals[.withVoid]?.total == 2 * 512)
      // All is taken for flat.
      let sky = Confusion(of: 5, with: [1, 2])
      let confused = try PictureTable(contentsOf: file, of: .cityscapes8, under: .official, confusions: [sky])
      let own = confused.confusions[sky]?.influence(on: .accuracy, of: .cityscapes8, under: .official)
      #expect(own?.value == 1 && confused.sums == table.sums)
    }
  }
}
