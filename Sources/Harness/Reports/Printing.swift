import Deep
import Foundation
import Scenes

extension Scores {
  /// The scores for a terminal: a line a category, then the sums, each under its name.
  public var table: String {
    let categories = scoringProtocol.categories
    let columns = ["category", "IoU", "Dice"].map { Table.Column(title: $0, key: $0) }
    var rows = categories.indices.map { [Table.Value.text(categories[$0].name), .score(iou[$0]), .score(dice[$0])] }
    rows.append([.text("mean over \(categoriesAveraged)"), .score(meanIoU), .score(meanDice)])
    rows.append([.text("flat"), .score(flatIoU), .score(accuracy)])
    if softFlatIoU != nil { rows.append([.text("flat, soft"), .score(softFlatIoU), .score(softFlatDice)]) }
    var text =
      "protocol \(scoringProtocol.rawValue) (\(scoringProtocol.summary(in: .english))), \(pictures) pictures, \(pixels) pixels\n"
    text += Table(columns: columns, rows: rows).plain
    let further: [(String, Double?)] = [
      ("accuracy", accuracy), ("frequency-weighted IoU", frequencyWeightedIoU),
      ("instance-weighted IoU of human and vehicle", meanInstanceIoU),
    ]
    for (name, value) in further {
      if let value { text += "\(name): \(String(format: "%.4f", value))\n" }
    }
    return text
  }

  /// The scores as JSON.
  public func json() throws -> String { try prettyJSON(self) }
}

extension DatasetCheck {
  /// All facts as JSON.
  public func json() throws -> String { try prettyJSON(self) }
}

private func prettyJSON(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

extension PixelBenchmark {
  /// The figures for a terminal.
  public var table: String {
    let columns = ["classifier", "fit", "predict", "test mean IoU", "test accuracy"].map {
      Table.Column(title: $0, key: $0)
    }
    let table = Table(
      columns: columns,
      rows: rows.map {
        [
          .text($0.classifier), .text(String(format: "%.2f s", $0.fitSeconds)),
          .text(String(format: "%.3f s", $0.predictSeconds)), .score($0.testMeanIoU), .score($0.testAccuracy),
        ]
      })
    return "\(trainPixels) training pixels, \(testPixels) test pixels, \(features) features, \(trees) trees, "
      + "\(threads) threads; features took \(String(format: "%.2f", featureSeconds)) s, "
      + "peak memory \(gibibytes(peakBytes))\n" + table.plain
  }

  /// All figures as JSON.
  public func json() throws -> String { try prettyJSON(self) }
}

extension TrainingBenchmark {
  /// The figures for a terminal.
  public var table: String {
    let rows: [(String, String)] = [
      ("training step", String(format: "%.4f s a picture", trainingSecondsPerPicture)),
      ("inference", String(format: "%.4f s a picture", inferenceSecondsPerPicture)),
      ("peak memory of training", gibibytes(peakBytes)), ("its estimate", gibibytes(estimatedBytes)),
    ]
    let columns = ["\(network), \(width)x\(height), batch \(batch), \(threads) threads, \(kernel) kernels", ""]
    return Table(
      columns: columns.map { Table.Column(title: $0, key: $0) }, rows: rows.map { [.text($0.0), .text($0.1)] }
    ).plain
  }

  /// All figures as JSON.
  public func json() throws -> String { try prettyJSON(self) }
}

extension KernelBenchmark {
  /// The rows for a terminal.
  public var table: String {
    let columns = ["kernel", "size", "ms", "GFLOP/s", "share of the peak"].map { Table.Column(title: $0, key: $0) }
    let table = Table(
      columns: columns,
      rows: rows.map {
        [
          .text($0.kernel), .text($0.size), .score(1000 * $0.seconds, digits: 3), .score($0.gigaflops, digits: 1),
          .score($0.gigaflops / peakGigaflops, digits: 2),
        ]
      })
    return "\(threads) threads, \(kernel) kernels; the peak is the rate of the first row; a convolution counts the "
      + "operations of the direct sum\n" + table.plain
  }

  /// All figures as JSON.
  public func json() throws -> String { try prettyJSON(self) }
}

extension AugmentationBenchmark {
  /// The rows for a terminal.
  package static func table(_ rows: [Row]) -> String {
    let columns = ["augmentation", "ms a scene", "luminance", "contrast", "changed"].map {
      Table.Column(title: $0, key: $0)
    }
    return Table(
      columns: columns,
      rows: rows.map {
        [
          .text($0.name), .score(1000 * $0.seconds, digits: 3), .score($0.statistics.luminance, digits: 1),
          .score($0.statistics.contrast, digits: 1), .score($0.statistics.changed, digits: 2),
        ]
      }
    ).plain
  }

  /// The rows as JSON.
  package static func json(_ rows: [Row]) throws -> String { try prettyJSON(rows) }
}
