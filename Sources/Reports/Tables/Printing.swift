import Deep
import Foundation
import Harness
import Scenes
import Storage

/// Markdown's text in lines of at most `width` characters, without its marks.
func paragraph(_ text: String, width: Int) -> String {
  let words = text.filter { !"`*".contains($0) }.split(separator: " ")
  return words.reduce(into: [String]()) { lines, word in
    if let last = lines.last, last.count + 1 + word.count <= width {
      lines[lines.count - 1] = "\(last) \(word)"
    } else {
      lines.append(String(word))
    }
  }.joined(separator: "\n")
}

extension Scores {
  /// The scores for a terminal: a line a class, then the sums, each under its name.
  package var table: String {
    let columns = ["class", "IoU", "Dice"].map { Table.Column(title: $0, key: $0) }
    var rows = classes.indices.map { [Table.Value.text(classes[$0]), .score(iou[$0]), .score(dice[$0])] }
    rows.append([.text("flat"), .score(flatIoU), .score(accuracy)])
    if softFlatIoU != nil { rows.append([.text("flat, soft"), .score(softFlatIoU), .score(softFlatDice)]) }
    rows.append([.text("mean over \(classesAveraged)"), .score(meanIoU), .score(meanDice)])
    var text =
      "protocol \(scoringProtocol.rawValue) (\(scoringProtocol.summary(set: classSet, classes: classes.count, void: "void", in: .english))), \(pictures) pictures, \(pixels) pixels\n"
    text += Table(columns: columns, rows: rows).plain
    let further: [(String, Double?)] = [
      ("accuracy", accuracy), ("frequency-weighted IoU", frequencyWeightedIoU),
      ("instance-weighted IoU of \(instanceClasses.joined(separator: ", "))", meanInstanceIoU),
    ]
    for (name, value) in further {
      if let value { text += "\(name): \(String(format: "%.4f", value))\n" }
    }
    return text
  }

  /// The scores as JSON.
  package func json() throws -> String { try prettyJSON(self) }
}

extension DatasetCheck {
  /// Counts and class shares as a table.
  package var table: String {
    let columns =
      [
        Table.Column(title: "split", key: "split"), .init(title: "scenes", key: "scenes"),
        .init(title: "groups", key: "groups"), .init(title: "size", key: "size"),
      ]
      + classes.map { Table.Column(title: "\($0) %", key: $0) }
    let rows = splits.map { split -> [Table.Value] in
      let total = Double(max(1, split.pixels.values.reduce(0, +)))
      return [
        .text(split.name), .whole(split.scenes), .whole(split.groups),
        .text(split.sizes.prefix(3).joined(separator: " ") + (split.sizes.count > 3 ? " ..." : "")),
      ] + classes.map { .score(100 * Double(split.pixels[$0] ?? 0) / total, digits: 2) }
    }
    let shown = values.map { value -> [Table.Value] in
      [
        .text(value.raw), .text(value.label ?? "unknown"), .text(value.ofClass ?? "unknown"), .whole(value.pixels),
        .whole(value.files),
      ]
    }
    let raw = ["value", "label", "class", "pixels", "files"].map { Table.Column(title: $0, key: $0) }
    return Table(columns: columns, rows: rows).plain
      + (values.isEmpty ? "" : "\nlabel files: \(encoding)\n" + Table(columns: raw, rows: shown).plain)
  }

  /// Bad files, the first twenty by name, and findings, a line each, the worst first.
  package func findingLines(skippingBad: Bool) -> [String] {
    let severity = skippingBad ? "warning" : "error"
    let (shown, rest) = (problems.prefix(20), problems.count - 20)
    return shown.map { "\(severity): \($0)" } + (rest > 0 ? ["\(severity): \(rest) more files are bad"] : [])
      + findings.map { "\($0.severity.rawValue): \($0.text)" }
  }

  /// All facts as JSON.
  package func json() throws -> String { try prettyJSON(self) }
}

private func prettyJSON(_ value: some Encodable) throws -> String {
  String(decoding: try JSONEncoder.pretty.encode(value), as: UTF8.self)
}

