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

  /// Reads YAML.
  ///
  /// - Throws: `HarnessError.malformed` with the line.
  public init(yaml: String, file: String) throws {
    let node: Node?
    do {
      node = try Yams.compose(yaml: yaml)
    } catch {
      throw HarnessError.malformed(file: file, reason: "\(error)")
    }
    self = try node.map { try Setting($0, file: file) } ?? .section([:])
  }

  private init(_ node: Node, file: String) throws {
    switch node {
    case .scalar(let scalar):
      self = Setting(scalar, node)
    case .sequence(let sequence):
      self = .list(try sequence.map { try Setting($0, file: file) })
    case .mapping(let mapping):
      var section: [String: Setting] = [:]
      for (key, value) in mapping {
        guard let name = key.scalar?.string else {
          throw HarnessError.malformed(file: file, reason: "line \(key.mark?.line ?? 0): a key must be a word")
        }
        section[name] = try Setting(value, file: file)
      }
      self = .section(section)
    case .alias:
      throw HarnessError.malformed(file: file, reason: "line \(node.mark?.line ?? 0): aliases are not supported")
    }
  }

  private init(_ scalar: Node.Scalar, _ node: Node) {
    if scalar.style == .doubleQuoted || scalar.style == .singleQuoted {
      self = .text(scalar.string)
    } else if let whole = Int(scalar.string) {
      self = .whole(whole)
    } else if let number = Double(scalar.string), number.isFinite {
      self = .number(number)
    } else {
      switch scalar.string {
      case "true": self = .flag(true)
      case "false": self = .flag(false)
      case "", "~", "null": self = .none
      default: self = .text(scalar.string)
      }
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
