import Baselines
import Deep
import Settings

/// All models by name, those of both families.
package enum Estimators {
  package static let all: [Estimator] =
    Classifiers.registry.all.compactMap { ($0 as? any PixelClassifier.Type).map(Estimator.init(classifier:)) }
    + Networks.registry.all.compactMap { ($0 as? any Architecture.Type).map(Estimator.init(network:)) }

  /// What is registered in both families.
  package static let registry = Registry<any Component>("model", all.map(\.component))

  /// The model called `name`.
  ///
  /// - Throws: `SettingError.unknown` with the nearest.
  package static func named(_ name: String) throws -> Estimator {
    guard let estimator = all.first(where: { $0.name == name }) else {
      throw SettingError.unknown(kind: "model", name: name, known: all.map(\.name))
    }
    return estimator
  }
}
