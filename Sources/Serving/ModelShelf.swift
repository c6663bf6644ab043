import Deep
import Foundation
import Harness
import Scenes
import Storage

/// A trained model that is served.
///
/// Networks keep memory between predictions, so one thread at a time may use it.
package final class ServedModel: @unchecked Sendable {
  /// The name under which it is asked for.
  package let id: String
  package let stored: StoredModel
  package var classes: ClassSet { stored.classes }
  /// The mean IoU of its test, where the run holds its scores.
  private let test: Description.Score?

  fileprivate init(id: String, run: URL, precision: Precision?) throws {
    (self.id, stored) = (id, try StoredModel(run: run, precision: precision))
    let store = RunStore(folder: run.deletingLastPathComponent())
    let scores = try store.record(of: run.lastPathComponent)?.scores[.test] ?? []
    // The official score where there is one, as headlines have it.
    let best = scores.first { $0.scoringProtocol == .official } ?? scores.first { $0.scoringProtocol == .withoutVoid }
    test = best.flatMap { scores in
      scores.meanIoU.map { .init(scoringProtocol: scores.scoringProtocol.rawValue, meanIoU: $0) }
    }
  }

  /// What clients are told of a model.
  package struct Description: Encodable, Sendable {
    struct Score: Encodable, Sendable {
      let scoringProtocol: String
      let meanIoU: Double

      enum CodingKeys: String, CodingKey {
        case meanIoU
        case scoringProtocol = "protocol"
      }
    }

    let id, model: String
    let loss, augmentation: String?
    let seed: Int
    /// The size at which it sees pictures, such as `256x128`, or `native`.
    let size: String
    /// What a network computes with; nil for a classifier.
    let precision: String?
    let classSet: String
    let classes: [ClassDescription]
    /// How well it did on its test pictures; nil where the run doesn't say.
    let test: Score?
  }

  package var description: Description {
    let settings = stored.settings
    func text(_ key: String) -> String? { settings.shown(key).map { "\($0)" } }
    return Description(
      id: id, model: settings.model, loss: text("loss"), augmentation: text("augmentation"), seed: settings.seed,
      size: settings.data.size.description,
      precision: settings.architecture == nil ? nil : settings.training.precision.rawValue,
      classSet: classes.name, classes: classes.descriptions, test: test)
  }
}

/// A class as clients are told of it.
package struct ClassDescription: Encodable, Equatable, Sendable {
  let name: String
  let colour: RGB
  /// What stands for it in label files.
  let exportValue: Int
  let isVoid: Bool
}

extension ClassSet {
  /// Its classes, in the order of their places.
  package var descriptions: [ClassDescription] {
    classes.enumerated().map {
      ClassDescription(name: $1.name, colour: $1.colour, exportValue: Int($1.exportValue), isVoid: $0 == Int(void))
    }
  }
}

/// The models that are served, the first of them where a request names none.
package struct ModelShelf: Sendable {
  package let models: [ServedModel]

  /// Opens runs.
  ///
  /// An id is the name of the run's folder, with so many of the folders above it as tell it from the others.
  ///
  /// - Parameters:
  ///   - runs: the folders; at least one.
  ///   - precision: what networks are to compute with; nil for what each was trained with.
  /// - Throws: as `StoredModel.init`; `HarnessError.noRun` where none or one twice is given.
  package init(runs: [URL], precision: Precision? = nil) throws {
    let paths = runs.map { $0.resolvingSymlinksInPath().standardizedFileURL.pathComponents }
    for (index, path) in paths.enumerated() where paths[..<index].contains(path) {
      throw HarnessError.noRun(folder: runs[index].path, reason: "it is given twice")
    }
    let longest = paths.map(\.count).max() ?? 1
    let depth = (1...longest).first { depth in Set(paths.map { $0.suffix(depth) }).count == paths.count } ?? longest
    models = try zip(paths, runs).map { path, run in
      try ServedModel(id: path.suffix(depth).joined(separator: "/"), run: run, precision: precision)
    }
  }

  /// The model that a request names; the first where it names none.
  ///
  /// - Throws: `Problem.notFound` with the nearest.
  package func named(_ id: String?) throws -> ServedModel {
    guard let id else { return models[0] }
    guard let model = models.first(where: { $0.id == id }) else {
      throw Problem.unknown("model", id, models.map(\.id))
    }
    return model
  }
}
