import Foundation

/// What a label file holds, before it is known what that means.
package struct Mask: Equatable, Sendable {
  package enum Content: Equatable, Sendable {
    /// A number a pixel, [height, width].
    case values([UInt16])
    /// [height, width, 3].
    case colours([UInt8])
  }

  package let width, height: Int
  package let content: Content

  /// How often each number or colour occurs, and where it does first, as a place among the pixels.
  package var histogram: [RawLabel: (count: Int, first: Int)] {
    switch content {
    case .values(let values):
      let found = values.withUnsafeBufferPointer { values in Self.histogram(values.count) { values[$0] } }
      return Dictionary(uniqueKeysWithValues: found.map { (.value($0.key), $0.value) })
    case .colours(let bytes):
      let found = bytes.withUnsafeBufferPointer { bytes in
        Self.histogram(width * height) { RGB(bytes[3 * $0], bytes[3 * $0 + 1], bytes[3 * $0 + 2]) }
      }
      return Dictionary(uniqueKeysWithValues: found.map { (.colour($0.key), $0.value) })
    }
  }

  private static func histogram<Value: Hashable>(
    _ count: Int, _ value: (Int) -> Value
  ) -> [Value: (count: Int, first: Int)] {
    var found: [Value: (count: Int, first: Int)] = [:]
    // Equal pixels stand side by side: one look-up a run.
    var start = 0
    while start < count {
      let own = value(start)
      var end = start + 1
      while end < count, value(end) == own { end += 1 }
      found[own, default: (0, start)].count += end - start
      start = end
    }
    return found
  }

  /// The mask as numbers where each of its colours is a grey: a grey picture that was saved in colour.
  var asValues: [UInt16]? {
    switch content {
    case .values(let values): return values
    case .colours(let bytes):
      var values = [UInt16](repeating: 0, count: width * height)
      for place in values.indices {
        let red = bytes[3 * place]
        guard bytes[3 * place + 1] == red, bytes[3 * place + 2] == red else { return nil }
        values[place] = UInt16(red)
      }
      return values
    }
  }
}

/// One number or colour of a label file.
package enum RawLabel: Hashable, Sendable, CustomStringConvertible {
  case value(UInt16)
  case colour(RGB)

  package var description: String {
    switch self {
    case .value(let value): "\(value)"
    case .colour(let colour): "the colour \(colour)"
    }
  }
}

extension RawLabel: Comparable {
  /// Numbers by size, then colours by red, green and blue.
  package static func < (a: RawLabel, b: RawLabel) -> Bool {
    func key(_ raw: RawLabel) -> Int {
      switch raw {
      case .value(let value): Int(value)
      case .colour(let colour): 1 << 24 | Int(colour.red) << 16 | Int(colour.green) << 8 | Int(colour.blue)
      }
    }
    return key(a) < key(b)
  }
}

extension LabelEncoding {
  /// The label that a number or colour stands for; nil where it is unknown.
  package func label(_ raw: RawLabel) -> UInt8? {
    switch (code, raw) {
    case (.values(let labels), .value(let value)): labels[value]
    // A grey picture saved in colour holds numbers.
    case (.values(let labels), .colour(let colour)) where colour.red == colour.green && colour.green == colour.blue:
      labels[UInt16(colour.red)]
    case (.colours(let labels), .colour(let colour)): labels[colour]
    default: nil
    }
  }

  /// What a label file holds, as this encoding takes it: colours for colours, numbers for numbers.
  package func mask(_ data: Data, file: String) throws -> Mask {
    if case .colours = code { return try PNG.mask(data, file: file, showsColours: true) }
    return try PNG.mask(data, file: file)
  }

  /// The labels in the bytes of a label file.
  ///
  /// - Throws: `ScenesError.badPicture`; `.unknownLabel` with the first pixel that stands for no label, and the nearest one
  ///   that does.
  package func labels(_ data: Data, file: String) throws -> LabelMap {
    if case .values(let known) = code, var small = try PNG.smallLabels(data, file: file) {
      let table = (0..<256).map { known[$0] }
      for (place, value) in small.labels.enumerated() {
        guard let label = table[Int(value)] else {
          throw unknown(.value(UInt16(value)), at: place, width: small.width, file)
        }
        small.labels[place] = label
      }
      return small
    }
    let mask = try mask(data, file: file)
    var labels = [UInt8](repeating: 0, count: mask.width * mask.height)
    func refuse(_ raw: RawLabel, at place: Int) -> ScenesError { unknown(raw, at: place, width: mask.width, file) }
    switch (code, mask.content) {
    case (.values(let known), .values(let values)):
      try read(values, known)
    case (.values(let known), .colours(let bytes)):
      guard let values = mask.asValues else {
        let place =
          labels.indices.first { bytes[3 * $0] != bytes[3 * $0 + 1] || bytes[3 * $0] != bytes[3 * $0 + 2] } ?? 0
        throw refuse(.colour(RGB(bytes[3 * place], bytes[3 * place + 1], bytes[3 * place + 2])), at: place)
      }
      try read(values, known)
    case (.colours(let known), .colours(let bytes)):
      var (last, label): (RGB?, UInt8) = (nil, 0)
      for place in labels.indices {
        let colour = RGB(bytes[3 * place], bytes[3 * place + 1], bytes[3 * place + 2])
        if colour != last {
          guard let found = known[colour] else { throw refuse(.colour(colour), at: place) }
          (last, label) = (colour, found)
        }
        labels[place] = label
      }
    case (.colours, .values):
      preconditionFailure("\(file): numbers, but colours were asked for")
    }
    func read(_ values: [UInt16], _ known: [UInt16: UInt8]) throws {
      let small = (0..<256).map { known[$0] }
      for (place, value) in values.enumerated() {
        guard let label = value < 256 ? small[Int(value)] : known[value] else {
          throw refuse(.value(value), at: place)
        }
        labels[place] = label
      }
    }
    return LabelMap(width: mask.width, height: mask.height, labels: labels)
  }

  /// That a number or colour, at a place among the pixels, stands for no label.
  private func unknown(_ raw: RawLabel, at place: Int, width: Int, _ file: String) -> ScenesError {
    .unknownLabel(
      file: file, label: "\(raw)", at: .init(x: place % width, y: place / width), encoding: name, hint: hint(raw))
  }

  /// What an unknown number or colour may be.
  private func hint(_ raw: RawLabel) -> String {
    switch (code, raw) {
    case (.colours(let known), .colour(let colour)):
      guard
        let nearest = known.min(by: {
          ($0.key.distance(to: colour), $0.value) < ($1.key.distance(to: colour), $1.value)
        })
      else { return "" }
      return "the nearest is \(nearest.key) for \(vocabulary.described(nearest.value))"
    case (.values, .colour): return "these files hold colours, not numbers"
    case (.values(let known), .value(let value)):
      guard let most = known.keys.filter({ $0 != 255 }).max() else { return "" }
      return value > most ? "known are at most \(most), and 255 for void" : "known are \(Self.ranges(known.keys))"
    case (.colours, .value): return "these files hold numbers, not colours"
    }
  }

  /// Numbers in order, those that follow each other as a range: `0 to 11, 255`.
  package static func ranges(_ values: some Sequence<UInt16>) -> String {
    var parts: [ClosedRange<UInt16>] = []
    for value in values.sorted() {
      if let last = parts.last, Int(last.upperBound) + 1 == Int(value) {
        parts[parts.count - 1] = last.lowerBound...value
      } else {
        parts.append(value...value)
      }
    }
    return parts.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)" }
      .joined(separator: ", ")
  }
}
