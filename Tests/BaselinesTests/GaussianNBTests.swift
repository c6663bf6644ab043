import Baselines
import Compute
import Foundation
import TestSupport
import Testing

@Suite struct GaussianNBTests {
  /// Values made by Fixtures/gaussian_nb.py.
  private struct Golden: Decodable {
    let classes: Int
    let smoothing: Double
    let means, variances, probabilities: [[Double]]
  }

  @Test("means, variances and probabilities are scikit-learn's, for any number of classes and smoothing")
  func scikitLearns() throws {
    let file = try #require(
      Bundle.module.url(forResource: "gaussian_nb", withExtension: "json", subdirectory: "Fixtures"))
    let all = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
    #expect(all.count == 2 * ClassCountTests.counts.count)
    for golden in all {
      let data = try GoldenClasses.load(golden.classes)
      let sample = PixelSample(features: .rgb, matrix: data.train, labels: data.y, classCount: golden.classes)
      let classifier = try GaussianNB(["varSmoothing": .number(golden.smoothing)])
      let model = try classifier.fit(sample, seed: 0)
      expectClose(model.means, golden.means.flatMap(\.self), absolute: 1e-9)
      expectClose(model.variances, golden.variances.flatMap(\.self), relative: 1e-9)
      let probabilities = model.probabilities(of: data.test)
      for (row, expected) in golden.probabilities.enumerated() {
        let present = model.classes.map { Double(probabilities[row * golden.classes + Int($0)]) }
        expectClose(present, expected, absolute: 1e-6, "\(golden.classes) classes, row \(row)")
      }
    }
  }
}