extension PixelBenchmark {
  /// The figures for a terminal.
  package var table: String {
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
  package func json() throws -> String { try prettyJSON(self) }
}

extension FrameTimes {
  /// The times for a terminal, the shortest first.
  package var table: String {
    let columns = [
      ("Cell", "cell"), ("ms", "milliseconds"), ("Frames per second", "frames_per_second"),
      ("ms per training image", "training_milliseconds"), ("Other work", "other_work"),
    ]
    let rows = cells.sorted { ($0.value.seconds, $0.key) < ($1.value.seconds, $1.key) }.map {
      name, time -> [Table.Value] in
      [
        .text(name), .score(1000 * time.seconds, digits: 1), .score(1 / time.seconds, digits: 1),
        .score(time.trainingSeconds.map { 1000 * $0 }, digits: 1),
        .text(time.processorWait.map { String(format: "%.0f %%", 100 * $0) } ?? "–"),
      ]
    }
    return "frames of \(FrameTime.size), \(environment.processor), \(environment.threads) threads\n"
      + Table(columns: columns.map { Table.Column(title: $0.0, key: $0.1) }, rows: rows).plain
  }

  /// All figures as JSON.
  package func json() throws -> String { try prettyJSON(self) }
}

extension TrainingBenchmark {
  /// The figures for a terminal.
  package var table: String {
    let rows: [(String, String)] = [
      ("training step", String(format: "%.4f s a picture", trainingSecondsPerPicture)),
      ("inference", String(format: "%.4f s a picture", inferenceSecondsPerPicture)),
      ("peak memory of training", gibibytes(peakBytes)), ("its estimate", gibibytes(estimatedBytes)),
    ]
    let columns = [
      "\(network), \(width)x\(height), batch \(batch), \(precision.rawValue), \(threads) threads, \(kernel) kernels",
      "",
    ]
    return Table(
      columns: columns.map { Table.Column(title: $0, key: $0) }, rows: rows.map { [.text($0.0), .text($0.1)] }
    ).plain
  }

  /// All figures as JSON.
  package func json() throws -> String { try prettyJSON(self) }
}

extension KernelBenchmark {
  /// The rows for a terminal.
  package var table: String {
    let columns = ["kernel", "size", "ms", "GFLOP/s", "share of the peak"].map { Table.Column(title: $0, key: $0) }
    let table = Table(
      columns: columns,
      rows: rows.map {
        [
          .text($0.kernel), .text($0.size), .score(1000 * $0.seconds, digits: 3), .score($0.gigaflops, digits: 1),
          .score($0.gigaflops / $0.peakGigaflops, digits: 2),
        ]
      })
    return "\(threads) threads, \(kernel) kernels; the peak is the rate of the first row of each precision; "
      + "a convolution counts the operations of the direct sum\n" + table.plain
      + "\nloops that memory bounds; their peak is the rate of a copy of more than caches hold, "
      + String(format: "%.1f GB/s\n", copyGigabytes) + memoryTable.plain
  }

  private var memoryTable: Table {
    Table(
      columns: ["kernel", "size", "ms", "GB/s", "share of the peak"].map { Table.Column(title: $0, key: $0) },
      rows: memoryRows.map {
        [
          .text($0.kernel), .text($0.size), .score(1000 * $0.seconds, digits: 3), .score($0.gigabytes, digits: 1),
          .score($0.gigabytes / copyGigabytes, digits: 2),
        ]
      })
  }

