import Compute
import Foundation
import Scenes

/// A classifier's hyperparameters: what can be fitted to a sample of pixels.
public protocol PixelClassifier: Codable, Sendable {
  associatedtype Fitted: FittedClassifier

  /// The defaults.
  init()

  /// The same seed gives the same model; a classifier without chance ignores it.
  var seed: UInt64 { get set }

  /// Fits a model.
  ///
  /// - Parameter progress: told the fraction that is done, from any thread.
  func fit(_ sample: PixelSample, progress: @Sendable (Double) -> Void) throws -> Fitted
}

/// A fitted pixel classifier: it predicts pictures, and is kept in a file.
public protocol FittedClassifier: Segmenter, Sendable {
  /// What it looks at.
  var features: PixelFeatures { get }

  /// Writes the model file, all or nothing.
  func save(to file: URL) throws

  /// Reads a model file.
  init(contentsOf file: URL) throws
}

/// A hyperparameter as users set it.
public struct Hyperparameter: Sendable {
  /// Its name, such as `maxDepth`.
  public let name: String
  /// What it does and its bounds.
  public let summary: String
  /// Its default, as text.
  public let standard: String
}

/// A classifier that experiments can name.
public struct Classifier: Sendable {
  /// Its name, such as `random-forest`.
  public let name: String
  /// What it is, in a line.
  public let summary: String
  /// What can be set.
  public let hyperparameters: [Hyperparameter]
  /// The defaults changed by settings, by name, as text; and a seed. Throws `BaselinesError.unknownSetting` and
  /// `.invalid`.
  public let make: @Sendable (_ settings: [String: String], _ seed: UInt64) throws -> any PixelClassifier
  /// Reads a model file.
  public let load: @Sendable (_ file: URL) throws -> any FittedClassifier

  /// Registers `type`, whose settings are set by `options`.
  public init<Kind: PixelClassifier>(
    _ name: String, _ summary: String, _ type: Kind.Type, _ options: [Option<Kind>]
  ) {
    self.name = name
    self.summary = summary
    hyperparameters = options.map(\.hyperparameter)
    make = { settings, seed in
      var made = Kind()
      made.seed = seed
      for (key, value) in settings.sorted(by: { $0.key < $1.key }) {
        guard let option = options.first(where: { $0.hyperparameter.name == key }) else {
          throw BaselinesError.unknownSetting(
            name: key, classifier: name, known: options.map(\.hyperparameter.name))
        }
        guard option.set(&made, value) else {
          throw BaselinesError.invalid(setting: key, value: value, bound: option.hyperparameter.summary)
        }
      }
      return made
    }
    load = { try Kind.Fitted(contentsOf: $0) }
  }
}

/// A hyperparameter of `Kind` and how text sets it.
public struct Option<Kind: PixelClassifier>: Sendable {
  let hyperparameter: Hyperparameter
  /// Returns whether the text could be read.
  let set: @Sendable (inout Kind, String) -> Bool

  /// A setting that is written as its value's description, or `none` where it may be nil.
  public init<Value: LosslessStringConvertible & Sendable>(
    _ name: String, _ summary: String, _ path: WritableKeyPath<Kind, Value> & Sendable
  ) {
    hyperparameter = Hyperparameter(name: name, summary: summary, standard: "\(Kind()[keyPath: path])")
    set = { kind, text in
      guard let value = Value(text) else { return false }
      kind[keyPath: path] = value
      return true
    }
  }

  /// A setting that may be left open, by `none`.
  public init<Value: LosslessStringConvertible & Sendable>(
    _ name: String, _ summary: String, _ path: WritableKeyPath<Kind, Value?> & Sendable
  ) {
    let standard = Kind()[keyPath: path].map { "\($0)" } ?? "none"
    hyperparameter = Hyperparameter(name: name, summary: summary, standard: standard)
    set = { kind, text in
      let value = Value(text)
      kind[keyPath: path] = value
      return value != nil || text == "none"
    }
  }

  /// A setting that is one of a few names.
  public init<Value: RawRepresentable & Sendable>(
    _ name: String, _ summary: String, choice path: WritableKeyPath<Kind, Value> & Sendable
  ) where Value.RawValue == String {
    hyperparameter = Hyperparameter(name: name, summary: summary, standard: Kind()[keyPath: path].rawValue)
    set = { kind, text in
      guard let value = Value(rawValue: text) else { return false }
      kind[keyPath: path] = value
      return true
    }
  }
}

/// The pixel classifiers that experiments can name. A new one is a file of its own and a line here.
public enum Classifiers {
  public static let all: [Classifier] = [RandomForest.classifier, LinearSVC.classifier]

  /// The classifier called `name`.
  ///
  /// - Throws: `BaselinesError.unknownClassifier`.
  public static func named(_ name: String) throws -> Classifier {
    guard let found = all.first(where: { $0.name == name }) else {
      throw BaselinesError.unknownClassifier(name: name, known: all.map(\.name))
    }
    return found
  }

  /// Reads a model file of any registered classifier.
  public static func load(contentsOf file: URL) throws -> any FittedClassifier {
    let name = try SafeTensors(contentsOf: file).metadata["model"] ?? "nothing that is named"
    guard let found = all.first(where: { $0.name == name }) else {
      throw BaselinesError.badModel(file: file.path, reason: "it holds \(name)")
    }
    return try found.load(file)
  }
}

extension RandomForest: PixelClassifier {
  static let classifier = Classifier(
    FittedForest.kind, "random forest on pixel features", RandomForest.self,
    [
      Option("trees", "how many trees, 1 to 10000", \.trees),
      Option("maxDepth", "how deep a tree grows, at least 1, or none", \.maxDepth),
      Option("minLeaf", "drawn pixels that a leaf has at least, at least 1", \.minLeaf),
      Option("featuresPerSplit", "features that a node tries, or none for the square root", \.featuresPerSplit),
      Option("bootstrap", "whether each tree draws its own sample, true or false", \.bootstrap),
      Option("classWeights", "none or balanced", choice: \.classWeights),
    ])
}

extension LinearSVC: PixelClassifier {
  static let classifier = Classifier(
    FittedSVC.kind, "linear support vector classifier on pixel features, one against the rest", LinearSVC.self,
    [
      Option("c", "weight of the losses against the penalty, above 0", \.c),
      Option("featureMap", "none or products", choice: \.featureMap),
      Option("tolerance", "where Newton's method stops, above 0 and below 1", \.tolerance),
      Option("maxIterations", "Newton steps at most, 1 to 10000", \.maxIterations),
    ])
}
