import Compute
import Scenes

/// A fitted random forest. Probabilities are the mean over trees of the class shares in the leaf that a pixel
/// reaches.
package struct ForestSegmenter: PixelSegmenter, Equatable {
  /// What it looks at.
  package let features: PixelFeatures
  /// The hyperparameters it was fitted with.
  package let settings: RandomForest
  package let forest: Forest

  /// How many classes its class set has, those included of which the sample had no pixel.
  package var classCount: Int { forest.classCount }

  /// How many nodes all trees have.
  package var nodeCount: Int { forest.nodeCount }

  /// Each feature's share in the decrease of Gini impurity, mean over trees; sums to 1. Order of `features.names`.
  package var featureImportances: [Double]? { forest.importances }

  package func predict(_ pictures: [Picture]) throws -> [Prediction] {
    pictures.map { picture in
      Prediction(
        width: picture.width, height: picture.height,
        classCount: forest.classCount, probabilities: forest.probabilities(of: features.matrix(of: picture)))
    }
  }

  package init(features: PixelFeatures, settings: RandomForest, forest: Forest) {
    (self.features, self.settings, self.forest) = (features, settings, forest)
  }
}
