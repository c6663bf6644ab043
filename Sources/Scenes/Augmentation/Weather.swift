import Compute
import Foundation
import Settings

/// How strong weather is, from 1 (hardly seen) to 5 (streets are hard to read), as in Hendrycks and Dietterich 2019,
/// arXiv:1903.12261.
package struct Severity: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let rawValue: Int

  /// The severity of `rawValue`, nil outside 1 to 5.
  package init?(rawValue: Int) {
    guard (1...5).contains(rawValue) else { return nil }
    self.rawValue = rawValue
  }

  package static let all = (1...5).compactMap(Severity.init(rawValue:))

  static func drawn(from random: inout RandomStream) -> Severity { all[random.integer(below: all.count)] }

  /// The one of five values, from severity 1 to 5, that belongs to this one.
  func pick<Value>(_ values: [Value]) -> Value { values[rawValue - 1] }

  package static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
  package var description: String { "\(rawValue)" }
}

/// Weather, or what it leaves on the lens: changes of the picture alone that come in five severities.
package protocol Weather: SingleAugmentation, PictureAugmentation {
  /// The severity that is always taken; where nil, one is drawn for each picture.
  var severity: Severity? { get set }
  /// Its name without the severity.
  var kindName: String { get }
  /// The weather at `severity` on a picture.
  func apply(_ severity: Severity, to picture: Picture, random: inout RandomStream) -> Picture
  /// Severities by the names that may follow the weather's own name and a dash.
  var namedSeverities: [String: Severity] { get }
}

extension Weather {
  package static var fields: [Field<Self>] { [severityField] }

  /// The setting that all weather has.
  static var severityField: Field<Self> {
    .whole("severity", \.severityNumber, 1...5, "how strong it is; null to draw it for each picture")
  }

  private var severityNumber: Int? {
    get { severity?.rawValue }
    set { severity = newValue.flatMap(Severity.init(rawValue:)) }
  }

  package var kindName: String { Self.name }
  package var name: String { severity.map { "\(kindName)-\($0)" } ?? kindName }

  /// The same weather at a severity.
  package func at(_ severity: Severity) -> Self {
    var result = self
    result.severity = severity
    return result
  }

  package func apply(to picture: Picture, random: inout RandomStream) -> Picture {
    let severity = self.severity ?? Severity.drawn(from: &random)
    return apply(severity, to: picture, random: &random)
  }

  package var namedSeverities: [String: Severity] {
    Dictionary(uniqueKeysWithValues: Severity.all.map { ("\($0)", $0) })
  }
}

/// What a camera in a car that looks along a street sees, roughly: where weather is dense needs depth, and depth must
/// come from the picture's frame alone, since a test condition may not know the labels.
enum StreetView {
  /// Where the horizon is, as a share of the height from the top.
  static let horizon: Float = 0.45
  /// The focal length, in picture widths (Cityscapes: 2262 of 2048 pixels).
  static let focal: Float = 1.1

  /// Metres to what is seen at (u, v), shares of width and height, in a picture `aspect` times as wide as high.
  ///
  /// A street canyon: ground 1.3 m below the camera, facades 10 m to either side and about 14 m high, something in the
  /// way after 100 m, and sky that counts as `sky` metres away. Inverse squares add, so that no edge shows.
  static func distance(_ u: Float, _ v: Float, aspect: Float, sky: Float) -> Float {
    let below = max(0, v - horizon)
    let (ground, facade, end) = (below / (1.3 * focal * aspect), (u - 0.5) / (10 * focal), Float(1) / 100)
    let distance = 1 / (ground * ground + facade * facade + end * end).squareRoot()
    let height = max(0, horizon - v) * distance / (focal * aspect)
    let share = min(1, max(0, (height - 8) / 12))
    return distance + max(0, sky - distance) * share * share * (3 - 2 * share)
  }

  /// How surely the ground of the street, not a facade, is seen at (u, v), 0 to 1; and where: metres to the right and
  /// ahead.
  static func ground(_ u: Float, _ v: Float, aspect: Float) -> (share: Float, x: Float, z: Float) {
    let below = v - horizon
    let z = 1.3 * focal * aspect / max(below, 0.004)
    let beyond = below - 0.13 * aspect * abs(u - 0.5)
    return (min(1, max(0, beyond / 0.06)), (u - 0.5) * z / focal, z)
  }
}

/// A field of soft random values between -1 and 1 over the plane, which repeats after 8 units: patches of fog, of snow.
struct PatchField {
  private static let cells = 8
  private let values: [Float]

  init(random: inout RandomStream) {
    values = (0..<Self.cells * Self.cells).map { _ in random.uniform(-1...1) }
  }

  func callAsFunction(_ x: Float, _ y: Float) -> Float {
    // Made positive, so that rounding towards zero rounds down; a whole number of periods changes nothing.
    let (x, y) = (x + 8192, y + 8192)
    let (column, row) = (Int(x), Int(y))
    let (a, b) = (smooth(x - Float(column)), smooth(y - Float(row)))
    let upper = value(column, row) * (1 - a) + value(column + 1, row) * a
    let lower = value(column, row + 1) * (1 - a) + value(column + 1, row + 1) * a
    return upper * (1 - b) + lower * b
  }

  private func value(_ column: Int, _ row: Int) -> Float {
    values[(row & (Self.cells - 1)) * Self.cells + (column & (Self.cells - 1))]
  }

  private func smooth(_ t: Float) -> Float { t * t * (3 - 2 * t) }
}

extension Picture {
  /// How much light there is, 0.4 to 1: the share of full green that 5 % of the pixels reach, of a 64th of them.
  var light: Float {
    var counts = [Int](repeating: 0, count: 256)
    for y in stride(from: 0, to: height, by: 8) {
      for x in stride(from: 0, to: width, by: 8) { counts[Int(pixels[3 * (y * width + x) + 1])] += 1 }
    }
    var (above, value) = (counts[255], 255)
    while value > 0, 20 * above < ((width + 7) / 8) * ((height + 7) / 8) {
      value -= 1
      above += counts[value]
    }
    return max(0.4, Float(value) / 255)
  }
}
