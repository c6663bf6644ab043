import Baselines
import Compute
import Foundation
import Scenes
import TestSupport
import Testing

@Suite struct LinearSVCTests {
  @Test("weights and objectives are scikit-learn's")
  func scikitLearnsWeights() throws {
    let golden = try Golden.load()
    var settings = LinearSVC()
    settings.tolerance = 1e-6
    let model = try settings.solve(golden.forest.train, golden.forest.y, classCount: 8)
    #expect(model.classes == [1, 2, 3])
    for column in 0..<3 {
      let weights = (0..<5).map { model.weights[$0 * 8 + column] }
      expectClose(weights, golden.svc.weights[column], absolute: 1e-4)
      #expect(model.outcomes[column].converged)
    }
    expectClose(model.outcomes.map(\.objective), golden.svc.objectives, relative: 1e-5)
  }

  @Test("two points are parted by the weights that were worked out by hand")
  func twoPoints() throws {
    // Standardised x is -1 and 1, and y = x: P(w, b) = w^2/2 + b^2/2 + (1 - w + b)^2 + (1 - w - b)^2, so b = 0, w = 0.8.
    let model = try LinearSVC().solve(FeatureMatrix(rows: 2, columns: 1, values: [3, 7]), [2, 5], classCount: 8)
    expectClose([model.weights[1], model.weights[9]], [0.8, 0], absolute: 1e-6)
    expectClose(model.outcomes.map(\.objective), [0.4, 0.4], absolute: 1e-6)
  }

  @Test("a constant feature gets no weight")
  func constantFeature() throws {
    let matrix = FeatureMatrix(rows: 4, columns: 2, values: [1, 5, 2, 5, 3, 5, 4, 5])
    let model = try LinearSVC().solve(matrix, [1, 1, 2, 2], classCount: 8)
    #expect(model.weights[8] == 0 && model.weights[9] == 0)
    #expect(model.classify(matrix) == [1, 1, 2, 2])
  }

  @Test("products of features part what no plane parts, by the weights worked out by hand")
  func products() throws {
    // y = z1 z2 on the corners (1, 1), (1, -1)...: by symmetry only the product has a weight a, and
    // P = a^2/2 + 4 (1 - a)^2 is least, 4/9, at a = 8/9. The order is z1, z2, z1 z1, z1 z2, z2 z2, 1.
    let matrix = FeatureMatrix(rows: 4, columns: 2, values: [0, 0, 0, 6, 2, 0, 2, 6])
    var settings = LinearSVC()
    settings.featureMap = .products
    let model = try settings.solve(matrix, [2, 1, 1, 2], classCount: 8)
    expectClose((0..<6).map { model.weights[$0 * 8 + 1] }, [0, 0, 0, 8.0 / 9, 0, 0], absolute: 1e-6)
    expectClose(model.outcomes.map(\.objective), [4.0 / 9, 4.0 / 9], absolute: 1e-6)
    #expect(model.classify(matrix) == [2, 1, 1, 2])
  }

  @Test("a fitted SVC segments pictures by labels alone")
  func segments() throws {
    let scenes = halves(count: 3)
    let model = try LinearSVC().fit(PixelSample(scenes: Array(scenes[0..<2])), seed: 0)
    let prediction = try model.predict([scenes[2].picture])[0]
    #expect(prediction.probabilities == nil)
    let truth = scenes[2].classes
    let hits = truth.indices.count { truth[$0] == 0 || prediction.classes[$0] == truth[$0] }
    #expect(hits > truth.count * 95 / 100)
  }
}
