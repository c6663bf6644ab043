import Deep
import Foundation
import Scenes

/// A network as a U: from the picture down on the left, parallel stages below, and up to the output on the right.
struct NetworkDrawing {
  private let stages: [NetworkStage]
  private let result: [NetworkStage.Source]
  private let size: PixelSize
  private let language: Language
  /// Where each stage stands.
  private let spots: [Spot]
  /// The row of the output, above all else on the right.
  private let outputRow: Int
  /// How many stages the left side has.
  private let leftCount: Int

  private enum Spot: Equatable {
    case left(row: Int)
    case right(row: Int)
    /// Beside others that read the same, all below the left side.
    case below(place: Int, of: Int)
  }

  /// - Parameters:
  ///   - layers: those of the network in the order in which they run.
  ///   - size: that of the picture.
  ///   - language: that of words.
  init(layers: [LayerSummary], size: PixelSize, language: Language) {
    (self.size, self.language) = (size, language)
    let (stages, result) = NetworkStage.stages(of: layers)
    (self.stages, self.result) = (stages, result)
    let sets = stages.map { $0.sources.map(\.stage) }
    let parallel = sets.indices.map { index in
      [index - 1, index + 1].contains { sets.indices.contains($0) && sets[$0] == sets[index] }
    }
    // The first ones, each of which reads the one before alone, as long as none beside it does.
    let left = stages.indices.prefix { index in
      index == 0
        || (sets[index] == [index - 1] && !parallel[index]
          && stages[index].last.height <= stages[index - 1].last.height)
    }.count
    let below = stages.indices.filter { $0 >= left && parallel[$0] }
    var row = left - 1
    var spots: [Spot] = []
    for index in stages.indices {
      if index < left {
        spots.append(.left(row: index))
      } else if let place = below.firstIndex(of: index) {
        spots.append(.below(place: place, of: below.count))
        row = left
      } else {
        // Beside the stage that it reads across, else above the one before.
        let skip = sets[index].filter { $0 < left - 1 || (!below.isEmpty && $0 == left - 1) }.max()
        row = min(skip ?? row - 1, row - 1)
        spots.append(.right(row: row))
      }
    }
    (self.spots, leftCount, outputRow) = (spots, left, row - 1)
  }

  private static let fontSize = Gnuplot.smallestFont
  private static let line = 14.0
  private static let box = (width: 200.0, height: 50.0)
  private static let step = 78.0
  private static let skipColour = "#D55E00"
  private static let colour = "#444444"

  private struct Box {
    let x, y, width, height: Double
    var middle: Double { x + width / 2 }
    var bottom: Double { y + height }
  }

  /// The row that is highest, since the output may stand above the input.
  private var firstRow: Int { min(-1, outputRow) }

  private func box(_ spot: Spot) -> Box {
    func y(_ row: Int) -> Double { 8 + Self.step * Double(row - firstRow) }
    switch spot {
    case .left(let row): return Box(x: 8, y: y(row), width: Self.box.width, height: Self.box.height)
    case .right(let row):
      let room = spots.contains(where: isBelow) ? 26.0 : 8
      return Box(
        x: Gnuplot.pageWidth - Self.box.width - room, y: y(row), width: Self.box.width, height: Self.box.height)
    case .below(let place, let count):
      let width = (Gnuplot.pageWidth - 34) / Double(count)
      return Box(
        x: 8 + width * Double(place), y: y(leftCount) + 4, width: width - 8, height: Self.box.height + Self.line)
    }
  }

  /// Draws it as `folder/name.svg` and `.png`.
  func draw(to folder: URL, name: String) throws {
    var canvas = Canvas()
    let input = box(.left(row: -1))
    let output = box(.right(row: outputRow))
    arrow(from: input, to: box(spots[0]), stride(from: size.height, to: stages[0]), on: &canvas)
    for index in stages.indices { connect(stages[index].sources, to: index, on: &canvas) }
    connect(result, to: nil, on: &canvas)
    draw([say(\.drawingInput), "3 @ \(size)"], in: input, fill: "#ffffff", on: &canvas)
    for (index, stage) in stages.enumerated() {
      var lines = [stage.title, stage.summary, "\(stage.last.channels) @ \(stage.last.width)x\(stage.last.height)"]
      if case .below = spots[index] { lines.insert(words(stage.sources[0].operations), at: 1) }
      draw(lines, in: box(spots[index]), fill: stage.isEncoder ? "#cfe3f1" : "#eeeeee", on: &canvas)
    }
    let classes = stages.last?.last.channels ?? 0
    draw([say(\.drawingOutput), "softmax", "\(classes) @ \(size)"], in: output, fill: "#ffffff", on: &canvas)
    let lowest = (spots.map { box($0).bottom }.max() ?? 0) + (spots.contains(where: isBelow) ? 26 : 0)
    let height = max(lowest, input.bottom) + 8
    try Gnuplot.draw(
      canvas.script(width: Gnuplot.pageWidth, height: height), width: Gnuplot.pageWidth, height: height, to: folder,
      name: name)
  }

  private func say(_ text: (any Catalogue) -> String) -> String { language.say(text) }

  private func isBelow(_ spot: Spot) -> Bool { if case .below = spot { true } else { false } }

  /// That a stage takes every second row and column of what it reads, where it does.
  private func stride(from height: Int, to stage: NetworkStage) -> String {
    height >= 2 * stage.last.height ? say(\.drawingStride) : ""
  }

