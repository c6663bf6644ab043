import Settings

/// Settings as they are written, nested or with dots, brought to one value a key.
///
/// A component stands as its name, as a section of its name and settings, or as a list of either, which is an axis; its
/// settings become keys of their own, so that each may be an axis too.
struct Assignments {
  /// By the whole names of keys.
  private(set) var values: [String: Setting] = [:]

  /// The settings of a section of an experiment.
  ///
  /// - Throws: `SettingError` for a key that isn't known or is given twice, and a value of another type.
  init(_ tree: [String: Setting]) throws {
    for (key, value) in tree.sorted(by: { $0.key < $1.key }) { try add(key, value) }
  }

  /// The setting of one key, whole or as much of its end as is unambiguous.
  init(_ key: String, _ value: Setting) throws {
    try add(key, value)
  }

  private mutating func add(_ name: String, _ value: Setting) throws {
    let schema = Schema.shared
    if case .section(let section) = value, !isWhole(name) {
      guard schema.keys.contains(where: { $0.name.hasPrefix(name + ".") }) else { _ = try schema.key(name); return }
      for (part, value) in section.sorted(by: { $0.key < $1.key }) { try add("\(name).\(part)", value) }
      return
    }
    let key = try schema.key(name)
    try schema.check(value, for: key)
    guard case .component = key.description.kind, case .section(var section) = value,
      Schema.registries[key.name] != nil || key.name == "model"
    else { return try put(key.name, value) }
    // The name is one value, each of its settings another.
    if let chosen = section.removeValue(forKey: "name") { try put(key.name, chosen) }
    for (part, value) in section.sorted(by: { $0.key < $1.key }) {
      try add(key.name == "model" ? part : "\(key.name).\(part)", value)
    }
  }

  /// Whether a section at `name` is the value of a key, not keys of their own.
  private func isWhole(_ name: String) -> Bool {
    switch Schema.shared[name]?.description.kind {
    case .component, .document: true
    default: false
    }
  }

  private mutating func put(_ key: String, _ value: Setting) throws {
    guard values.updateValue(value, forKey: key) == nil else {
      throw SettingError.invalid(setting: key, value: "given twice", bound: "given once")
    }
  }
}
