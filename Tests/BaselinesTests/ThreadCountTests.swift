import Baselines
import Compute
import TestSupport
import Testing

/// The only tests of the module that change the thread count; one after the other.
@Suite(.serialized) struct ThreadCountTests {
  private let before = Parallel.threadCount

  @Test("the same seed gives the same forest with one thread and with two, another seed another one")
  func sameSeedSameBits() throws {
    let golden = try Golden.load().forest
    defer { Parallel.threadCount = before }
    var settings = RandomForest()
    settings.trees = 7
    Parallel.threadCount = 1
    let one = try settings.grow(golden.train, golden.y, classCount: 8, seed: 3)
    Parallel.threadCount = 2
    let two = try settings.grow(golden.train, golden.y, classCount: 8, seed: 3)
    #expect(one == two)
    #expect(try settings.grow(golden.train, golden.y, classCount: 8, seed: 4) != one)
  }

  @Test("a sample large enough for the warm start ends at the same minimum, to the bit with one thread and two")
  func largeSample() throws {
    let golden = try Golden.load()
    let repeats = 240
    let x = (0..<repeats).flatMap { _ in golden.forest.x }
    let y = (0..<repeats).flatMap { _ in golden.forest.y }
    let matrix = FeatureMatrix(rows: y.count, columns: 4, values: x)
    var settings = LinearSVC()
    // Every row 240 times at a 240th of the weight is the problem of the golden values.
    settings.c = 1.0 / Double(repeats)
    defer { Parallel.threadCount = before }
    Parallel.threadCount = 1
    let one = try settings.solve(matrix, y, classCount: 8)
    Parallel.threadCount = 2
    let two = try settings.solve(matrix, y, classCount: 8)
    #expect(one == two)
    expectClose(one.outcomes.map(\.objective), golden.svc.objectives, relative: 1e-5)
  }

  @Test("the same models of any number of classes come with one thread and with two", arguments: ClassCountTests.counts)
  func anyClassCount(classCount: Int) throws {
    let golden = try GoldenClasses.load(classCount)
    defer { Parallel.threadCount = before }
    var forest = RandomForest()
    (forest.trees, forest.classWeights, forest.minLeaf) = (5, .balanced, 2)
    var svc = LinearSVC()
    svc.featureMap = .products
    let models = try [1, 2].map { threads in
      Parallel.threadCount = threads
      return (
        try forest.grow(golden.train, golden.y, classCount: classCount),
        try svc.solve(golden.train, golden.y, classCount: classCount)
      )
    }
    #expect(models[0].0 == models[1].0)
    #expect(models[0].1 == models[1].1)
  }

  @Test("Hessians too large to be summed all at once lead to the minimum in few steps, the same with any thread count")
  func wideHessians() throws {
    // 25 features make 351; more pieces of rows than sums of that size are made at a time.
    let (rows, columns) = (32 * 1024, 25)
    var stream = RandomStream(seed: 1)
    let values = (0..<rows * columns).map { _ in stream.uniform(-1...1) }
    let matrix = FeatureMatrix(rows: rows, columns: columns, values: values)
    let labels = (0..<rows).map { row in
      let product = values[row * columns] * values[row * columns + 7] + 0.1 * stream.normal()
      return UInt8(product < -0.1 ? 0 : product < 0.1 ? 1 : 2)
    }
    var settings = LinearSVC()
    settings.featureMap = .products
    defer { Parallel.threadCount = before }
    let models = try [1, 2, 40].map { threads in
      Parallel.threadCount = threads
      return try settings.solve(matrix, labels, classCount: 3)
    }
    #expect(models[0] == models[1] && models[0] == models[2])
    #expect(!models[0].outcomes.contains { !$0.converged || $0.iterations > 12 })
    let right = zip(models[0].classify(matrix), labels).count { $0 == $1 }
    #expect(right > rows * 6 / 10)
  }
}
