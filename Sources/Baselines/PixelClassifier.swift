import Foundation
import Scenes

/// A classifier's hyperparameters: what can be fitted to a sample of pixels.
public protocol PixelClassifier: Codable, Hashable, Sendable {
  associatedtype Fitted: FittedClassifier

  /// The name by which experiments choose it, such as `random-forest`.
  static var name: String { get }
  /// What it is, in a line.
  static var summary: String { get }

  /// The defaults.
  init()

  /// The same seed gives the same model; a classifier without chance ignores it.
  var seed: UInt64 { get set }

  /// Checks the hyperparameters for features of that number.
  ///
  /// - Throws: `BaselinesError.invalid` with the setting, its value and the bound.
  func check(featureCount: Int) throws

  /// Fits a model.
  ///
  /// - Parameter progress: told the fraction that is done, from any thread.
  /// - Throws: `BaselinesError`: bad hyperparameters, or a sample that is empty, of one category, constant, or not
  ///   finite.
  func fit(_ sample: PixelSample, progress: @Sendable (Double) -> Void) throws -> Fitted
}

/// A fitted pixel classifier: it predicts pictures, and is kept in a file.
public protocol FittedClassifier: Segmenter, Sendable {
  /// What it looks at.
  var features: PixelFeatures { get }

  /// Writes the model file, all or nothing.
  func save(to file: URL) throws

  /// Reads a model file.
  ///
  /// - Throws: `ComputeError` for a file that is unreadable or cut short, `BaselinesError.badModel` for one that holds
  ///   something else, or whose parts don't agree with each other.
  init(contentsOf file: URL) throws
}
