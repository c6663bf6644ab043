import Compute
import Testing

@Suite("Random streams") struct RandomStreamTests {
  @Test("The numbers are SplitMix64's")
  func knownValues() {
    // The first outputs of the reference implementation (prng.di.unimi.it/splitmix64.c) for state 1234567.
    var stream = RandomStream(state: 1_234_567)
    #expect(
      [stream.next(), stream.next(), stream.next()] == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ])
  }

  @Test("A stream goes on from its stored state")
  func continues() {
    var stream = RandomStream(seed: 5, 1, 2)
    _ = stream.next()
    var other = RandomStream(state: stream.state)
    #expect(stream.next() == other.next())
  }

  @Test("Other seeds, keys and orders of keys give other streams")
  func differ() {
    var streams = [
      RandomStream(seed: 1, 2, 3), RandomStream(seed: 1, 3, 2), RandomStream(seed: 2, 1, 3), RandomStream(seed: 1, 2),
      RandomStream(seed: 1), RandomStream(seed: 1, RandomStream.key("a")), RandomStream(seed: 1, RandomStream.key("b")),
    ]
    let first = streams.indices.map { streams[$0].next() }
    #expect(Set(first).count == first.count)
  }

  @Test("Uniform and normal numbers have the moments of their distributions")
  func moments() {
    var stream = RandomStream(seed: 9)
    let count = 100_000
    let uniform = (0..<count).map { _ in Double(stream.uniform()) }
    #expect(uniform.allSatisfy { 0 <= $0 && $0 < 1 })
    // Five standard errors: 5 * sqrt(1/12) / sqrt(n) for the mean.
    #expect(abs(uniform.reduce(0, +) / Double(count) - 0.5) < 0.0046)
    let normal = (0..<count).map { _ in Double(stream.normal()) }
    #expect(abs(normal.reduce(0, +) / Double(count)) < 0.016)
    #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / Double(count) - 1) < 0.023)
  }

  @Test("Whole numbers cover their range evenly")
  func integers() {
    var stream = RandomStream(seed: 3)
    var counts = [Int](repeating: 0, count: 6)
    for _ in 0..<60_000 { counts[stream.integer(below: 6)] += 1 }
    // Five standard deviations of a binomial count around 10000.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 460 })
  }
}
