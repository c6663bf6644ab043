import Baselines
import Compute
import Foundation
import Scenes
import TestSupport
import Testing

@Suite struct PixelFeaturesTests {
  @Test("the filter features equal scipy's, on pictures wider and narrower than the kernels")
  func filtersEqualScipy() throws {
    for golden in try Golden.load().pictures {
      let picture = Picture(width: golden.width, height: golden.height, pixels: golden.pixels)
      let matrix = PixelFeatures.filters.matrix(of: picture)
      expectClose(
        matrix.array, golden.features, shape: [matrix.rows, matrix.columns],
        expectedShape: [golden.width * golden.height, 25], absolute: 1e-5, "\(golden.width)x\(golden.height)")
    }
  }

  @Test("every group begins with the colour and names each of its columns once", arguments: PixelFeatures.allCases)
  func groupsAreNamed(features: PixelFeatures) {
    let picture = Picture(width: 20, height: 18, colour: RGB(255, 51, 0))
    let matrix = features.matrix(of: picture)
    #expect(matrix.columns == features.count)
    #expect(Set(features.names).count == features.count)
    #expect(Array(matrix.array[0..<3]) == [1, 0.2, 0])
    #expect(matrix.array.allSatisfy { $0.isFinite })
  }

  @Test("a picture of one colour has blurs of that colour, no gradient and no Laplacian")
  func flatPicture() {
    let matrix = PixelFeatures.filters.matrix(of: Picture(width: 19, height: 7, colour: RGB(51, 102, 153)))
    let last = Array(matrix.array.suffix(25))
    let scale: [Float] = [0.2, 0.4, 0.6, 0, 0]
    let expected = [0.2, 0.4, 0.6] + scale + scale + scale + scale + [Float(6) / 7, Float(18) / 19]
    // A second derivative cut at 4 sigma sums to -0.00027 / sigma^2, not to 0; scipy's does the same.
    expectClose(last, expected, absolute: 2e-4)
  }
}

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

  @Test("a sample of no pixels is refused")
  func emptySampling() {
    #expect(throws: BaselinesError.invalid(setting: "pixels per picture", value: "0", bound: "at least 1")) {
      try PixelSample(scenes: halves(count: 1), sampling: .random(perPicture: 0))
    }
  }
}
