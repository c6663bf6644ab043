import Foundation
import Scenes
import Settings

/// A classifier's hyperparameters: what can be fitted to a sample of pixels. A new one is a file of its own and a line
/// in `Classifiers`.
package protocol PixelClassifier: Component, Hashable {
  associatedtype Fitted: PixelSegmenter

  /// The section of an experiment that holds its settings; its name unless it says otherwise.
  static var section: String { get }

  /// Whether another seed makes another model of the same pixels.
  static var hasChance: Bool { get }

  /// Checks what the bounds of its settings leave open for features of that number.
  ///
  /// - Throws: `SettingError.invalid` with the setting, its value and the bound.
  func check(featureCount: Int) throws

  /// Fits a model.
  ///
  /// - Parameters:
  ///   - sample: the features [pixel, feature] and classes to learn from.
  ///   - seed: the same gives the same model, whatever the thread count; a classifier without chance ignores it.
  ///   - progress: told the fraction that is done, from any thread.
  /// - Throws: `SettingError` for settings out of their bounds; `BaselinesError` for a sample that is empty, of one
  ///   class, constant, or not finite.
  func fit(_ sample: PixelSample, seed: UInt64, progress: @Sendable (Double) -> Void) throws -> Fitted

  /// An estimate of the bytes that a fit takes, the sample of `pixels` pixels included.
  func estimatedBytes(pixels: Int, features: Int, classes: Int) -> Int
}

extension PixelClassifier {
  package static var section: String { name }

  package func check(featureCount: Int) throws {}

  /// Fits a model, telling nobody how far it is.
  package func fit(_ sample: PixelSample, seed: UInt64) throws -> Fitted {
    try fit(sample, seed: seed) { _ in }
  }

  /// Opens a model that such a classifier was fitted to.
  ///
  /// - Throws: as `PixelSegmenter.init(contentsOf:)`.
  package static func open(_ file: URL) throws -> any PixelSegmenter { try Fitted(contentsOf: file) }

  /// Checks all settings, for features of that number.
  func checkAll(featureCount: Int) throws {
    try checkBounds()
    try check(featureCount: featureCount)
  }

  /// The bytes of a sample's features and labels.
  static func sampleBytes(pixels: Int, features: Int) -> Int { pixels * (features * MemoryLayout<Float>.size + 1) }
}

/// All pixel classifiers.
package enum Classifiers {
  package static let all: [any PixelClassifier.Type] = [
    RandomForest.self,
    LinearSVC.self,
    GaussianNB.self,
  ]

  package static let registry = Registry<any PixelClassifier>("classifier", all)

  /// The classifier called `name`.
  ///
  /// - Throws: `SettingError.unknown` with the nearest.
  package static func named(_ name: String) throws -> any PixelClassifier.Type {
    guard let found = all.first(where: { $0.name == name }) else {
      throw SettingError.unknown(kind: registry.kind, name: name, known: registry.names)
    }
    return found
  }
}
