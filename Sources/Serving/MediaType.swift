import Foundation

/// What a `Content-Type` or a part of `Accept` says: `image/png`, and parameters such as `boundary` (RFC 9110, 8.3.1).
package struct MediaType: Equatable, Sendable {
  /// In lower case, `*` for any.
  package let type, subtype: String
  /// Values by name in lower case.
  package let parameters: [String: String]

  /// The media type of `text`; nil where it is none.
  package init?(_ text: some StringProtocol) {
    let parts = Self.parts(String(text), separator: ";")
    let names = parts[0].split(separator: "/", omittingEmptySubsequences: false)
    guard names.count == 2, names.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Self.isTokenCharacter) }) else {
      return nil
    }
    (type, subtype) = (names[0].lowercased(), names[1].lowercased())
    var parameters: [String: String] = [:]
    for part in parts.dropFirst() where !part.isEmpty {
      guard let equals = part.firstIndex(of: "=") else { return nil }
      let name = part[..<equals].lowercased()
      var value = part[part.index(after: equals)...]
      guard !name.isEmpty, name.allSatisfy(Self.isTokenCharacter), parameters[name] == nil else { return nil }
      if value.first == "\"" {
        guard value.count >= 2, value.last == "\"" else { return nil }
        value = value.dropFirst().dropLast()
      }
      parameters[name] = String(value.replacing("\\\"", with: "\""))
    }
    self.parameters = parameters
  }

  /// `type/subtype`.
  package var name: String { "\(type)/\(subtype)" }

  /// Whether this, which may have `*`, is about a type such as `image/png`.
  package func covers(_ name: String) -> Bool {
    let parts = name.split(separator: "/")
    return (type == "*" || type == parts[0]) && (subtype == "*" || subtype == parts[1])
  }

  /// The one of `offered` that an `Accept` field likes best: by its `q`, of equal ones the first offered; the first where
  /// there is no field, nil where it wants none of them.
  package static func preferred(_ offered: [String], accept: String?) -> String? {
    guard let accept else { return offered.first }
    let ranges = parts(accept, separator: ",").compactMap { MediaType($0) }
    func quality(_ name: String) -> Double {
      // The most specific range decides.
      let fitting = ranges.filter { $0.covers(name) }
      let best = fitting.max {
        ($0.type == "*" ? 0 : $0.subtype == "*" ? 1 : 2) < ($1.type == "*" ? 0 : $1.subtype == "*" ? 1 : 2)
      }
      return best.map { Double($0.parameters["q"] ?? "1") ?? 0 } ?? 0
    }
    let rated = offered.map { (name: $0, quality: quality($0)) }.filter { $0.quality > 0 }
    let most = rated.map(\.quality).max()
    return rated.first { $0.quality == most }?.name
  }

  /// The parts of a field between separators that don't stand in quotes, without white space around.
  private static func parts(_ text: String, separator: Character) -> [String] {
    var (parts, isQuoted, isEscaped) = ([""], false, false)
    for character in text {
      if isEscaped {
        isEscaped = false
      } else if isQuoted && character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == separator && !isQuoted {
        parts.append("")
        continue
      }
      parts[parts.count - 1].append(character)
    }
    return parts.map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// RFC 9110, 5.6.2.
  private static func isTokenCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~".contains(character))
  }
}
