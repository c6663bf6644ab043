import Compute
import Foundation
import Storage

/// One epoch of a training.
package struct Epoch: Codable, Equatable {
  package let epoch: Int
  /// Mean loss over the training scenes.
  package let loss: Double
  package let validationMeanIoU: Double
  package let validationAccuracy: Double
  package let learningRate: Double
  package let seconds: Double
}

/// `epochs.csv`, one row an epoch.
package enum EpochTable {
  private static let header = "epoch,loss,validation_mean_iou,validation_accuracy,learning_rate,seconds"

  /// Writes the whole table, so that a resumed training neither loses nor doubles a row.
  static func write(_ epochs: [Epoch], to folder: URL) throws {
    let rows = epochs.map {
      "\($0.epoch),\($0.loss),\($0.validationMeanIoU),\($0.validationAccuracy),\($0.learningRate),\($0.seconds)"
    }
    try Files.write(([header] + rows).joined(separator: "\n") + "\n", to: folder.appendingPathComponent("epochs.csv"))
  }

  /// The epochs of a stored table.
  package static func read(_ folder: URL) throws -> [Epoch] {
    let file = folder.appendingPathComponent("epochs.csv")
    let lines = String(decoding: try Files.read(file, limit: RunStore.byteLimit), as: UTF8.self).split(separator: "\n")
    return try lines.dropFirst().map { line in
      let fields = line.split(separator: ",")
      let values = fields.dropFirst().compactMap { Double($0) }
      guard lines.first.map(String.init) == header, fields.count == 6, let epoch = Int(fields[0]), values.count == 5
      else { throw StorageError.malformed(file: file.path, reason: "line '\(line)'") }
      return Epoch(
        epoch: epoch, loss: values[0], validationMeanIoU: values[1], validationAccuracy: values[2],
        learningRate: values[3], seconds: values[4])
    }
  }
}
