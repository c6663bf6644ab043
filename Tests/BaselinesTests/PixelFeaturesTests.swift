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
