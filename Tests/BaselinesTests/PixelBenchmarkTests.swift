import Baselines
import Compute
import Foundation
import Scenes
import TestSupport
import Testing

@Suite struct PixelBenchmarkTests {
  @Test("the benchmark fits both classifiers and hands the matrices over as NumPy files")
  func benchmark() throws {
    let scenes = halves(count: 3)
    try withFolder { folder in
      let result = try PixelBenchmark.run(
        train: Array(scenes[0..<2]), test: [scenes[2]], features: .rgb, trees: 3, dump: folder)
      #expect(result.rows.map(\.classifier) == ["random-forest", "linear-svc"])
      #expect(result.trainPixels == 2 * 39 * 24 && result.testPixels == 39 * 24)
      for row in result.rows { #expect(row.test.accuracy > 0.95 && row.test.meanIoU > 0.9) }
      let file = try Data(contentsOf: folder.appendingPathComponent("X.npy"))
      let start = 10 + Int(file[8]) + 256 * Int(file[9])
      #expect(start % 64 == 0 && file.prefix(6) == Data([0x93] + Array("NUMPY".utf8)))
      let header = String(decoding: file[10..<start], as: UTF8.self)
      #expect(header.contains("'descr': '<f4'") && header.contains("'shape': (1872, 3,)"))
      let values = file.dropFirst(start).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      let sample = try PixelSample(scenes: Array(scenes[0..<2]), features: .rgb)
      #expect(values == sample.matrix.array)
      let truth = try Data(contentsOf: folder.appendingPathComponent("y.npy"))
      #expect(Array(truth.suffix(1872)) == sample.categories)
    }
  }
}
