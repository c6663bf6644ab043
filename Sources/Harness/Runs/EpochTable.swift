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

  /// What it gave, as one line.
  func line(of epochs: Int) -> String {
    String(
      format: "epoch %d/%d, loss %.4f, validation mean IoU %.4f, learning rate %.3g, %@", epoch, epochs, loss,
      validationMeanIoU, learningRate, duration(seconds))
  }

  /// Whether both are the same but for the time they took; NaN, of a training that diverged, is itself here.
  func isRepeated(by other: Epoch) -> Bool {
    func bits(_ epoch: Epoch) -> [UInt64] {
      [epoch.loss, epoch.validationMeanIoU, epoch.validationAccuracy, epoch.learningRate].map(\.bitPattern)
    }
    return epoch == other.epoch && bits(self) == bits(other)
  }
}

/// `epochs.csv`, one row an epoch.
package enum EpochTable {
  package static let fileName = "epochs.csv"
  private static let header = [
    "epoch", "loss", "validation_mean_iou", "validation_accuracy", "learning_rate", "seconds",
  ]

  /// Writes the whole table, so that a resumed training neither loses nor doubles a row.
  static func write(_ epochs: [Epoch], to folder: URL) throws {
    var csv = CSVWriter()
    csv.row(header)
    for epoch in epochs {
      csv.field(epoch.epoch)
      for value in [
        epoch.loss, epoch.validationMeanIoU, epoch.validationAccuracy, epoch.learningRate, epoch.seconds,
      ] {
        csv.field(value)
      }
      csv.endRow()
    }
    try Files.write(csv.data, to: folder.appendingPathComponent(fileName))
  }

  /// The epochs of a stored table.
  package static func read(_ folder: URL) throws -> [Epoch] {
    let file = folder.appendingPathComponent(fileName)
    var csv = CSVReader(try Files.read(file, limit: RunStore.byteLimit))
    guard csv.row() == header else { throw StorageError.malformed(file: file.path, reason: "its header is another") }
    var epochs: [Epoch] = []
    while !csv.isAtEnd {
      let line = csv.line
      let epoch = csv.whole()
      let values = (1..<header.count).compactMap { _ in csv.isAtRowStart ? nil : csv.number() }
      guard let epoch, values.count == header.count - 1, csv.isAtRowStart else {
        throw StorageError.malformed(file: file.path, reason: "line \(line) is no epoch")
      }
      epochs.append(
        Epoch(
          epoch: epoch, loss: values[0], validationMeanIoU: values[1], validationAccuracy: values[2],
          learningRate: values[3], seconds: values[4]))
    }
    return epochs
  }
}
