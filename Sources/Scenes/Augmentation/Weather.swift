import Compute
import Foundation

/// How strong weather is, from 1 (hardly seen) to 5 (streets are hard to read), as in Hendrycks and Dietterich 2019,
/// arXiv:1903.12261.
public struct Severity: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let rawValue: Int

  /// The severity of `rawValue`, nil outside 1 to 5.
  public init?(rawValue: Int) {
    guard (1...5).contains(rawValue) else { return nil }
    self.rawValue = rawValue
  }

  public static let all = (1...5).compactMap(Severity.init(rawValue:))

  static func drawn(from random: inout RandomStream) -> Severity { all[random.integer(below: all.count)] }

  /// The one of five values, from severity 1 to 5, that belongs to this one.
  func pick<Value>(_ values: [Value]) -> Value { values[rawValue - 1] }

  public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
  public var description: String { "\(rawValue)" }
}

/// Weather, or what it leaves on the lens: changes of the picture alone that come in five severities.
public protocol Weather: PictureAugmentation {
  /// The severity that is always taken; where nil, one is drawn for each picture.
  var severity: Severity? { get }
  /// The same weather at a severity.
  func at(_ severity: Severity) -> Self
  /// The weather at `severity` on a picture.
  func apply(_ severity: Severity, to picture: Picture, random: inout RandomStream) -> Picture
  /// Severities by the names that may follow the weather's own name and a dash.
  var namedSeverities: [String: Severity] { get }
}

extension Weather {
  public func apply(to picture: Picture, random: inout RandomStream) -> Picture {
    let severity = self.severity ?? Severity.drawn(from: &random)
    return apply(severity, to: picture, random: &random)
  }

  public var namedSeverities: [String: Severity] {
    Dictionary(uniqueKeysWithValues: Severity.all.map { ("\($0)", $0) })
  }

  func suffixed(_ name: String) -> String { severity.map { "\(name)-\($0)" } ?? name }
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
  /// A street canyon: ground 1.3 m below the camera, facades 10 m to either side and 14 m high, sky counted as `sky`
  /// metres away.
  static func distance(_ u: Float, _ v: Float, aspect: Float, sky: Float) -> Float {
    let facade = min(sky, 10 * focal / max(abs(u - 0.5), 0.01))
    let below = v - horizon
    if below > 0 { return min(facade, 1.3 * focal * aspect / below) }
    let height = -below * facade / (focal * aspect)
    let share = min(1, max(0, (height - 8) / 12))
    return facade + (sky - facade) * share * share * (3 - 2 * share)
  }
}

/// A field of soft random values between -1 and 1, `cells` across the unit square: patches of fog, cover of snow.
struct PatchField {
  private let cells: Int
  private let values: [Float]

  init(cells: Int, random: inout RandomStream) {
    self.cells = cells
    values = (0..<(cells + 1) * (cells + 1)).map { _ in random.uniform(-1...1) }
  }

  func callAsFunction(_ u: Float, _ v: Float) -> Float {
    let (x, y) = (min(max(u, 0), 0.999) * Float(cells), min(max(v, 0), 0.999) * Float(cells))
    let (column, row) = (Int(x), Int(y))
    let (a, b) = (smooth(x - Float(column)), smooth(y - Float(row)))
    let base = row * (cells + 1) + column
    let top = values[base] + (values[base + 1] - values[base]) * a
    let bottom = values[base + cells + 1] + (values[base + cells + 2] - values[base + cells + 1]) * a
    return top + (bottom - top) * b
  }

  private func smooth(_ t: Float) -> Float { t * t * (3 - 2 * t) }
}
