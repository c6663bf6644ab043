import Compute
import Deep
import Foundation
import Scenes
import Settings
import Storage

/// The model of a stored run, ready to predict.
package struct StoredModel {
  package let settings: CellSettings
  /// The classes that it tells apart.
  package let classes: ClassSet
  package let segmenter: any Segmenter

  /// Opens the run in `folder`.
  ///
  /// - Parameters:
  ///   - folder: of the run.
  ///   - precision: what a network is to compute with; nil for what it was trained with.
  /// - Throws: `HarnessError.noRun` where it isn't one, or isn't trained yet; `StorageError` for damaged files;
  ///   `SettingError.invalid` for a precision that this processor or the model hasn't.
  package init(run folder: URL, precision: Precision? = nil) throws {
    guard FileManager.default.fileExists(atPath: folder.appendingPathComponent("cell.json").path) else {
      throw HarnessError.noRun(folder: folder.path, reason: "it holds no cell.json, so it isn't the folder of a run")
    }
    let stored = try RunStore.settings(of: folder)
    let isNetwork = stored.architecture != nil
    if let precision, !isNetwork {
      throw SettingError.invalid(
        setting: "--precision", value: precision.rawValue, bound: "left out with \(stored.model), which is no network")
    }
    settings = try precision.map { try stored.with("training.precision", .text($0.rawValue)) } ?? stored
    if isNetwork { try settings.training.precision.check(precision == nil ? "training.precision" : "--precision") }
    let weights = RunStore.weights(in: folder)
    guard FileManager.default.fileExists(atPath: weights.path) else {
      let isScored = FileManager.default.fileExists(atPath: folder.appendingPathComponent("scores.json").path)
      throw HarnessError.noRun(
        folder: folder.path,
        reason: (isScored ? "its model isn't here, as in records" : "it isn't trained yet")
          + ": \(weights.lastPathComponent) is missing")
    }
    classes = try ClassSet(modelFile: weights) ?? settings.classSet()
    segmenter = try Estimators.named(settings.model).open(weights, settings, classes)
  }

  /// The network, where it is one.
  package var network: NetworkModel? { (segmenter as? NetworkSegmenter)?.model }

  /// Stores a network that something else trained as a run, which predicts and is evaluated as others are.
  ///
  /// - Throws: `HarnessError.noRun` where the folder holds a run already; `StorageError.unwritable`.
  package static func store(
    _ model: NetworkModel, _ settings: CellSettings, _ classes: ClassSet, in folder: URL
  ) throws {
    guard !FileManager.default.fileExists(atPath: folder.appendingPathComponent("cell.json").path) else {
      throw HarnessError.noRun(folder: folder.path, reason: "it holds a run already; choose another folder")
    }
    let folder = folder.standardizedFileURL
    let store = RunStore(folder: folder.deletingLastPathComponent())
    var stored = model.safeTensors
    stored.metadata[ClassSet.metadataKey] = try classes.json()
    try stored.write(to: store.weights(of: folder.lastPathComponent))
    // What makes the folder a run comes last.
    try store.write(settings, of: folder.lastPathComponent)
  }

  /// The prediction for a picture of any size, at that size: the model sees the picture at the `data.size` that it was
  /// trained with, and its probabilities are brought back bilinearly (labels alone by nearest neighbour).
  package func predict(_ picture: Picture) throws -> Prediction { try predict([picture])[0] }

  /// The predictions for several pictures at once, each as it would be alone: of any sizes where the model brings all to
  /// one, else of one size.
  package func predict(_ pictures: [Picture]) throws -> [Prediction] {
    let common = settings.data.size.common
    let seen = try Parallel.map(pictures.count) { pictures[$0].resized(to: common ?? pictures[$0].size) }
    let predictions = try segmenter.predict(seen)
    return try Parallel.map(pictures.count) { predictions[$0].resized(to: pictures[$0].size) }
  }
}

extension ClassSet {
  /// Under what model files hold the classes that they tell apart.
  static let metadataKey = "classSet"

  func json() throws -> String { String(decoding: try JSONEncoder.sorted.encode(self), as: UTF8.self) }

  /// The classes of a model file; nil for those of 0.1.0, which don't say.
  ///
  /// - Throws: `StorageError`, also where they can't be read.
  init?(modelFile file: URL) throws {
    guard let text = try SafeTensors(contentsOf: file).metadata[Self.metadataKey] else { return nil }
    guard let read = try? JSONDecoder().decode(ClassSet.self, from: Data(text.utf8)) else {
      throw StorageError.malformed(file: file.path, reason: "its classes can't be read")
    }
    self = read
  }
}
