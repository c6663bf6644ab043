import Scenes
import Settings

/// How void and ignored pixels count. Every table names its protocol.
package enum ScoringProtocol: String, CaseIterable, Sendable {
  /// The score that a dataset's makers publish for a class set, such as that of cityscapesScripts: truth pixels of labels
  /// that it ignores are dropped, and predicting void, or an ignored label, on a counted pixel is a miss.
  case official
  /// Only void truth is dropped; `seven` in 0.1.0.
  case withoutVoid = "without-void"
  /// Void is a class like any other; `eight` in 0.1.0.
  case withVoid = "with-void"
  /// As `without-void`, but of pixels near borders between classes alone: see `BorderBand`.
  case borders

  /// The places of the classes that have a score of their own.
  package func classes(of classSet: ClassSet) -> [Int] {
    self == .withVoid ? Array(classSet.classes.indices) : classSet.withoutVoid
  }

  /// The protocol that headlines use: the official one where it is defined for a dataset's labels and classes.
  package static func headline(_ table: LabelTable) -> ScoringProtocol {
    table.ignored == nil ? .withoutVoid : .official
  }

  /// The protocol of that name, the ones of 0.1.0 among them; nil for others.
  init?(name: String) {
    switch name {
    case "seven": self = .withoutVoid
    case "eight": self = .withVoid
    default: self.init(rawValue: name)
    }
  }

  /// The protocol called `name`.
  ///
  /// - Throws: `SettingError.unknown` with the nearest.
  package static func named(_ name: String) throws -> ScoringProtocol {
    guard let known = ScoringProtocol(name: name) else {
      throw SettingError.unknown(kind: "protocol", name: name, known: allCases.map(\.rawValue))
    }
    return known
  }
}

extension ScoringProtocol: Codable, CodingKeyRepresentable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let known = ScoringProtocol(name: name) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no protocol is called \(name)")
    }
    self = known
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }

  package init?<Key: CodingKey>(codingKey: Key) {
    self.init(name: codingKey.stringValue)
  }

  package var codingKey: any CodingKey { NameKey(stringValue: rawValue) }
}

/// A key that is any text.
package struct NameKey: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }

  package init(stringValue: String) {
    self.stringValue = stringValue
  }

  package init?(intValue: Int) { nil }
}
