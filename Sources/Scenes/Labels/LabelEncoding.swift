import Settings

/// How label files stand for labels: which raw value, or which colour, is which label.
///
/// Several encodings share a vocabulary, as Cityscapes' label ids, train ids and colours do: once read, they are the same
/// labels.
package struct LabelEncoding: Hashable, Sendable {
  /// What label files hold.
  package enum Code: Hashable, Sendable {
    /// A number a pixel, grey or the index of a palette, of up to 16 bits.
    case values([UInt16: UInt8])
    /// A colour a pixel, exactly; of a palette, the colours that it shows.
    case colours([RGB: UInt8])

    /// All of it, in order.
    package var description: String {
      switch self {
      case .values(let labels):
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
      case .colours(let labels):
        labels.map { (RawLabel.colour($0.key), $0.value) }.sorted { $0.0 < $1.0 }.map { "\($0.0)=\($0.1)" }
          .joined(separator: ",")
      }
    }
  }

  /// Its name, such as `cityscapes-trainIds`.
  package let name: String
  package let vocabulary: LabelVocabulary
  /// The label of each value or colour that files may hold.
  package let code: Code
  /// Whether all labels that an official evaluation leaves out can be told from others.
  package let tellsIgnored: Bool

  package init(name: String, vocabulary: LabelVocabulary, code: Code, tellsIgnored: Bool = false) {
    (self.name, self.vocabulary, self.code, self.tellsIgnored) = (name, vocabulary, code, tellsIgnored)
  }

  /// Files that hold the labels of a vocabulary as they are, and 255 for void.
  init(_ vocabulary: LabelVocabulary, tellsIgnored: Bool = false) {
    let labels = Array(vocabulary.names.keys) + (vocabulary.names[255] == nil ? [255] : [])
    self.init(
      name: vocabulary.name, vocabulary: vocabulary,
      code: .values(Dictionary(uniqueKeysWithValues: labels.map { (UInt16($0), $0) })), tellsIgnored: tellsIgnored)
  }

  /// The labels that files may hold, in order.
  package var labels: [UInt8] {
    switch code {
    case .values(let labels): Set(labels.values).sorted()
    case .colours(let labels): Set(labels.values).sorted()
    }
  }

  /// The label that a class set's text names: a raw value by its number, or a label by its name.
  func label(_ text: String) -> UInt8? {
    if let number = UInt16(text) {
      guard case .values(let labels) = code else { return nil }
      return labels[number]
    }
    return vocabulary.value(text)
  }

  /// Cityscapes' label ids (`id` of `labels.py`): `_labelIds.png`.
  package static let cityscapes = LabelEncoding(.cityscapes, tellsIgnored: true)

  /// Cityscapes' train ids (`trainId` of `labels.py`): `_labelTrainIds.png`. All that the evaluation leaves out is 255.
  package static let trainIds = LabelEncoding(
    name: "cityscapes-trainIds", vocabulary: .cityscapes,
    code: .values(
      Dictionary(
        uniqueKeysWithValues: ClassSet.cityscapes19.withoutVoid.map { place in
          (UInt16(place), ClassSet.cityscapes19.classes[place].exportValue)
        } + [(255, 255)])), tellsIgnored: true)

  /// Cityscapes' categories by number, 0 for void to 7 for vehicle.
  package static let categories = LabelEncoding(.categories)

  /// Cityscapes' colours (`color` of `labels.py`): `_color.png`. Labels that share a colour are read as the first that is
  /// evaluated, black as unlabeled.
  package static let cityscapesColours = LabelEncoding(
    name: "cityscapes-colours", vocabulary: .cityscapes,
    code: .colours([
      RGB(0, 0, 0): 0, RGB(111, 74, 0): 5, RGB(81, 0, 81): 6, RGB(128, 64, 128): 7, RGB(244, 35, 232): 8,
      RGB(250, 170, 160): 9, RGB(230, 150, 140): 10, RGB(70, 70, 70): 11, RGB(102, 102, 156): 12,
      RGB(190, 153, 153): 13, RGB(180, 165, 180): 14, RGB(150, 100, 100): 15, RGB(150, 120, 90): 16,
      RGB(153, 153, 153): 17, RGB(250, 170, 30): 19, RGB(220, 220, 0): 20, RGB(107, 142, 35): 21,
      RGB(152, 251, 152): 22, RGB(70, 130, 180): 23, RGB(220, 20, 60): 24, RGB(255, 0, 0): 25, RGB(0, 0, 142): 26,
      RGB(0, 0, 70): 27, RGB(0, 60, 100): 28, RGB(0, 0, 90): 29, RGB(0, 0, 110): 30, RGB(0, 80, 100): 31,
      RGB(0, 0, 230): 32, RGB(119, 11, 32): 33,
    ]))

  /// CamVid's labels as distributed with SegNet, 0 for sky to 11 for unlabelled.
  package static let camvid = LabelEncoding(.camvid)

  /// CamVid's own 32 colours (`label_colors.txt`), gathered to SegNet's classes as SegNet's authors did (Badrinarayanan,
  /// Kendall, Cipolla 2017, arXiv:1511.00561), and SegNet's own colour of pavement.
  package static let camvidColours: LabelEncoding = {
    let colours: [[RGB]] = [
      [RGB(128, 128, 128)],
      [RGB(128, 0, 0), RGB(0, 128, 64), RGB(64, 192, 0), RGB(64, 0, 64), RGB(192, 0, 128)],
      [RGB(192, 192, 128), RGB(0, 0, 64)],
      [RGB(128, 64, 128), RGB(128, 0, 192), RGB(192, 0, 64)],
      [RGB(0, 0, 192), RGB(64, 192, 128), RGB(128, 128, 192), RGB(60, 40, 222)],
      [RGB(128, 128, 0), RGB(192, 192, 0)],
      [RGB(192, 128, 128), RGB(128, 128, 64), RGB(0, 64, 64)],
      [RGB(64, 64, 128)],
      [RGB(64, 0, 128), RGB(64, 128, 192), RGB(192, 128, 192), RGB(192, 64, 128), RGB(128, 64, 64)],
      [RGB(64, 64, 0), RGB(192, 128, 64), RGB(64, 0, 192), RGB(64, 128, 64)],
      [RGB(0, 128, 192), RGB(192, 0, 192)],
      [RGB(0, 0, 0)],
    ]
    let pairs = colours.enumerated().flatMap { label, own in own.map { ($0, UInt8(label)) } }
    return LabelEncoding(
      name: "camvid-colours", vocabulary: .camvid, code: .colours(Dictionary(uniqueKeysWithValues: pairs)))
  }()

  /// The encodings that are known whatever the class set.
  package static let all = [cityscapes, trainIds, categories, cityscapesColours, camvid, camvidColours]

  /// The colours in which a class set shows its classes.
  package static let coloursName = "colours"
  /// The raw values that a class set lists for its classes.
  package static let valuesName = "values"

  /// The names that `named(_:for:)` understands.
  package static let names = all.map(\.name) + [coloursName, valuesName]

  /// The encoding of a name, of which two depend on the class set: `colours` are the set's own, `values` the raw values
  /// that it lists.
  ///
  /// - Throws: `SettingError.unknown`; `ScenesError.badClasses` where the set has no such colours or values.
  package static func named(_ name: String, for classSet: ClassSet) throws -> LabelEncoding {
    if let known = all.first(where: { $0.name == name || aliases[name] == $0.name }) { return known }
    switch name {
    case coloursName: return try colours(of: classSet)
    case valuesName: return try values(of: classSet)
    default: throw SettingError.unknown(kind: "label encoding", name: name, known: names)
    }
  }

  /// Cityscapes' own words for its encodings.
  private static let aliases = [
    "labelIds": "cityscapes", "cityscapes-labelIds": "cityscapes", "trainIds": "cityscapes-trainIds",
    "camvid-colors": "camvid-colours", "cityscapes-colors": "cityscapes-colours",
  ]

  private static func colours(of classSet: ClassSet) throws -> LabelEncoding {
    var labels: [RGB: UInt8] = [:]
    for (place, own) in classSet.classes.enumerated() {
      if let other = labels.updateValue(UInt8(place), forKey: own.colour) {
        throw ScenesError.badClasses(
          name: classSet.name,
          reason: "\(classSet.names[Int(other)]) and \(own.name) have the same colour \(own.colour), so that a mask "
            + "can't tell them apart")
      }
    }
    return LabelEncoding(name: coloursName, vocabulary: .places(of: classSet), code: .colours(labels))
  }

  private static func values(of classSet: ClassSet) throws -> LabelEncoding {
    guard let members = classSet.members[ClassSet.anyEncoding] else {
      throw ScenesError.badClasses(
        name: classSet.name, reason: "it lists no raw values of its own; say which encoding the label files have")
    }
    var labels: [UInt8] = []
    for (place, list) in members.enumerated() {
      guard case .labels(let listed) = list else {
        labels = Array(0...254)
        break
      }
      labels += try listed.map { text in
        guard let value = UInt8(text) else {
          throw ScenesError.badClasses(
            name: classSet.name,
            reason: "\(classSet.names[place]) lists '\(text)', but raw values are whole numbers of 0 to 255")
        }
        return value
      }
    }
    let names = Dictionary(labels.map { ($0, "\($0)") }) { first, _ in first }
    return LabelEncoding(LabelVocabulary(name: valuesName, names: names, void: 255))
  }
}

extension RGB: CustomStringConvertible {
  package var description: String { "(\(red), \(green), \(blue))" }

  /// The sum of the squares of the channels' differences.
  func distance(to other: RGB) -> Int {
    func square(_ a: UInt8, _ b: UInt8) -> Int { (Int(a) - Int(b)) * (Int(a) - Int(b)) }
    return square(red, other.red) + square(green, other.green) + square(blue, other.blue)
  }
}
