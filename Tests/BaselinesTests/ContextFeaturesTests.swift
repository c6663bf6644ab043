import Baselines
import Compute
import Foundation
import Scenes
import TestSupport
import Testing

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