  /// What is done on the way, in words; up to a sum, after which it is done to all that is summed.
  private func words(_ operations: [OperationDescription]) -> String {
    let sum = operations.firstIndex { $0.name == "sum" } ?? operations.count - 1
    return operations.prefix(sum + 1).compactMap { operation in
      language.catalogue.drawingArrow(operation.name, size: operation.size)
    }.map(language.typeset).joined(separator: ", ")
  }

  private func draw(_ lines: [String], in box: Box, fill: String, on canvas: inout Canvas) {
    canvas.rectangle(x: box.x, y: box.y, width: box.width, height: box.height, fill: fill, border: Self.colour)
    for (place, line) in lines.enumerated() {
      canvas.text(
        line, x: box.middle, y: box.y + box.height / 2 + Self.line * (Double(place) - Double(lines.count - 1) / 2),
        anchor: .center, size: Self.fontSize, isBold: place == 0)
    }
  }

  /// From one box straight up or down to another, with words beside.
  private func arrow(from: Box, to: Box, _ words: String, on canvas: inout Canvas) {
    let (start, end) = to.y > from.y ? (from.bottom, to.y) : (from.y, to.bottom)
    canvas.arrow(fromX: to.middle, y: start, toX: to.middle, y: end, colour: Self.colour)
    let isLeft = to.x < Gnuplot.pageWidth / 2
    canvas.text(
      words, x: to.middle + (isLeft ? 8 : -8), y: (start + end) / 2, anchor: isLeft ? .left : .right,
      size: Self.fontSize, colour: Self.colour)
  }

  /// What leads from its sources to a stage, or to the output.
  private func connect(_ sources: [NetworkStage.Source], to stage: Int?, on canvas: inout Canvas) {
    let spot = stage.map { spots[$0] } ?? .right(row: outputRow)
    let target = box(spot)
    let parallel = sources.filter { isBelow(spots[$0.stage]) }
    if !parallel.isEmpty { gather(parallel, into: target, on: &canvas) }
    for source in sources where !isBelow(spots[source.stage]) {
      let from = box(spots[source.stage])
      switch (spots[source.stage], spot) {
      case (.left(let row), .right(let other)) where row == other:
        skip(from: from, to: target, source, isJoined: sources.count > 1, on: &canvas)
      case (.left, .right):
        // Along the bottom, then up.
        let y = from.y + from.height / 2
        canvas.line(fromX: from.x + from.width, y: y, toX: target.middle, y: y, colour: Self.colour, width: 1.5)
        canvas.arrow(fromX: target.middle, y: y, toX: target.middle, y: target.bottom, colour: Self.colour)
        canvas.text(
          words(source.operations), x: target.middle - 8, y: y - 9, anchor: .right, size: Self.fontSize,
          colour: Self.colour)
      case (_, .below):
        // Down to a line that all of them hang from.
        let y = (from.bottom + target.y) / 2
        canvas.line(fromX: from.middle, y: from.bottom, toX: from.middle, y: y, colour: Self.colour, width: 1.5)
        canvas.line(fromX: from.middle, y: y, toX: target.middle, y: y, colour: Self.colour, width: 1.5)
        canvas.arrow(fromX: target.middle, y: y, toX: target.middle, y: target.y, colour: Self.colour)
      default:
        let operations = words(source.operations)
        let stride = stage.map { self.stride(from: stages[source.stage].last.height, to: stages[$0]) } ?? ""
        arrow(from: from, to: target, operations.isEmpty ? stride : operations, on: &canvas)
      }
    }
  }

  /// Across, from the left to the right.
  private func skip(
    from: Box, to: Box, _ source: NetworkStage.Source, isJoined: Bool, on canvas: inout Canvas
  ) {
    let y = from.y + from.height / 2
    canvas.arrow(fromX: from.x + from.width, y: y, toX: to.x, y: y, colour: Self.skipColour)
    let parts = [words(source.operations), isJoined ? "⊕ " + say(\.drawingConcatenation) : ""]
    canvas.text(
      parts.filter { !$0.isEmpty }.joined(separator: ", "), x: (from.x + from.width + to.x) / 2, y: y - 9,
      anchor: .center, size: Self.fontSize, colour: Self.skipColour)
  }

  /// From stages below to a line under them, and up along the edge of the page.
  private func gather(_ sources: [NetworkStage.Source], into target: Box, on canvas: inout Canvas) {
    let boxes = sources.map { box(spots[$0.stage]) }
    let (y, edge) = (boxes[0].bottom + 12, Gnuplot.pageWidth - 12)
    for box in boxes {
      canvas.line(fromX: box.middle, y: box.bottom, toX: box.middle, y: y, colour: Self.colour, width: 1.5)
    }
    canvas.line(fromX: boxes[0].middle, y: y, toX: edge, y: y, colour: Self.colour, width: 1.5)
    canvas.line(fromX: edge, y: y, toX: edge, y: target.y + target.height / 2, colour: Self.colour, width: 1.5)
    canvas.arrow(
      fromX: edge, y: target.y + target.height / 2, toX: target.x + target.width, y: target.y + target.height / 2,
      colour: Self.colour)
    canvas.text(
      [words(sources[0].operations), "⊕ " + say(\.drawingConcatenation)].filter { !$0.isEmpty }.joined(separator: ", "),
      x: edge - 6, y: y + 11, anchor: .right, size: Self.fontSize, colour: Self.colour)
  }
}
