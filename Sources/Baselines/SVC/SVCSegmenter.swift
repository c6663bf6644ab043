import Foundation
import Scenes
import Storage

/// A fitted linear SVC. It has no probabilities, only labels.
package struct SVCSegmenter: PixelSegmenter, Equatable {
  /// What it looks at.
  package let features: PixelFeatures
  /// The hyperparameters it was fitted with.
  package let settings: LinearSVC
  package let model: LinearModel

  /// How many classes its class set has, those included of which the sample had no pixel.
  package let classCount: Int

  /// Which classes' weights did not converge.
  package var notes: [FitNote] {
    let missed = zip(model.classes, model.outcomes).filter { !$0.1.converged }.map { Int($0.0) }
    return missed.isEmpty ? [] : [.notConverged(classes: missed, iterations: settings.maxIterations)]
  }

  package func predict(_ pictures: [Picture]) throws -> [Prediction] {
    pictures.map { picture in
      Prediction(
        width: picture.width, height: picture.height, classes: model.classify(features.matrix(of: picture)))
    }
  }

  // MARK: Model files

  package func save(to file: URL) throws {
    var metadata = ["model": LinearSVC.name, "features": features.rawValue, "version": "1"]
    metadata["classCount"] = "\(classCount)"
    metadata["settings"] = try ModelReader.json(settings.values)
    metadata["outcomes"] = try ModelReader.json(model.outcomes)
    try SafeTensors(
      metadata: metadata,
      arrays: [
        "means": .init(.float32, shape: [features.count], values: model.expansion.scaler.means),
        "scales": .init(.float32, shape: [features.count], values: model.expansion.scaler.scales),
        "classes": .init(.uint8, shape: [model.classes.count], values: model.classes),
        "weights": .init(.float64, shape: [model.expansion.width, model.lanes], values: model.weights),
      ]
    ).write(to: file)
  }

  /// Reads a model file.
  ///
  /// - Throws: `StorageError` for a file that is unreadable or cut short, `BaselinesError.badModel` for one whose
  ///   arrays don't fit each other or aren't finite.
  package init(contentsOf file: URL) throws {
    try self.init(SafeTensors(contentsOf: file), file: file.path)
  }

  /// Takes the model out of what `file` holds.
  package init(_ tensors: SafeTensors, file: String) throws {
    let reader = try ModelReader(tensors, file: file, kind: LinearSVC.name)
    features = reader.features
    settings = try reader.settings(LinearSVC.self)
    let means = try reader.values("means", Float.self, .float32, count: features.count)
    let scales = try reader.values("scales", Float.self, .float32, count: features.count)
    // The classes were called so up to 0.1.0.
    let name = tensors.arrays["classes"] == nil ? "categories" : "classes"
    let classes = try reader.values(name, UInt8.self, .uint8, count: nil)
    let outcomes = try reader.json("outcomes", [LinearModel.Outcome].self)
    classCount = reader.classCount
    guard (2...classCount).contains(classes.count), classes.allSatisfy({ $0 < reader.classCount }),
      zip(classes, classes.dropFirst()).allSatisfy(<), outcomes.count == classes.count
    else { throw reader.bad("its classes are \(classes) of \(classCount), with \(outcomes.count) outcomes") }
    let expansion = FittedExpansion(
      scaler: Standardisation(means: means, scales: scales), kind: settings.featureMap)
    let weights = try reader.values(
      "weights", Double.self, .float64, count: expansion.width * ClassLanes.padded(classes.count))
    guard (means + scales).allSatisfy(\.isFinite), weights.allSatisfy(\.isFinite) else {
      throw reader.bad("a weight is not a finite number")
    }
    model = LinearModel(expansion, classes: classes, weights: weights, outcomes: outcomes)
  }

  package init(features: PixelFeatures, settings: LinearSVC, classCount: Int, model: LinearModel) {
    (self.features, self.settings, self.classCount, self.model) = (features, settings, classCount, model)
  }
}
