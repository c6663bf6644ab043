/// What a setting's value must be.
package enum SettingKind: Equatable, Sendable {
  case flag, whole, number, text
  /// One of these names.
  case choice([String])
  /// A component of these names: its name, or a section of `name` and the component's own settings.
  case component([String])
  /// Whatever its reader takes: a text or a section of its own.
  case document

  package var description: String {
    switch self {
    case .flag: "true or false"
    case .whole: "a whole number"
    case .number: "a number"
    case .text: "text"
    case .document: "a name or a section"
    case .choice(let names), .component(let names): "one of \(names.joined(separator: ", "))"
    }
  }
}

/// A setting for tables and messages: all that is known of it without a value.
package struct SettingDescription: Equatable, Sendable {
  package let name: String
  package let about: String
  package let kind: SettingKind
  /// Whether `null` is allowed.
  package let isOptional: Bool
  /// The values that are allowed, in words; nil where the kind says all.
  package let bound: String?
  package let standard: Setting

  package init(
    name: String, about: String, kind: SettingKind, isOptional: Bool = false, bound: String? = nil, standard: Setting
  ) {
    (self.name, self.about, self.kind, self.isOptional) = (name, about, kind, isOptional)
    (self.bound, self.standard) = (bound, standard)
  }
}

/// The numbers that a setting may have.
package struct Bounds: Sendable {
  /// In words, such as `above 0, at most 10`.
  package let description: String
  let holds: @Sendable (Double) -> Bool

  /// From the one to the other, both included.
  package static func from(_ low: Double, to high: Double) -> Bounds {
    Bounds(description: "\(plain(low)) to \(plain(high))") { (low...high).contains($0) }
  }

  /// From the one, included, to below the other.
  package static func from(_ low: Double, below high: Double) -> Bounds {
    Bounds(description: "\(plain(low)) or more, below \(plain(high))") { $0 >= low && $0 < high }
  }

  /// Above the one, up to the other, included.
  package static func above(_ low: Double, to high: Double) -> Bounds {
    Bounds(description: "above \(plain(low)), at most \(plain(high))") { $0 > low && $0 <= high }
  }

  /// Between both, neither included.
  package static func between(_ low: Double, _ high: Double) -> Bounds {
    Bounds(description: "above \(plain(low)), below \(plain(high))") { $0 > low && $0 < high }
  }

  /// Finite, and no less.
  package static func atLeast(_ low: Double) -> Bounds {
    Bounds(description: "\(plain(low)) or more") { $0 >= low && $0.isFinite }
  }

  /// Finite, and more.
  package static func above(_ low: Double) -> Bounds {
    Bounds(description: "above \(plain(low)) and finite") { $0 > low && $0.isFinite }
  }

  private static func plain(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 0x1p53 ? "\(Int(value))" : "\(value)"
  }
}

