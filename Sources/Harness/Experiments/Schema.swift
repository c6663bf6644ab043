/// The keys that settings may have and the type of each, read off the default settings themselves, so that a new
/// setting needs no second declaration.
struct Schema {
  /// What a value must be.
  enum Kind: Equatable {
    case flag, whole, number, text
    case choice([String])

    var description: String {
      switch self {
      case .flag: "true or false"
      case .whole: "a whole number"
      case .number: "a number"
      case .text: "text"
      case .choice(let names): "one of \(names.joined(separator: ", "))"
      }
    }
  }

  struct Key: Equatable {
    let path: [String]
    let kind: Kind
    /// Whether `null` is allowed.
    let isOptional: Bool

    var name: String { path.joined(separator: ".") }
  }

  let keys: [Key]
  /// Names that an experiment may also have, for messages alone.
  private let others: [String]

  /// The schema of a structure of flags, numbers, texts and further structures.
  init(of defaults: Any, beside others: [String]) {
    keys = Self.keys(of: defaults, at: [])
    self.others = others
  }

  /// The key that `name` stands for: its whole path, or as much of its end as no other key shares.
  ///
  /// - Throws: `HarnessError.unknown` where there is none, `.invalid` where there are several.
  func key(_ name: String) throws -> Key {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if let exact = keys.first(where: { $0.path == parts }) { return exact }
    let matches = keys.filter { $0.path.suffix(parts.count) == parts[...] }
    guard matches.count <= 1 else {
      throw HarnessError.invalid(
        key: "key", value: "'\(name)'", bound: "one of \(matches.map(\.name).joined(separator: ", "))")
    }
    guard let match = matches.first else {
      let known = parts.count > 1 ? keys.map(\.name) : keys.compactMap(\.path.last) + others
      throw HarnessError.unknown(kind: "setting", name: name, known: known)
    }
    return match
  }

  /// Checks that `value`, or each value of a list, is of the key's kind.
  func check(_ value: Setting, for key: Key) throws {
    switch (value, key.kind) {
    case (.list(let values), _):
      guard !values.isEmpty else { throw HarnessError.invalid(key: key.name, value: "[]", bound: "at least one value") }
      for value in values {
        if case .list = value {
          throw HarnessError.wrongType(key: key.name, value: "\(value)", expected: key.kind.description)
        }
        try check(value, for: key)
      }
    case (.flag, .flag), (.whole, .whole), (.whole, .number), (.number, .number), (.text, .text): break
    // A number is a fine text, such as a folder called 2026.
    case (.whole, .text), (.number, .text): break
    case (.text(let name), .choice(let names)) where names.contains(name): break
    case (.none, _) where key.isOptional: break
    default: throw HarnessError.wrongType(key: key.name, value: "\(value)", expected: key.kind.description)
    }
  }

  /// The names that an enumeration of texts may have; nil for other values.
  private static func choices(of value: Any) -> [String]? {
    func names<Value: CaseIterable>(_ value: Value) -> [String] {
      Value.allCases.compactMap { ($0 as? any RawRepresentable<String>)?.rawValue }
    }
    guard value is any RawRepresentable<String>, let value = value as? any CaseIterable else { return nil }
    return names(value)
  }

  private static func keys(of value: Any, at path: [String]) -> [Key] {
    Mirror(reflecting: value).children.flatMap { child -> [Key] in
      guard let label = child.label else { return [] }
      let path = path + [label]
      switch type(of: child.value) {
      case is Bool.Type: return [Key(path: path, kind: .flag, isOptional: false)]
      case is Int.Type: return [Key(path: path, kind: .whole, isOptional: false)]
      case is Double.Type, is Float.Type: return [Key(path: path, kind: .number, isOptional: false)]
      case is String.Type: return [Key(path: path, kind: .text, isOptional: false)]
      case is Int?.Type: return [Key(path: path, kind: .whole, isOptional: true)]
      case is Double?.Type, is Float?.Type: return [Key(path: path, kind: .number, isOptional: true)]
      case is String?.Type: return [Key(path: path, kind: .text, isOptional: true)]
      default:
        if let names = choices(of: child.value) { return [Key(path: path, kind: .choice(names), isOptional: false)] }
        return keys(of: child.value, at: path)
      }
    }
  }
}
