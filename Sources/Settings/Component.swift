/// A structure of settings that says what they are: their names, bounds and defaults stand here alone.
package protocol Configurable: Sendable {
  /// The defaults.
  init()
  /// Its settings, in the order in which they are shown.
  static var fields: [Field<Self>] { get }
  /// Checks what the bounds of single settings don't say.
  ///
  /// - Throws: `SettingError`.
  func validate() throws
}

extension Configurable {
  package func validate() throws {}

  /// The defaults, overwritten by `values` by name, all checked.
  ///
  /// - Throws: `SettingError.unknown` for a name that is no setting, `.wrongType` and `.invalid` with the bound.
  package init(_ values: [String: Setting]) throws {
    self.init()
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      guard let field = Self.fields.first(where: { $0.name == name }) else {
        throw SettingError.unknown(kind: "setting", name: name, known: Self.fields.map(\.name))
      }
      try field.set(&self, value)
    }
    try validate()
  }

  /// Checks one value against the bounds of its setting, apart from what the others are.
  ///
  /// - Throws: `SettingError`.
  package static func check(_ name: String, _ value: Setting) throws {
    var standard = Self()
    try fields.first { $0.name == name }?.set(&standard, value)
  }

  /// Checks values that were set by hand, as `init(_:)` checks those that come by name.
  ///
  /// - Throws: as `init(_:)`.
  package func checkBounds() throws { _ = try Self(values) }

  /// All values by name.
  package var values: [String: Setting] {
    Dictionary(uniqueKeysWithValues: Self.fields.map { ($0.name, $0.get(self)) })
  }

  /// The values that differ from the defaults.
  package var changes: [String: Setting] {
    let standard = Self()
    return values.filter { name, value in Self.fields.contains { $0.name == name && $0.get(standard) != value } }
  }

  /// Its settings without values.
  package static var descriptions: [SettingDescription] {
    let standard = Self()
    return fields.map {
      SettingDescription(
        name: $0.name, about: $0.about, kind: $0.kind, isOptional: $0.isOptional, bound: $0.bound,
        standard: $0.get(standard))
    }
  }
}

/// Something that an experiment chooses by name, with settings of its own: one file, and one line in a `Registry`.
package protocol Component: Configurable {
  /// The name by which experiments choose it.
  static var name: String { get }
  /// What else people type for it; it is stored and shown as `name`.
  static var otherNames: [String] { get }
  /// What it is, in a line.
  static var summary: String { get }
}

extension Component {
  package static var fields: [Field<Self>] { [] }
  package static var otherNames: [String] { [] }
  package var name: String { Self.name }
}

/// A component by its name, and those of its settings that differ from the defaults.
package struct Choice: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  package let name: String
  package let settings: [String: Setting]

  package init(_ name: String, _ settings: [String: Setting] = [:]) {
    (self.name, self.settings) = (name, settings)
  }

  package init(stringLiteral name: String) {
    self.init(name)
  }

  /// As experiments write it: the name alone, or a section of the name and the settings.
  package var setting: Setting {
    settings.isEmpty ? .text(name) : .section(settings.merging(["name": .text(name)]) { $1 })
  }

  /// For tables: `ce`, or `focal-tversky(gamma=1)`.
  package var description: String {
    let values = settings.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
    return values.isEmpty ? name : "\(name)(\(values.joined(separator: ",")))"
  }
}

/// What can be asked of a registry whatever its components are.
package protocol AnyRegistry: Sendable {
  var all: [any Component.Type] { get }
  func named(_ name: String) throws -> any Component.Type
  func choice(_ setting: Setting) throws -> Choice
}

/// The components of one kind by name: a new one is a file of its own and a line here.
package struct Registry<Value>: AnyRegistry {
  /// What they are, for messages: `loss`.
  package let kind: String
  package let all: [any Component.Type]

  /// The components `all`, types whose values are `Value`, of a `kind`.
  package init(_ kind: String, _ all: [any Component.Type]) {
    (self.kind, self.all) = (kind, all)
  }

  package var names: [String] { all.map { $0.name } }

  /// The component called `name`, or so by others.
  ///
  /// - Throws: `SettingError.unknown` with the nearest.
  package func named(_ name: String) throws -> any Component.Type {
    guard let found = all.first(where: { $0.name == name || $0.otherNames.contains(name) }) else {
      throw SettingError.unknown(kind: kind, name: name, known: names)
    }
    return found
  }

  /// What `setting` chooses: a name, a section of `name` and settings, or `name:value`, where the value is that of the
  /// component's first setting.
  ///
  /// - Throws: `SettingError`, also for settings that the component doesn't have.
  package func choice(_ setting: Setting) throws -> Choice {
    switch setting {
    case .text(let text):
      guard let colon = text.firstIndex(of: ":"), !names.contains(text) else { return try checked(text, [:]) }
      let name = String(text[..<colon])
      guard let field = try named(name).descriptions.first else { return try checked(text, [:]) }
      return try checked(name, [field.name: Setting(plain: String(text[text.index(after: colon)...]))])
    case .section(var settings):
      guard let name = settings.removeValue(forKey: "name") else {
        throw SettingError.invalid(setting: "name", value: "missing", bound: "one of \(names.joined(separator: ", "))")
      }
      return try checked("\(name)", settings)
    default:
      throw SettingError.unknown(kind: kind, name: "\(setting)", known: names)
    }
  }

  private func checked(_ name: String, _ settings: [String: Setting]) throws -> Choice {
    let found = try named(name)
    return Choice(found.name, try found.init(settings).changes)
  }

  /// The component with its settings.
  ///
  /// - Throws: `SettingError`.
  package func make(_ choice: Choice) throws -> Value {
    guard let made = try named(choice.name).init(choice.settings) as? Value else {
      preconditionFailure("\(choice.name) is registered as a \(kind), but is none")
    }
    return made
  }
}