  /// All figures as JSON.
  package func json() throws -> String { try prettyJSON(self) }
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

extension Comparison {
  /// What would be run, as text: cells, scenes, conditions, parameters, an estimate of memory, and what it can see.
  package func planText() throws -> String {
    var text = "experiment \(experiment.name): \(cells.count) cells\n"
    let size = scenes.loader.size.map(String.init(describing:)) ?? "native size up to \(scenes.largestPicture)"
    let isCurve = Set(scenes.parts.map(\.settings.train)).count > 1
    for part in scenes.parts {
      let (split, data) = (part.split, part.settings)
      let own = [
        data.fold.map { "fold \($0)" }, isCurve ? "train \(data.train.map(String.init) ?? "null")" : nil,
      ].compactMap { $0 }
      text += (["scenes"] + own).joined(separator: ", ") + ": \(split.training.count) training, "
      text +=
        "\(split.validation.count) validation, \(split.test.count) test, \(size) from \(scenes.dataset.location)\n"
    }
    if !experiment.conditions.isEmpty {
      text += "test conditions: \(([.clean] + experiment.conditions).map(\.name).joined(separator: ", "))\n"
    }
    let columns = ["Cell", "Parameters", "Memory", "State"].map { Table.Column(title: $0, key: $0) }
    let rows = try plan().map { cell -> [Table.Value] in
      [.text(cell.name), .whole(cell.parameters), .text(gibibytes(cell.bytes)), .text(cell.state)]
    }
    return text + Table(columns: columns, rows: rows).plain(within: Table.terminalWidth)
      + (try changes()).map { "\($0)\n" }.joined() + DesignPower(self).text
  }
}

extension RunInventory {
  /// The experiments, a line each, for a terminal.
  package static func table(of inventories: [RunInventory]) -> String {
    let columns = ["experiment", "cells", "finished", "failed", "open", "not its own", "MB", "of states"].map {
      Table.Column(title: $0, key: $0)
    }
    let rows = inventories.map { inventory -> [Table.Value] in
      func count(_ isCounted: (Cell) -> Bool) -> Table.Value { .whole(inventory.cells.filter(isCounted).count) }
      let own = inventory.cells.filter(\.belongs)
      let finished = own.filter(\.state.isFinished).count
      let failed = own.filter(\.state.isFailed).count
      return [
        .text(inventory.name), .whole(inventory.plannedCount), .whole(finished), .whole(failed),
        .whole(inventory.plannedCount - finished - failed), count { !$0.belongs },
        .score(Double(inventory.bytes) / 1e6, digits: 1),
        .score(Double(inventory.cells.reduce(0) { $0 + $1.stateBytes }) / 1e6, digits: 1),
      ]
    }
    return Table(columns: columns, rows: rows).plain(within: Table.terminalWidth)
  }

  /// The cells, a line or two each, for a terminal.
  package var table: String {
    let columns = ["cell", "state", "mean IoU", "MB", "of states"].map { Table.Column(title: $0, key: $0) }
    let rows = cells.map { cell -> [Table.Value] in
      let meanIoU: Double? = if case .finished(let score) = cell.state { score } else { nil }
      return [
        .text(cell.name), .text(cell.state.word + (cell.belongs ? "" : ", not of the experiment")),
        .score(meanIoU),
        .score(Double(cell.bytes) / 1e6, digits: 1), .score(Double(cell.stateBytes) / 1e6, digits: 1),
      ]
    }
    return Table(columns: columns, rows: rows).plain(within: Table.terminalWidth)
  }
}

extension CellState {
  fileprivate var word: String {
    switch self {
    case .finished: "finished"
    case .running(let holder): "run by \(holder)"
    case .stopped: "stopped or lost"
    case .failed(let reason): "failed: \(reason)"
    case .damaged(let reason): "damaged: \(reason)"
    }
  }
}

extension Schema {
  /// All keys with their defaults; below each, what it is and what it may be.
  package var table: String {
    keys.map { key in
      let description = key.description
      let text = "\(description.about); \(description.bound ?? description.kind.description)"
      let lines = paragraph(text, width: Table.terminalWidth - 4).split(separator: "\n").map { "    \($0)\n" }
      return "\(key.name): \(description.standard)\n" + lines.joined()
    }.joined()
  }
}

extension GridStatus {
  /// How many cells are how far, then those that aren't finished, a line or two each, for a terminal.
  package var table: String {
    func count(_ isCounted: (CellState) -> Bool) -> Int { cells.count { $0.state.map(isCounted) ?? false } }
    let counts: [(Int, String)] = [
      (count(\.isFinished), "finished"), (count(\.isRunning), "running"), (count { $0 == .stopped }, "stopped or lost"),
      (count(\.isFailed), "failed"), (cells.count { $0.state == nil }, "to come"),
    ]
    let text =
      "\(name): \(cells.count) cells, "
      + counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ") + "\n"
    let open = cells.filter { $0.state?.isFinished != true }
    guard !open.isEmpty else { return text }
    let columns = ["cell", "state", "epoch", "time left"].map { Table.Column(title: $0, key: $0) }
    let rows = open.map { cell -> [Table.Value] in
      [
        .text(cell.name), .text(cell.state?.word ?? "to come"),
        .text(cell.epochs.map { "\($0.done)/\($0.planned)" } ?? "–"), .seconds(cell.secondsLeft),
      ]
    }
    return text + Table(columns: columns, rows: rows).plain(within: Table.terminalWidth)
  }
}
