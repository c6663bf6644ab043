import Foundation
import Settings
import Storage

// Class sets as experiments write them: the name of a built-in one, or a section that says all.

extension ClassSet {
  /// The set that `setting` stands for: a name, or
  ///
  ///     name: road-rest
  ///     classes:
  ///       - {name: road, colour: [128, 64, 128], values: [7]}
  ///       - {name: rest, values: rest}
  ///     void: [0, 1, 2, 3]
  ///
  /// Values are raw labels of the dataset, by number or by name; `rest` is all that no other class lists, and void has
  /// none where it is left out. Colours are spread over the hues where they are left out. `export` is the value written
  /// into predictions: by default each class' first value where every class has a number of its own, else its place;
  /// `instances: true` where things are counted one by one.
  ///
  /// - Throws: `SettingError` for a name or key that isn't known and a value of another type; `ScenesError.badClasses`.
  package init(_ setting: Setting) throws {
    guard case .section(var section) = setting else {
      let name = "\(setting)"
      guard let known = Self.all.first(where: { $0.name == name }) else {
        throw SettingError.unknown(kind: "class set", name: name, known: Self.all.map(\.name))
      }
      self = known
      return
    }
    let name = section.removeValue(forKey: "name").map { "\($0)" } ?? "own"
    guard case .list(let items)? = section.removeValue(forKey: "classes") else {
      throw SettingError.wrongType(
        setting: "classes", value: "nothing", expected: "a list such as - {name: road, values: [7]}")
    }
    let voidValues = section.removeValue(forKey: "void")
    if let other = section.keys.sorted().first {
      throw SettingError.unknown(kind: "key of a class set", name: other, known: ["name", "classes", "void"])
    }
    let parsed = try items.enumerated().map { try ParsedClass($1, place: $0, of: items.count) }
    let first = parsed.map(\.firstNumber)
    let numbers = first.compactMap { $0 }
    let areOwn = numbers.count == parsed.count && Set(numbers).count == numbers.count && !numbers.contains(255)
    let classes = parsed.enumerated().map { place, own in
      Class(
        own.name, own.colour,
        exportValue: own.export ?? (areOwn ? first[place] ?? 0 : UInt8(truncatingIfNeeded: place)),
        hasInstances: own.hasInstances)
    }
    let members = parsed.map(\.members) + [try voidValues.map { try Self.members($0, of: "void") } ?? .labels([])]
    try self.init(
      name: name, classes: classes + [Class("void", RGB(0, 0, 0), exportValue: 255)],
      void: UInt8(clamping: classes.count), members: [Self.anyEncoding: members])
  }

  fileprivate static func members(_ setting: Setting, of name: String) throws -> Members {
    switch setting {
    case .text("rest"): .rest
    case .whole, .text: .labels(["\(setting)"])
    case .list(let values) where values.allSatisfy({ if case .list = $0 { false } else { true } }):
      .labels(values.map { "\($0)" })
    default:
      throw SettingError.wrongType(
        setting: "values of \(name)", value: "\(setting)", expected: "a list of labels, or the word rest")
    }
  }
}

extension RGB {
  /// The colour that a list of red, green and blue stands for; nil for anything else.
  init?(_ setting: Setting) {
    guard case .list(let parts) = setting else { return nil }
    let bytes = parts.compactMap { if case .whole(let number) = $0 { UInt8(exactly: number) } else { nil } }
    guard bytes.count == 3, parts.count == 3 else { return nil }
    self.init(bytes[0], bytes[1], bytes[2])
  }
}

/// One class of a section, before it is known what the others are.
private struct ParsedClass {
  let name: String
  let colour: RGB
  let members: ClassSet.Members
  let export: UInt8?
  let hasInstances: Bool

  /// The first of its values that is a number.
  var firstNumber: UInt8? {
    guard case .labels(let labels) = members else { return nil }
    return labels.first.flatMap { UInt8($0) }
  }

  init(_ setting: Setting, place: Int, of count: Int) throws {
    let known = ["name", "colour", "values", "export", "instances"]
    guard case .section(let section) = setting, case .text(let name)? = section["name"] else {
      throw SettingError.wrongType(
        setting: "classes", value: "\(setting)", expected: "a section such as {name: road, values: [7]}")
    }
    if let other = section.keys.sorted().first(where: { !known.contains($0) }) {
      throw SettingError.unknown(kind: "key of a class", name: other, known: known)
    }
    self.name = name
    guard let values = section["values"] else {
      throw SettingError.invalid(
        setting: "values of \(name)", value: "missing", bound: "the raw labels of the class, or the word rest")
    }
    members = try ClassSet.members(values, of: name)
    colour = try section["colour"].map { try Self.colour($0, of: name) } ?? Self.hue(place, of: count)
    export = try section["export"].map { value in
      guard case .whole(let number) = value, let byte = UInt8(exactly: number) else {
        throw SettingError.wrongType(setting: "export of \(name)", value: "\(value)", expected: "0 to 255")
      }
      return byte
    }
    switch section["instances"] {
    case nil: hasInstances = false
    case .flag(let flag): hasInstances = flag
    case let other?:
      throw SettingError.wrongType(setting: "instances of \(name)", value: "\(other)", expected: "true or false")
    }
  }

  private static func colour(_ setting: Setting, of name: String) throws -> RGB {
    if let colour = RGB(setting) { return colour }
    throw SettingError.wrongType(
      setting: "colour of \(name)", value: "\(setting)",
      expected: "red, green and blue of 0 to 255, such as [128, 64, 128]")
  }

  /// A colour of its own for each place: hues evenly spread, every second one darker.
  private static func hue(_ place: Int, of count: Int) -> RGB {
    let turn = 6 * Float(place) / Float(max(1, count))
    let level: Float = place.isMultiple(of: 2) ? 230 : 160
    func channel(_ shift: Float) -> UInt8 {
      let distance = abs((turn + shift).truncatingRemainder(dividingBy: 6) - 3)
      return UInt8(level * min(1, max(0, distance - 1)))
    }
    return RGB(channel(0), channel(4), channel(2))
  }
}

extension ClassSet {
  /// The built-in set of that name, or the one in a YAML file, which may be an experiment.
  ///
  /// - Throws: `SettingError`, `ScenesError.badClasses`, `StorageError.unreadable`.
  package static func named(_ name: String) throws -> ClassSet {
    guard name.hasSuffix(".yaml") || name.hasSuffix(".yml") else { return try ClassSet(.text(name)) }
    let file = URL(fileURLWithPath: (name as NSString).expandingTildeInPath)
    let yaml = String(decoding: try Files.read(file, limit: Setting.byteLimit), as: UTF8.self)
    let read = try Setting(yaml: yaml, file: file.path)
    // An experiment's own file will do.
    return try ClassSet(read[path: ["data", "classes"]] ?? read)
  }
}