/// One setting of `Owner`: how it is called, what it may be, and where its value lies.
package struct Field<Owner>: Sendable {
  package let name: String
  let about: String
  let kind: SettingKind
  let isOptional: Bool
  let bound: String?
  let get: @Sendable (Owner) -> Setting
  /// Takes a value of the right kind; throws where it is out of its bounds.
  let set: @Sendable (inout Owner, Setting) throws -> Void

  /// True or false.
  package static func flag(_ name: String, _ path: WritableKeyPath<Owner, Bool> & Sendable, _ about: String) -> Field {
    Field(
      name: name, about: about, kind: .flag, isOptional: false, bound: nil, get: { .flag($0[keyPath: path]) },
      set: { owner, value in
        guard case .flag(let flag) = value else { throw wrongType(name, value, .flag) }
        owner[keyPath: path] = flag
      })
  }

  /// A whole number within `bounds`.
  package static func whole(
    _ name: String, _ path: WritableKeyPath<Owner, Int> & Sendable, _ bounds: ClosedRange<Int>, _ about: String
  ) -> Field {
    Field(
      name: name, about: about, kind: .whole, isOptional: false, bound: words(bounds),
      get: { .whole($0[keyPath: path]) }, set: { $0[keyPath: path] = try whole($1, name, bounds) })
  }

  /// One of some whole numbers.
  package static func whole(
    _ name: String, _ path: WritableKeyPath<Owner, Int> & Sendable, oneOf numbers: [Int], _ about: String
  ) -> Field {
    let bound = "one of \(numbers.map(String.init).joined(separator: ", "))"
    return Field(
      name: name, about: about, kind: .whole, isOptional: false, bound: bound, get: { .whole($0[keyPath: path]) },
      set: { owner, value in
        guard case .whole(let number) = value else { throw wrongType(name, value, .whole) }
        guard numbers.contains(number) else {
          throw SettingError.invalid(setting: name, value: "\(number)", bound: bound)
        }
        owner[keyPath: path] = number
      })
  }

  /// A whole number within `bounds`, or none.
  package static func whole(
    _ name: String, _ path: WritableKeyPath<Owner, Int?> & Sendable, _ bounds: ClosedRange<Int>, _ about: String
  ) -> Field {
    Field(
      name: name, about: about, kind: .whole, isOptional: true, bound: "\(words(bounds)), or null",
      get: { $0[keyPath: path].map(Setting.whole) ?? .none },
      set: { $0[keyPath: path] = $1 == .none ? nil : try whole($1, name, bounds) })
  }

  /// A number within `bounds`.
  package static func number<Number: BinaryFloatingPoint & Sendable>(
    _ name: String, _ path: WritableKeyPath<Owner, Number> & Sendable, _ bounds: Bounds, _ about: String
  ) -> Field {
    Field(
      name: name, about: about, kind: .number, isOptional: false, bound: bounds.description,
      get: { number($0[keyPath: path]) },
      set: { $0[keyPath: path] = Number(try number($1, name, bounds)) })
  }

  /// A number within `bounds`, or none.
  package static func number<Number: BinaryFloatingPoint & Sendable>(
    _ name: String, _ path: WritableKeyPath<Owner, Number?> & Sendable, _ bounds: Bounds, _ about: String
  ) -> Field {
    Field(
      name: name, about: about, kind: .number, isOptional: true, bound: "\(bounds.description), or null",
      get: { $0[keyPath: path].map { number($0) } ?? .none },
      set: { $0[keyPath: path] = $1 == .none ? nil : Number(try number($1, name, bounds)) })
  }

  /// One of an enumeration's names.
  package static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ path: WritableKeyPath<Owner, Value> & Sendable, _ about: String
  ) -> Field {
    let kind = SettingKind.choice(Value.allCases.map(\.rawValue))
    return Field(
      name: name, about: about, kind: kind, isOptional: false, bound: nil,
      get: { .text($0[keyPath: path].rawValue) },
      set: { owner, value in
        guard case .text(let text) = value, let chosen = Value(rawValue: text) else {
          throw wrongType(name, value, kind)
        }
        owner[keyPath: path] = chosen
      })
  }

  /// A text for which `isGood` holds; `bound` says in words what makes it good.
  package static func text(
    _ name: String, _ path: WritableKeyPath<Owner, String> & Sendable, _ bound: String? = nil, _ about: String,
    isGood: @escaping @Sendable (String) -> Bool = { _ in true }
  ) -> Field {
    Field(
      name: name, about: about, kind: .text, isOptional: false, bound: bound, get: { .text($0[keyPath: path]) },
      set: { $0[keyPath: path] = try text($1, name, bound, isGood) })
  }

  /// A value that is written as a text, such as a size.
  ///
  /// - Parameters:
  ///   - name: the key.
  ///   - path: where the value stands.
  ///   - bound: what may be written, in words.
  ///   - about: what it means, in one sentence.
  ///   - isGood: whether a value that could be read is allowed.
  package static func parsed<Value: LosslessStringConvertible & Sendable>(
    _ name: String, _ path: WritableKeyPath<Owner, Value> & Sendable, _ bound: String, _ about: String,
    isGood: @escaping @Sendable (Value) -> Bool
  ) -> Field {
    Field(
      name: name, about: about, kind: .text, isOptional: false, bound: bound,
      get: { .text("\($0[keyPath: path])") },
      set: { owner, value in
        let text = try text(value, name, bound) { _ in true }
        guard let parsed = Value(text), isGood(parsed) else {
          throw SettingError.invalid(setting: name, value: "'\(text)'", bound: bound)
        }
        owner[keyPath: path] = parsed
      })
  }

  /// A text, or none.
  package static func text(
    _ name: String, _ path: WritableKeyPath<Owner, String?> & Sendable, _ about: String
  ) -> Field {
    Field(
      name: name, about: about, kind: .text, isOptional: true, bound: nil,
      get: { $0[keyPath: path].map(Setting.text) ?? .none },
      set: { $0[keyPath: path] = $1 == .none ? nil : try text($1, name, nil) { _ in true } })
  }

  /// A component of `registry`.
  package static func component<Value>(
    _ name: String, _ path: WritableKeyPath<Owner, Choice> & Sendable, _ registry: Registry<Value>, _ about: String
  ) -> Field {
    Field(
      name: name, about: about, kind: .component(registry.names), isOptional: false, bound: nil,
      get: { $0[keyPath: path].setting },
      set: { owner, value in
        do {
          owner[keyPath: path] = try registry.choice(value)
        } catch let error as SettingError {
          throw error.within(name)
        }
      })
  }

  /// A value that `check` takes as it is.
  package static func document(
    _ name: String, _ path: WritableKeyPath<Owner, Setting> & Sendable, _ about: String,
    check: @escaping @Sendable (Setting) throws -> Void
  ) -> Field {
    Field(
      name: name, about: about, kind: .document, isOptional: false, bound: nil, get: { $0[keyPath: path] },
      set: { owner, value in
        try check(value)
        owner[keyPath: path] = value
      })
  }

  /// What has a reader of its own, or nothing.
  package static func document(
    _ name: String, _ path: WritableKeyPath<Owner, Setting?> & Sendable, _ about: String,
    check: @escaping @Sendable (Setting) throws -> Void
  ) -> Field {
    Field(
      name: name, about: about, kind: .document, isOptional: true, bound: nil,
      get: { $0[keyPath: path] ?? .none },
      set: { owner, value in
        if value != .none { try check(value) }
        owner[keyPath: path] = value == .none ? nil : value
      })
  }

  private static func whole(_ value: Setting, _ name: String, _ bounds: ClosedRange<Int>) throws -> Int {
    guard case .whole(let number) = value else { throw wrongType(name, value, .whole) }
    guard bounds.contains(number) else {
      throw SettingError.invalid(setting: name, value: "\(number)", bound: words(bounds))
    }
    return number
  }

  /// By its shortest text, so that a single-precision 0.1 is 0.1.
  private static func number(_ value: some BinaryFloatingPoint) -> Setting {
    Setting(number: Double("\(value)") ?? Double(value))
  }

  private static func number(_ value: Setting, _ name: String, _ bounds: Bounds) throws -> Double {
    guard let number = value.asNumber else { throw wrongType(name, value, .number) }
    guard bounds.holds(number) else {
      throw SettingError.invalid(setting: name, value: "\(value)", bound: bounds.description)
    }
    return number
  }

  private static func text(
    _ value: Setting, _ name: String, _ bound: String?, _ isGood: (String) -> Bool
  ) throws -> String {
    // A number is a fine text, such as a folder called 2026.
    switch value {
    case .text, .whole, .number: break
    default: throw wrongType(name, value, .text)
    }
    guard isGood("\(value)") else {
      throw SettingError.invalid(setting: name, value: "'\(value)'", bound: bound ?? "another text")
    }
    return "\(value)"
  }

  private static func words(_ bounds: ClosedRange<Int>) -> String {
    bounds.upperBound == .max ? "\(bounds.lowerBound) or more" : "\(bounds.lowerBound) to \(bounds.upperBound)"
  }

  private static func wrongType(_ name: String, _ value: Setting, _ kind: SettingKind) -> SettingError {
    .wrongType(setting: name, value: "\(value)", expected: kind.description)
  }
}
