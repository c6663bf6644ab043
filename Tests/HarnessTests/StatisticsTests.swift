import Compute
import Foundation
import Harness
import Scenes
import Storage
import Streets
import TestSupport
import Testing

@Suite("Statistics") struct StatisticsTests {
  /// What `make_statistics.py` computed.
  private struct Golden: Decodable {
    struct SciPy: Decodable {
      let percentile: [Double]
    }
    let resamples: Int
    let draw: [Int]
    let scores, exactDifference, seedsDifference: [Double]
    let exact, seeds: [[Double]]
    let scipy: [String: SciPy]
  }

  private let folder: URL
  private let golden: Golden
  private let metrics = Metric.all(of: .cityscapes8, under: .withoutVoid, hasInstances: false)

  init() throws {
    folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/statistics")
    golden = try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: folder.appendingPathComponent("golden.json")))
  }

  private func pictures(_ model: Int, seed: Int) throws -> PictureTable {
    try PictureTable(
      contentsOf: folder.appendingPathComponent("model\(model)_seed\(seed).csv"), of: .cityscapes8, under: .withoutVoid)
  }

  private func group(_ model: Int, seeds: [Int]) throws -> SeededScores {
    SeededScores(
      try seeds.map { seed in
        let table = try pictures(model, seed: seed)
        return (
          seed, Scores(confusion: try #require(table.totals[.withoutVoid]), of: .cityscapes8, under: .withoutVoid),
          Bootstrap(resamples: golden.resamples).replicates(of: table.sums, of: .cityscapes8, under: .withoutVoid)
        )
      })
  }

  private func intervals(_ group: SeededScores) throws -> [Double] {
    try metrics.flatMap { metric in
      let interval = try #require(group.estimate(metric)?.interval)
      return [interval.low, interval.high]
    }
  }

  @Test("Per-picture matrices sum to the scores, and a resample draws the pictures that the script draws")
  func sums() throws {
    let table = try pictures(0, seed: 0)
    #expect(table.names == (0..<40).map { "p\($0)" } && table.sums.pictureCount == 40)
    let scores = Scores(confusion: try #require(table.totals[.withoutVoid]), of: .cityscapes8, under: .withoutVoid)
    expectClose(try metrics.map { try #require($0.value(in: scores)) }, golden.scores, absolute: 1e-14)
    var counts = [Double](repeating: 0, count: 40)
    for picture in golden.draw { counts[picture] += 1 }
    #expect(Bootstrap.counts(resample: 3, pictures: 40) == counts)
  }

  @Test("Intervals over pictures are the percentiles of the scores of resampled sums")
  func overPictures() throws {
    let (first, second) = (try group(0, seeds: [0]), try group(1, seeds: [0]))
    expectClose(try intervals(first), golden.exact.flatMap { $0 }, absolute: 1e-6)
    let difference = try #require(second.difference(.meanIoU, from: first))
    expectClose([difference.interval.low, difference.interval.high], golden.exactDifference, absolute: 1e-6)
    #expect(difference.verdict == .gain && first.difference(.meanIoU, from: second)?.verdict == .drop)
    #expect(first.estimate(.meanIoU)?.deviation == nil, "one seed has no deviation")
  }

  @Test("SciPy's percentile bootstrap gives the same intervals but for its own draws")
  func scipy() throws {
    let group = try group(0, seeds: [0])
    let names: [(String, Metric)] = [
      ("meanIoU", .meanIoU), ("flatIoU", .flatIoU), ("meanDice", .meanDice), ("accuracy", .accuracy),
    ]
    for (name, metric) in names {
      let interval = try #require(group.estimate(metric)?.interval)
      let expected = try #require(golden.scipy[name]?.percentile)
      // Quantiles at 2.5 % of 2,000 draws have a standard error of about 1.5 % of the interval's width.
      expectClose([interval.low, interval.high], expected, absolute: 0.05 * (expected[1] - expected[0]), name)
    }
  }

  @Test("Intervals over three seeds resample the seeds too, and pair them in differences")
  func overSeeds() throws {
    let (first, second) = (try group(0, seeds: [2, 0, 1]), try group(1, seeds: [0, 1, 2]))
    expectClose(try intervals(first), golden.seeds.flatMap { $0 }, absolute: 1e-6)
    let difference = try #require(second.difference(.meanIoU, from: first))
    expectClose([difference.interval.low, difference.interval.high], golden.seedsDifference, absolute: 1e-6)
    let bySeed = try (0..<3).map { try #require(try group(0, seeds: [$0]).mean(.meanIoU)) }
    let estimate = try #require(first.estimate(.meanIoU))
    let mean = bySeed.reduce(0, +) / 3
    let variance = bySeed.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2
    expectClose([estimate.value, try #require(estimate.deviation)], [mean, variance.squareRoot()], absolute: 1e-14)
  }

  @Test("Replicates are the same bits with any number of threads")
  func threads() throws {
    let sums = try pictures(0, seed: 0).sums
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    let replicates = [1, 2, 5].map { count in
      Parallel.threadCount = count
      return Bootstrap(resamples: 700).replicates(of: sums, of: .cityscapes8, under: .withoutVoid)
    }
    #expect(replicates[0] == replicates[1] && replicates[0] == replicates[2])
  }

  @Test("The best and those that can't be told from it are best; a clearly worse group is not")
  func ties() throws {
    let groups = [try group(0, seeds: [0, 1, 2]), try group(1, seeds: [0, 1, 2]), try group(1, seeds: [0, 1, 2])]
    #expect(SeededScores.best(groups, by: .meanIoU) == [false, true, true])
    #expect(groups[1].difference(.meanIoU, from: groups[2])?.verdict == .undecided)
  }

  @Test("A category in no picture has neither estimate nor interval")
  func absent() throws {
    var matrix = ConfusionMatrix(classCount: 8)
    matrix[1, 1] = 5
    matrix[5, 1] = 3
    let sums = PictureSums(classCount: 8, [matrix, matrix])
    let replicates = Bootstrap(resamples: 50).replicates(of: sums, of: .cityscapes8, under: .withoutVoid)
    let group = SeededScores([(0, Scores(confusion: matrix, of: .cityscapes8, under: .withoutVoid), replicates)])
    #expect(group.estimate(.iou("human")) == nil)
    #expect(Interval(percentilesOf: replicates[.iou("human")]) == nil)
    // Both pictures are alike, and so is every resample.
    expectClose(replicates[.meanIoU].map(Double.init), [Double](repeating: 5.0 / 16, count: 50), absolute: 1e-7)
  }

  @Test("A cut or changed file of matrices is an error that names the line")
  func damaged() throws {
    let text = try String(contentsOf: folder.appendingPathComponent("model0_seed0.csv"), encoding: .utf8)
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("pictures.csv")
      for (damage, reason) in [
        (String(text.dropLast(20)), "line 41 isn't a picture's matrix"),
        (text.replacingOccurrences(of: "p7,seven", with: "p7,none"), "line 9 isn't a picture's matrix"),
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
    }
  }

  /// 400 experiments of pictures drawn from one population, whose score is known; counts in how many the interval
  /// holds it.
  @Test("Intervals of 95 % hold the truth in about 95 of 100 simulated experiments", arguments: [(100, 1), (100, 3)])
  func coverage(pictures: Int, seeds: Int) throws {
    let experiments = 400
    let truth = Population.score
    let covered = try Parallel.map(experiments) { experiment -> Bool in
      var random = RandomStream(seed: UInt64(experiment), RandomStream.key("coverage"))
      let offsets = (0..<seeds).map { _ in seeds > 1 ? 0.02 * random.normal() : 0 }
      let drawn = (0..<pictures).map { _ in Population.picture(&random) }
      let group = SeededScores(
        offsets.enumerated().map { seed, offset in
          let matrices = drawn.map { Population.matrix($0, offset: offset) }
          var total = ConfusionMatrix(classCount: 8)
          for matrix in matrices { total += matrix }
          return (
            seed, Scores(confusion: total, of: .cityscapes8, under: .withoutVoid),
            Bootstrap(resamples: 400).replicates(
              of: PictureSums(classCount: 8, matrices), of: .cityscapes8, under: .withoutVoid)
          )
        })
      guard let interval = group.estimate(.meanIoU)?.interval else { return false }
      return interval.low <= truth && truth <= interval.high
    }
    let share = Double(covered.count { $0 }) / Double(experiments)
    print("coverage of 95 % intervals over \(pictures) pictures and \(seeds) seeds: \(share)")
    #expect((seeds == 1 ? 0.92...0.98 : 0.85...0.98).contains(share))
  }
}

/// Simulated pictures: three categories of random shares and a common difficulty.
private enum Population {
  struct Picture {
    let pixels: [Float]
    let ease: Float
  }

  static func picture(_ random: inout RandomStream) -> Picture {
    let pixels = [random.uniform(2000...6000), random.uniform(500...3000), random.uniform() < 0.5 ? 0 : 400]
    return Picture(pixels: pixels, ease: random.uniform(0.5...0.9))
  }

  /// Each category loses what isn't recognised to the next.
  static func matrix(_ picture: Picture, offset: Float) -> ConfusionMatrix {
    var matrix = ConfusionMatrix(classCount: 8)
    let categories = [Category.flat.place, Category.construction.place, Category.human.place]
    for index in 0..<3 {
      let right = Int(picture.pixels[index] * min(1, max(0, picture.ease + offset)))
      matrix[categories[index], categories[index]] = right
      matrix[categories[index], categories[(index + 1) % 3]] = Int(picture.pixels[index]) - right
    }
    return matrix
  }

  /// The mean IoU of very many pictures.
  static let score: Double = {
    var total = ConfusionMatrix(classCount: 8)
    var random = RandomStream(seed: 99)
    for _ in 0..<400_000 { total += matrix(picture(&random), offset: 0) }
    return Scores(confusion: total, of: .cityscapes8, under: .withoutVoid).meanIoU ?? 0
  }()
}
