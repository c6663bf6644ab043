import Settings

// Label encodings as experiments and descriptions of datasets write them: a name, or a section that says all.

extension LabelEncoding {
  /// The encoding that `setting` stands for: a name, or which raw value, or which colour, is which class:
  ///
  ///     values: {0: road, 1: car, 7: car, 255: void}
  ///
  ///     colours: {road: [128, 64, 128], car: [[0, 0, 142], [0, 0, 70]]}
  ///
  /// What is called void, ignore or unlabelled is void.
  ///
  /// - Throws: `SettingError`; `ScenesError.badClasses`.
  package init(_ setting: Setting, for classSet: ClassSet) throws {
    self = try Self.own(setting) ?? .named("\(setting)", for: classSet)
  }

  /// The encoding of a section; nil for a name.
  ///
  /// - Throws: `SettingError`.
  package static func own(_ setting: Setting) throws -> LabelEncoding? {
    guard case .section(let section) = setting else {
      guard case .text = setting else {
        throw SettingError.wrongType(
          setting: "encoding", value: "\(setting)", expected: "a name, or a section of values or colours")
      }
      return nil
    }
    if let other = section.keys.sorted().first(where: { !["values", "colours"].contains($0) }) {
      throw SettingError.unknown(kind: "key of an encoding", name: other, known: ["values", "colours"])
    }
    switch (section["values"], section["colours"]) {
    case (.section(let values)?, nil): return try own(values: values)
    case (nil, .section(let colours)?): return try own(colours: colours)
    default:
      throw SettingError.wrongType(
        setting: "encoding", value: "\(setting)",
        expected: "either values, such as {0: road, 1: car}, or colours, such as {road: [128, 64, 128]}")
    }
  }

  /// Names that stand for void.
  private static let voids: Set = ["void", "ignore", "ignored", "unlabelled", "unlabeled"]

  private static func own(values: [String: Setting]) throws -> LabelEncoding {
    var names: [UInt16: String] = [:]
    for (key, name) in values {
      guard let value = UInt16(key) else {
        throw SettingError.invalid(setting: "encoding.values", value: key, bound: "a raw value of 0 to 65535")
      }
      names[value] = try text(name, "encoding.values.\(key)")
    }
    let labels = try labels(names.sorted { $0.key < $1.key }.map(\.value))
    var code = names.compactMapValues { labels[$0] }
    if code[255] == nil { code[255] = 255 }
    return own(labels, .values(code))
  }

  private static func own(colours: [String: Setting]) throws -> LabelEncoding {
    let labels = try labels(colours.keys.sorted())
    var code: [RGB: UInt8] = [:]
    for (name, setting) in colours.sorted(by: { $0.key < $1.key }) {
      for colour in try Self.colours(setting, of: name) {
        if code.updateValue(labels[name] ?? 255, forKey: colour) != nil {
          throw SettingError.invalid(
            setting: "encoding.colours.\(name)", value: "\(colour)", bound: "a colour that no other class has")
        }
      }
    }
    return own(labels, .colours(code))
  }

  /// A label for each name, in their order; 255 for void.
  private static func labels(_ names: [String]) throws -> [String: UInt8] {
    var labels: [String: UInt8] = [:]
    for name in names where labels[name] == nil && !voids.contains(name) {
      guard labels.count < 254 else {
        throw SettingError.invalid(setting: "encoding", value: "over 254 names", bound: "at most so many")
      }
      labels[name] = UInt8(labels.count)
    }
    return labels.merging(Set(names).intersection(voids).map { ($0, 255) }) { $1 }
  }

  private static func own(_ labels: [String: UInt8], _ code: Code) -> LabelEncoding {
    let names = Dictionary(labels.filter { $0.value != 255 }.map { ($0.value, $0.key) }) { first, _ in first }
    return LabelEncoding(
      name: "the data's own encoding", vocabulary: LabelVocabulary(name: ownName, names: names, void: 255), code: code)
  }

  /// What a vocabulary that a description writes out is called.
  static let ownName = "own"

  /// A class set with one class for each name, in the order of the labels.
  var ownClasses: Setting {
    let names = vocabulary.names.sorted { $0.key < $1.key }.map(\.value)
    var classes: [Setting] = []
    for name in names {
      var own: [String: Setting] = ["name": .text(name), "values": .list([.text(name)])]
      if case .colours(let code) = code,
        let colour = code.filter({ vocabulary.names[$0.value] == name }).map(\.key)
          .min(by: { ($0.red, $0.green, $0.blue) < ($1.red, $1.green, $1.blue) })
      {
        own["colour"] = .list([colour.red, colour.green, colour.blue].map { .whole(Int($0)) })
      }
      classes.append(.section(own))
    }
    return .section(["name": .text(Self.ownName), "classes": .list(classes)])
  }

  private static func text(_ setting: Setting, _ key: String) throws -> String {
    switch setting {
    case .text, .whole, .number: return "\(setting)"
    default: throw SettingError.wrongType(setting: key, value: "\(setting)", expected: "the name of a class")
    }
  }

  private static func colours(_ setting: Setting, of name: String) throws -> [RGB] {
    if let one = RGB(setting) { return [one] }
    if case .list(let parts) = setting {
      let several = parts.compactMap(RGB.init)
      if several.count == parts.count, !several.isEmpty { return several }
    }
    throw SettingError.wrongType(
      setting: "encoding.colours.\(name)", value: "\(setting)",
      expected: "red, green and blue of 0 to 255, such as [128, 64, 128], or a list of such")
  }
}
