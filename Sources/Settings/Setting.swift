import Foundation

/// A value as YAML or JSON writes it: what an experiment is made of before it is checked and typed.
package enum Setting: Hashable, Sendable {
  case none
  case flag(Bool)
  case whole(Int)
  case number(Double)
  case text(String)
  case list([Setting])
  case section([String: Setting])

  /// What a text without quotes stands for.
  package init(plain text: String) {
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

  /// A number; one without a fraction is a whole number, so that equal values are equal settings.
  package init(number: Double) {
    self = Int(exactly: number).map(Setting.whole) ?? .number(number)
  }

  /// As a number, where it is one.
  package var asNumber: Double? {
    switch self {
    case .whole(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The value at a path of keys, such as `["training", "epochs"]`.
  package subscript(path path: [String]) -> Setting? {
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
  package var leaves: [(path: [String], value: Setting)] {
    guard case .section(let section) = self else { return [([], self)] }
    return section.sorted { $0.key < $1.key }.flatMap { key, value in
      value.leaves.map { ([key] + $0.path, $0.value) }
    }
  }
}

extension Setting: CustomStringConvertible {
  /// As YAML writes it on one line.
  package var description: String {
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

extension Setting: Codable {
  package init(from decoder: any Decoder) throws {
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

  package func encode(to encoder: any Encoder) throws {
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
