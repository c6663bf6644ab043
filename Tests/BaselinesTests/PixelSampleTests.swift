import Baselines
import Compute
import Foundation
import Scenes
import TestSupport
import Testing

@Suite struct PixelSampleTests {
  @Test("all pixels but those of void truth are taken, in order, with their features")
  func allPixels() throws {
    let scenes = halves(count: 2)
    let sample = try PixelSample(scenes: scenes, features: .rgb)
    #expect(sample.matrix.rows == 2 * 39 * 24)
    #expect(sample.countedPixels == 2 * 39 * 24)
    #expect(sample.categories == scenes.flatMap { $0.categories.filter { $0 != 0 } })
    let second = scenes[0].picture[1, 0]
    #expect(
      Array(sample.matrix.array.prefix(3))
        == [second.red, second.green, second.blue].map { Float($0) / 255 })
  }

  @Test("a random sample depends on the seed and the picture's name, not on the pictures beside it")
  func randomSample() throws {
    let scenes = halves(count: 3)
    func sample(_ scenes: [Scene], _ seed: UInt64) throws -> [Float] {
      try PixelSample(scenes: scenes, features: .filters, sampling: .random(perPicture: 50), seed: seed).matrix.array
    }
    let all = try sample(scenes, 1)
    #expect(all.count == 3 * 50 * 25)
    #expect(try sample([scenes[1]], 1) == Array(all[50 * 25..<100 * 25]))
    #expect(try sample(scenes, 2) != all)
  }

  @Test("a balanced sample gives categories equal shares, and what a small one leaves to the others")
  func balancedSample() throws {
    var scene = halves(count: 1)[0]
    for x in 1...5 { scene.labels[x, 0] = 26 }
    let sample = try PixelSample(scenes: [scene], features: .rgb, sampling: .balanced(perPicture: 105))
    var counts: [UInt8: Int] = [:]
    for category in sample.categories { counts[category, default: 0] += 1 }
    #expect(counts == [Category.vehicle.rawValue: 5, Category.flat.rawValue: 50, Category.sky.rawValue: 50])
  }

  @Test("a sampling reads what it writes, and nothing else")
  func samplingText() {
    for sampling in [PixelSampling.all, .random(perPicture: 20), .balanced(perPicture: 7)] {
      #expect(PixelSampling(sampling.description) == sampling)
    }
    for text in ["", "all:3", "random", "random:", "random:x", "balanced:1:2", "some:4"] {
      #expect(PixelSampling(text) == nil, "\(text)")
    }
  }

  @Test("a sample of no pixels is refused")
  func emptySampling() {
    #expect(throws: BaselinesError.invalid(setting: "pixels per picture", value: "0", bound: "at least 1")) {
      try PixelSample(scenes: halves(count: 1), sampling: .random(perPicture: 0))
    }
  }
}
