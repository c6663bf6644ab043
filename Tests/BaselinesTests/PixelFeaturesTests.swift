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

@Suite struct ContextFeaturesTests {
  private func picture(_ width: Int, _ height: Int, _ colour: (Int, Int) -> RGB) -> Picture {
    var picture = Picture(width: width, height: height)
    for y in 0..<height {
      for x in 0..<width { picture[x, y] = colour(x, y) }
    }
    return picture
  }

  private func column(_ name: String, _ picture: Picture) throws -> [Float] {
    let index = try #require(PixelFeatures.context.names.firstIndex(of: name))
    let matrix = PixelFeatures.context.matrix(of: picture)
    return (0..<matrix.rows).map { matrix.values[$0 * matrix.columns + index] }
  }

  @Test("the context group begins with the filters, value for value")
  func beginsWithFilters() {
    let scene = halves(count: 1)[0].picture
    let (filters, context) = (PixelFeatures.filters.matrix(of: scene), PixelFeatures.context.matrix(of: scene))
    for row in 0..<filters.rows {
      for feature in 0..<25 {
        #expect(context.values[row * context.columns + feature] == filters.values[row * 25 + feature])
      }
    }
  }

  @Test("box means from an integral image equal plain sums, with centres and squares beyond the border")
  func boxMeans() {
    let (width, height, radius) = (9, 6, 2)
    let values = (0..<width * height).map { Float(($0 * 37) % 11) }
    let image = IntegralImage(width: width, height: height) { values[$0] }
    for (right, down) in [(0, 0), (4, -3), (-30, 30)] {
      for y in 0..<height {
        var means = [Float](repeating: .nan, count: width)
        image.means(row: y, radius: radius, right: right, down: down, into: &means)
        let expected = (0..<width).map { x -> Float in
          let (cx, cy) = (min(max(x + right, 0), width - 1), min(max(y + down, 0), height - 1))
          let inside = (0..<width * height).filter {
            abs($0 % width - cx) <= radius && abs($0 / width - cy) <= radius
          }
          return inside.reduce(0) { $0 + values[$1] } / Float(inside.count)
        }
        expectClose(means, expected, absolute: 1e-5, "right \(right), down \(down), row \(y)")
      }
    }
  }

  @Test("L, a, b of sRGB red, white and black are those of CIE L*a*b* under D65")
  func lab() throws {
    let colours = [RGB(255, 0, 0), RGB(255, 255, 255), RGB(0, 0, 0)]
    let strip = picture(3, 1) { x, _ in colours[x] }
    expectClose(try column("L", strip), [0.532408, 1, 0], absolute: 1e-4)
    expectClose(try column("a", strip), [0.800925, 0, 0], absolute: 1e-4)
    expectClose(try column("b", strip), [0.672032, 0, 0], absolute: 1e-4)
  }

  @Test("vertical stripes change across, horizontal ones down, and diagonal ones between")
  func stripes() throws {
    func grey(_ phase: Int) -> RGB { phase % 8 < 4 ? RGB(200, 200, 200) : RGB(20, 20, 20) }
    let centre = 20 * 40 + 20
    for (stripes, cosine, sine) in [
      (picture(40, 40) { x, _ in grey(x) }, Float(1), Float(0)),
      (picture(40, 40) { _, y in grey(y) }, -1, 0), (picture(40, 40) { x, y in grey(x + y) }, 0, 1),
    ] {
      expectClose(
        [try column("edge cosine", stripes)[centre], try column("edge sine", stripes)[centre]], [cosine, sine],
        absolute: 1e-4)
      #expect(try column("corner strength", stripes)[centre] < 1e-3)
      #expect(try column("edge strength", stripes)[centre] > 0.1)
    }
  }

  @Test("the deviation is that of the values in the square, and colours are looked at on the named side")
  func deviationAndSides() throws {
    let halved = picture(200, 9) { x, _ in x < 100 ? RGB(255, 255, 255) : RGB(0, 0, 0) }
    let row = 4 * 200
    // At column 100 the square of half side 1 holds three white pixels of nine.
    #expect(abs(try column("deviation 1", halved)[row + 100] - Float(2.0 / 9).squareRoot()) < 1e-5)
    #expect(try column("deviation 1", halved)[row + 50] < 1e-3)
    #expect(try column("L 30 left", halved)[row + 120] == 1)
    #expect(try column("L 30 right", halved)[row + 120] == 0)
  }
}
