import Foundation
import Scenes

/// A fitted pixel classifier: it predicts pictures, and is kept in a file.
package protocol PixelSegmenter: Segmenter, Sendable {
  /// How many classes its class set has, those included of which the sample had no pixel.
  var classCount: Int { get }
  /// What it looks at.
  var features: PixelFeatures { get }
  /// Each feature's share in what the model does, in the order of `features.names`; nil for a model that has none.
  var featureImportances: [Double]? { get }
  /// What whoever uses the model should know of its fit.
  var notes: [FitNote] { get }

  /// Writes the model file, all or nothing.
  func save(to file: URL) throws

  /// Reads a model file.
  ///
  /// - Throws: `StorageError` for a file that is unreadable or cut short, `BaselinesError.badModel` for one that holds
  ///   something else, or whose parts don't agree with each other.
  init(contentsOf file: URL) throws
}

extension PixelSegmenter {
  package var featureImportances: [Double]? { nil }
  package var notes: [FitNote] { [] }
}

/// What whoever uses a model should know of its fit.
package enum FitNote: Codable, Hashable, Sendable, CustomStringConvertible {
  /// The search for the weights of these classes, by number, ended at its bound of iterations before its tolerance
  /// was met.
  case notConverged(classes: [Int], iterations: Int)

  package var description: String {
    switch self {
    case .notConverged(let classes, let iterations):
      "not converged within \(iterations) iterations: classes \(classes.map(String.init).joined(separator: ", "))"
    }
  }
}
