import Baselines
import Compute
import Foundation
import Scenes
import Settings
import TestSupport
import Testing

@Suite struct PixelSampleTests {
  @Test("all pixels but those of void truth are taken, in order, with their features")
  func allPixels() throws {
    let scenes = halves(count: 2)
    let sample = try PixelSample(scenes: scenes, features: .rgb)
    #expect(sample.matrix.rows == 2 * 39 * 24)
    #expect(sample.classCount == 8)
    #expect(sample.labels == scenes.flatMap { $0.classes.filter { $0 != 0 } })
    let second = scenes[0].picture[1, 0]
    #expect(
      Array(sample.matrix.array.prefix(3))
        == [second.red, second.green, second.blue].map { Float($0) / 255 })
  }

  @Test("a random sample depends on the seed and the picture's name, not on the pictures beside it")
  func randomSample() throws {
    let scenes = halves(count: 3)
    func sample(_ scenes: [Scene], _ seed: UInt64) throws -> [Float] {
      try PixelSample(scenes: scenes, features: .filters, sampling: RandomPixels(perPicture: 50), seed: seed).matrix
        .array
    }
    let all = try sample(scenes, 1)
    #expect(all.count == 3 * 50 * 25)
    #expect(try sample([scenes[1]], 1) == Array(all[50 * 25..<100 * 25]))
    #expect(try sample(scenes, 2) != all)
  }

  @Test("a balanced sample gives classes equal shares, and what a small one leaves to the others")
  func balancedSample() throws {
    var scene = halves(count: 1)[0]
    for x in 1...5 { scene.labels[x, 0] = 26 }
    let sample = try PixelSample(scenes: [scene], features: .rgb, sampling: BalancedPixels(perPicture: 105))
    var counts: [UInt8: Int] = [:]
    for label in sample.labels { counts[label, default: 0] += 1 }
    #expect(counts == [Category.vehicle.rawValue: 5, Category.flat.rawValue: 50, Category.sky.rawValue: 50])
  }

  @Test("samplings are chosen by name, the number of pixels by the short form too")
  func samplingChoices() throws {
    #expect(Samplings.registry.names == ["all", "random", "balanced"])
    func chosen(_ setting: Setting) throws -> any PixelSampling {
      try Samplings.registry.make(Samplings.registry.choice(setting))
    }
    #expect(try chosen(.text("all")).limit == nil)
    #expect(try chosen(.text("random:20")).limit == 20)
    #expect(try chosen(.section(["name": .text("balanced"), "perPicture": .whole(7)])).limit == 7)
    for text in ["", "all:3", "random:", "random:x", "random:0", "balanced:1:2", "some:4"] {
      #expect(throws: SettingError.self, "\(text)") { try chosen(.text(text)) }
    }
  }

  @Test("a sample of no pixels is refused")
  func emptySampling() {
    #expect(throws: SettingError.invalid(setting: "perPicture", value: "0", bound: "1 or more")) {
      try PixelSample(scenes: halves(count: 1), sampling: RandomPixels(perPicture: 0))
    }
  }

  @Test("a limit beyond all pixels takes all of them")
  func largestLimit() throws {
    let scenes = halves(count: 1)
    for sampling: any PixelSampling in [RandomPixels(perPicture: .max), BalancedPixels(perPicture: .max)] {
      #expect(try PixelSample(scenes: scenes, features: .rgb, sampling: sampling).labels.count == 39 * 24)
    }
  }
}
