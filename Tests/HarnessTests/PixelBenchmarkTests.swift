import Compute
import Foundation
import Harness
import Scenes
import TestSupport
import Testing

@Suite("Pixel benchmark") struct PixelBenchmarkTests {
  @Test("Both classifiers are fitted, and the matrices are handed over as NumPy files")
  func benchmark() throws {
    try withTemporaryFolder { folder in
      let result = try PixelBenchmark(
        data: "synthetic", size: PixelSize(width: 64, height: 32), images: 3, features: .rgb, trees: 3, dump: folder)
      #expect(result.rows.map(\.classifier) == ["random-forest", "linear-svc"])
      for row in result.rows { #expect(row.testMeanIoU > 0.1 && row.testAccuracy > 0.4) }
      for (name, pixels) in [("", result.trainPixels), ("t", result.testPixels)] {
        let file = try Data(contentsOf: folder.appendingPathComponent("X\(name).npy"))
        let start = 10 + Int(file[8]) + 256 * Int(file[9])
        #expect(start % 64 == 0 && file.prefix(6) == Data([0x93] + Array("NUMPY".utf8)))
        let header = String(decoding: file[10..<start], as: UTF8.self)
        #expect(header.contains("'descr': '<f4'") && header.contains("'shape': (\(pixels), 3,)"))
        #expect(file.count == start + pixels * 3 * 4)
        let truth = try Data(contentsOf: folder.appendingPathComponent("y\(name).npy"))
        #expect(truth.suffix(pixels).allSatisfy { (1...7).contains($0) })
      }
    }
  }
}
