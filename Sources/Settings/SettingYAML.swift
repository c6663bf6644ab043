import Foundation
import Yams

// Settings as YAML text: reading with bounds, and writing what reads as the same value again.

extension Setting {
  /// How long a YAML text may be, in bytes.
  package static let byteLimit = 1 << 20
  /// How deep its sections and lists may lie in each other.
  private static let depthLimit = 16

  /// Reads YAML of at most 1 MiB, without aliases.
  ///
  /// - Throws: `SettingError.malformed` with the line.
  package init(yaml: String, file: String) throws {
    guard yaml.utf8.count <= Self.byteLimit else {
      throw SettingError.malformed(file: file, reason: "it is over \(Self.byteLimit) bytes")
    }
    if let alias = Self.alias(in: yaml) {
      throw SettingError.malformed(file: file, reason: "it has the alias *\(alias): aliases are not supported")
    }
    let node: Node?
    do {
      // Without an encoding Yams looks for one in the environment, each time.
      node = try Yams.compose(yaml: yaml, .default, .default, .utf8)
    } catch {
      throw SettingError.malformed(file: file, reason: "\(error)")
    }
    self = try node.map { try Setting($0, file: file, depth: 0) } ?? .section([:])
  }

  private init(_ node: Node, file: String, depth: Int) throws {
    guard depth <= Self.depthLimit else {
      throw SettingError.malformed(
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
          throw SettingError.malformed(file: file, reason: "line \(key.mark?.line ?? 0): a key must be a word")
        }
        section[name] = try Setting(value, file: file, depth: depth + 1)
      }
      self = .section(section)
    case .alias:
      throw SettingError.malformed(file: file, reason: "line \(node.mark?.line ?? 0): aliases are not supported")
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
}

extension Setting {
  /// As YAML that reads as the same value again.
  package var yaml: String {
    switch self {
    case .text(let text): Self(plain: text) == self && Self.isPlain(text) ? text : Self.quoted(text)
    case .list(let values): "[\(values.map(\.yaml).joined(separator: ", "))]"
    case .section(let section):
      "{\(section.sorted { $0.key < $1.key }.map { "\($0): \($1.yaml)" }.joined(separator: ", "))}"
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
  package static func quoted(_ text: String) -> String {
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
