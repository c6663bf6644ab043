/// The eight Cityscapes categories, with void (`labels.py` of cityscapesScripts); the raw value is the category's id.
public enum Category: UInt8, CaseIterable, Codable, Sendable, Comparable {
  case void, flat, construction, object, nature, sky, human, vehicle

  /// How many categories there are, void included.
  public static let count = allCases.count

  /// The colour of the category's main label, as Cityscapes draws it.
  public var colour: RGB {
    switch self {
    case .void: RGB(0, 0, 0)
    case .flat: RGB(128, 64, 128)
    case .construction: RGB(70, 70, 70)
    case .object: RGB(153, 153, 153)
    case .nature: RGB(107, 142, 35)
    case .sky: RGB(70, 130, 180)
    case .human: RGB(220, 20, 60)
    case .vehicle: RGB(0, 0, 142)
    }
  }

  /// The Cityscapes label id that stands for the category in exported predictions: unlabeled, road, building, pole,
  /// vegetation, sky, person, car. Each is counted by the official evaluation (but void, which never is).
  public var mainLabel: UInt8 {
    switch self {
    case .void: 0
    case .flat: 7
    case .construction: 11
    case .object: 17
    case .nature: 21
    case .sky: 23
    case .human: 24
    case .vehicle: 26
    }
  }

  /// The category's name.
  public var name: String { "\(self)" }

  public static func < (a: Category, b: Category) -> Bool { a.rawValue < b.rawValue }
}

/// A colour of 8 bits a channel.
public struct RGB: Equatable, Hashable, Sendable {
  public var red, green, blue: UInt8

  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    (self.red, self.green, self.blue) = (red, green, blue)
  }
}
