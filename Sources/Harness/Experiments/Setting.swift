import Foundation
import Yams

/// A value as YAML or JSON writes it: what an experiment is made of before it is checked and typed.
public enum Setting: Hashable, Sendable {
  case none
  case flag(Bool)
  case whole(Int)
  case number(Double)
  case text(String)
  case list([Setting])
  case section([String: Setting])

  /// How long a YAML text may be, in bytes.
  static let byteLimit = 1 << 20
  /// How deep its sections and lists may lie in each other.
  private static let depthLimit = 16

  /// Reads YAML of at most 1 MiB, without aliases.
  ///
  /// - Throws: `HarnessError.malformed` with the line.
  public init(yaml: String, file: String) throws {
    guard yaml.utf8.count <= Self.byteLimit else {
      throw HarnessError.malformed(file: file, reason: "it is over \(Self.byteLimit) bytes")
    }
    if let alias = Self.alias(in: yaml) {
      throw HarnessError.malformed(file: file, reason: "it has the alias *\(alias): aliases are not supported")
    }
    let node: Node?
    do {
      // Without an encoding Yams looks for one in the environment, each time.
      node = try Yams.compose(yaml: yaml, .default, .default, .utf8)
    } catch {
      throw HarnessError.malformed(file: file, reason: "\(error)")
    }
    self = try node.map { try Setting($0, file: file, depth: 0) } ?? .section([:])
  }

  private init(_ node: Node, file: String, depth: Int) throws {
    guard depth <= Self.depthLimit else {
      throw HarnessError.malformed(
        file: file, reason: "line \(node.mark?.line ?? 0): it is nested more than \(Self.depthLimit) deep")
    }
    switch node {
    case .scalar(let scalar):
      let isQuoted = [.doubleQuoted, .singleQuoted].contains(scalar.style)
      self = isQuoted ? .text(scalar.string) : Setting(plain: scalar.string)
    case .sequence(let sequence):
      self = .list(try sequence.map { try Setting($0, file: file, depth: depth + 1) })
    case .mapping(let mapping):
      var section: [String: Setting] = [:]
      for (key, value) in mapping {
        guard let name = key.scalar?.string else {
          throw HarnessError.malformed(file: file, reason: "line \(key.mark?.line ?? 0): a key must be a word")
        }
        section[name] = try Setting(value, file: file, depth: depth + 1)
      }
      self = .section(section)
    case .alias:
      throw HarnessError.malformed(file: file, reason: "line \(node.mark?.line ?? 0): aliases are not supported")
    }
  }

  /// What a text without quotes stands for.
  private init(plain text: String) {
    if let whole = Int(text) {
      self = .whole(whole)
    } else if let number = Double(text), number.isFinite {
      self = .number(number)
    } else {
      switch text {
      case "true": self = .flag(true)
      case "false": self = .flag(false)
      case "", "~", "null": self = .none
      default: self = .text(text)
      }
    }
  }

  /// An alias of the text: a name after `*` that stands after `&` as well.
  ///
  /// It is looked for in the text, since Yams follows aliases as it reads, and a few lines of them stand for more
  /// values than there is time to compare.
  private static func alias(in yaml: String) -> String? {
    let bytes = Array(yaml.utf8)
    func names(after sign: UInt8) -> Set<String> {
      // Within a word, as in R&D, neither sign means anything.
      let starts = bytes.indices.filter { bytes[$0] == sign && ($0 == 0 || !Self.isName(bytes[$0 - 1])) }
      let names = starts.map { String(decoding: bytes[($0 + 1)...].prefix(while: Self.isName), as: UTF8.self) }
      return Set(names.filter { !$0.isEmpty })
    }
    let anchors = names(after: UInt8(ascii: "&"))
    return anchors.isEmpty ? nil : anchors.intersection(names(after: UInt8(ascii: "*"))).min()
  }

  /// Whether a byte may stand in an alias: a letter, a digit, `_` or `-`.
  private static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// The value at a path of keys, such as `["training", "epochs"]`.
  public subscript(path path: [String]) -> Setting? {
    get {
      guard let key = path.first else { return self }
      guard case .section(let section) = self else { return nil }
      return section[key]?[path: Array(path.dropFirst())]
    }
    set {
      guard let key = path.first else {
        self = newValue ?? .none
        return
      }
      var section: [String: Setting] = if case .section(let section) = self { section } else { [:] }
      if path.count == 1 {
        section[key] = newValue
      } else {
        section[key, default: .section([:])][path: Array(path.dropFirst())] = newValue
      }
      self = .section(section)
    }
  }

  /// All values with their paths; lists are values here. Sorted by path.
  public var leaves: [(path: [String], value: Setting)] {
    guard case .section(let section) = self else { return [([], self)] }
    return section.sorted { $0.key < $1.key }.flatMap { key, value in
      value.leaves.map { ([key] + $0.path, $0.value) }
    }
  }
}

extension Setting: CustomStringConvertible {
  /// As YAML writes it on one line.
  public var description: String {
    switch self {
    case .none: "null"
    case .flag(let value): "\(value)"
    case .whole(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let value): value
    case .list(let values): "[\(values.map(\.description).joined(separator: ", "))]"
    case .section(let section):
      "{\(section.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: ", "))}"
    }
  }
}

extension Setting {
  /// As YAML that reads as the same value again.
  var yaml: String {
    switch self {
    case .text(let text): Self(plain: text) == self && Self.isPlain(text) ? text : Self.quoted(text)
    case .list(let values): "[\(values.map(\.yaml).joined(separator: ", "))]"
    default: description
    }
  }

  /// Whether YAML takes a text as it is, wherever it stands.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.last != UInt8(ascii: ":") else { return false }
    return (isName(first) && first != UInt8(ascii: "-") || "./~".utf8.contains(first))
      && text.utf8.allSatisfy { isName($0) || "./:~+".utf8.contains($0) }
  }

  /// A text in double quotes, with escapes for all that doesn't stand for itself there.
  static func quoted(_ text: String) -> String {
    let inner = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case "\n": "\\n"
      case " "..."~",
        "\u{A1}"..."\u{D7FF}" where !["\u{2028}", "\u{2029}"].contains(scalar):
        String(scalar)
      default: String(format: "\\U%08X", scalar.value)
      }
    }
    return "\"\(inner.joined())\""
  }
}

extension Setting: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .none
    } else if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Int.self) {
      self = .whole(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([Setting].self) {
      self = .list(value)
    } else {
      self = .section(try container.decode([String: Setting].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .none: try container.encodeNil()
    case .flag(let value): try container.encode(value)
    case .whole(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .section(let value): try container.encode(value)
    }
  }
}
