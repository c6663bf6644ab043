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
    (settings.trees, settings.seed) = (7, 3)
    Parallel.threadCount = 1
    let one = try settings.grow(golden.train, golden.y)
    Parallel.threadCount = 2
    let two = try settings.grow(golden.train, golden.y)
    #expect(one == two)
    settings.seed = 4
    #expect(try settings.grow(golden.train, golden.y) != one)
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
    let one = try settings.solve(matrix, y)
    Parallel.threadCount = 2
    let two = try settings.solve(matrix, y)
    #expect(one == two)
    expectClose(one.outcomes.map(\.objective), golden.svc.objectives, relative: 1e-5)
  }
}
