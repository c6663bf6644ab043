/// The classes that models tell apart: names, colours, which one is void, what each is exported as, which have
/// instances, and which raw labels belong to each.
///
/// It travels with datasets, predictions, confusion matrices, model files and reports; nothing else knows how many
/// classes there are. A class is known by its place, 0..<count, everywhere but in label files.
package struct ClassSet: Hashable, Sendable, Codable {
  /// One class.
  package struct Class: Hashable, Sendable, Codable {
    package let name: String
    /// The colour in which masks show it.
    package let colour: RGB
    /// The value that stands for it in exported predictions.
    package let exportValue: UInt8
    /// Whether its things are counted one by one where instance ids are known.
    package let hasInstances: Bool

    package init(_ name: String, _ colour: RGB, exportValue: UInt8, hasInstances: Bool = false) {
      (self.name, self.colour, self.exportValue, self.hasInstances) = (name, colour, exportValue, hasInstances)
    }
  }

  /// Which raw labels belong to a class.
  package enum Members: Hashable, Sendable {
    /// Those that are listed, by number or by the vocabulary's name for them.
    case labels([String])
    /// All that files may hold and no other class lists.
    case rest
  }

  /// The evaluation that the makers of a dataset publish for these classes.
  package struct Official: Hashable, Sendable, Codable {
    /// The vocabulary whose labels it speaks of.
    package let encoding: String
    /// Truth pixels of these labels are left out of it.
    package let ignored: [UInt8]
  }

  package let name: String
  package let classes: [Class]
  /// The place of void: pixels of which nothing is known, or that no class is for.
  package let void: UInt8
  /// Nil where no official score is defined.
  package let official: Official?
  /// The members of each class, by the name of the vocabulary; under `anyEncoding` those for all others.
  let members: [String: [Members]]

  static let anyEncoding = "any"

  /// How many classes there are, void included.
  package var count: Int { classes.count }
  package var names: [String] { classes.map(\.name) }
  /// The name of void.
  package var voidName: String { classes[Int(void)].name }
  /// The places of all classes but void.
  package var withoutVoid: [Int] { classes.indices.filter { $0 != Int(void) } }
  /// The places of the classes that have instances.
  package var withInstances: [Int] { classes.indices.filter { classes[$0].hasInstances } }

  /// A set of at least two classes beside void, 255 in all at most.
  ///
  /// - Throws: `ScenesError.badClasses` for too few or too many, a name, colour or export value that stands twice, or a
  ///   name that tables can't hold.
  package init(
    name: String, classes: [Class], void: UInt8, official: Official? = nil, members: [String: [Members]]
  ) throws {
    func refuse(_ reason: String) -> ScenesError { .badClasses(name: name, reason: reason) }
    guard (3...255).contains(classes.count), Int(void) < classes.count else {
      throw refuse("it has \(classes.count) classes, void among them; 3 to 255 are possible")
    }
    for (what, values) in [
      ("name", classes.map(\.name)), ("export value", classes.map { "\($0.exportValue)" }),
    ] {
      let twice = Dictionary(grouping: values) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
      if let first = twice.first { throw refuse("the \(what) '\(first)' stands for two classes") }
    }
    for own in classes.map(\.name) + [name] {
      guard (1...40).contains(own.count), own.allSatisfy({ $0.isLetter || $0.isNumber || " -_./+&".contains($0) })
      else {
        throw refuse("'\(own)' can't be a name: those have 1 to 40 letters, digits, spaces and - _ . / + &")
      }
    }
    for (encoding, lists) in members where lists.count != classes.count {
      throw refuse("\(encoding) labels of \(lists.count) classes, not \(classes.count)")
    }
    self.init(name, classes, void, official, members)
  }

  /// A set that is known to be whole.
  init(_ name: String, _ classes: [Class], _ void: UInt8, _ official: Official?, _ members: [String: [Members]]) {
    (self.name, self.classes, self.void, self.official, self.members) = (name, classes, void, official, members)
  }
}

extension ClassSet.Members: Codable {
  /// As a list of labels, or the word `rest`.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let labels = try? container.decode([String].self) {
      self = .labels(labels)
    } else if try container.decode(String.self) == "rest" {
      self = .rest
    } else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "neither labels nor 'rest'")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .labels(let labels): try container.encode(labels)
    case .rest: try container.encode("rest")
    }
  }
}

// MARK: Built in

extension ClassSet {
  /// The sets that come with the program, by name; the first is the default.
  package static let all = [cityscapes8, cityscapes19, camvid11]

  /// Cityscapes' eight categories, void among them (`labels.py` of cityscapesScripts), in the colours of their main
  /// labels, which also stand for them in exported predictions. Defined for CamVid's labels too.
  package static let cityscapes8: ClassSet = {
    func numbers(_ range: ClosedRange<Int>) -> Members { .labels(range.map { "\($0)" }) }
    let classes = [
      Class("void", RGB(0, 0, 0), exportValue: 0), Class("flat", RGB(128, 64, 128), exportValue: 7),
      Class("construction", RGB(70, 70, 70), exportValue: 11), Class("object", RGB(153, 153, 153), exportValue: 17),
      Class("nature", RGB(107, 142, 35), exportValue: 21), Class("sky", RGB(70, 130, 180), exportValue: 23),
      Class("human", RGB(220, 20, 60), exportValue: 24, hasInstances: true),
      Class("vehicle", RGB(0, 0, 142), exportValue: 26, hasInstances: true),
    ]
    return ClassSet(
      "cityscapes-8", classes, 0, official,
      [
        LabelVocabulary.cityscapes.name: [
          numbers(0...6), numbers(7...10), numbers(11...16), numbers(17...20), numbers(21...22), numbers(23...23),
          numbers(24...25), numbers(26...33),
        ],
        LabelVocabulary.camvid.name: [
          .labels(["11"]), .labels(["3", "4"]), .labels(["1", "7"]), .labels(["2", "6"]), .labels(["5"]),
          .labels(["0"]), .labels(["9", "10"]), .labels(["8"]),
        ],
      ])
  }()

  /// The 19 classes of Cityscapes' benchmark (`trainId` 0 to 18 of `labels.py`), then void: all other labels.
  package static let cityscapes19: ClassSet = {
    let palette: [(label: UInt8, colour: RGB)] = [
      (7, RGB(128, 64, 128)), (8, RGB(244, 35, 232)), (11, RGB(70, 70, 70)), (12, RGB(102, 102, 156)),
      (13, RGB(190, 153, 153)), (17, RGB(153, 153, 153)), (19, RGB(250, 170, 30)), (20, RGB(220, 220, 0)),
      (21, RGB(107, 142, 35)), (22, RGB(152, 251, 152)), (23, RGB(70, 130, 180)), (24, RGB(220, 20, 60)),
      (25, RGB(255, 0, 0)), (26, RGB(0, 0, 142)), (27, RGB(0, 0, 70)), (28, RGB(0, 60, 100)), (31, RGB(0, 80, 100)),
      (32, RGB(0, 0, 230)), (33, RGB(119, 11, 32)),
    ]
    let classes = palette.map { label, colour in
      Class(
        LabelVocabulary.cityscapes.names[label] ?? "\(label)", colour, exportValue: label, hasInstances: label >= 24)
    }
    return ClassSet(
      "cityscapes-19", classes + [Class("void", RGB(0, 0, 0), exportValue: 0)], 19, official,
      [LabelVocabulary.cityscapes.name: palette.map { .labels(["\($0.label)"]) } + [.rest]])
  }()

  /// CamVid's 11 classes as distributed with SegNet, in its colours, then void (Brostow, Fauqueur, Cipolla 2009,
  /// doi:10.1016/j.patrec.2008.04.005).
  package static let camvid11: ClassSet = {
    let colours = [
      RGB(128, 128, 128), RGB(128, 0, 0), RGB(192, 192, 128), RGB(128, 64, 128), RGB(60, 40, 222), RGB(128, 128, 0),
      RGB(192, 128, 128), RGB(64, 64, 128), RGB(64, 0, 128), RGB(64, 64, 0), RGB(0, 128, 192),
    ]
    let classes = colours.enumerated().map { place, colour in
      Class(LabelVocabulary.camvid.names[UInt8(place)] ?? "\(place)", colour, exportValue: UInt8(place))
    }
    return ClassSet(
      "camvid-11", classes + [Class("void", RGB(0, 0, 0), exportValue: 11)], 11, nil,
      [LabelVocabulary.camvid.name: classes.indices.map { .labels(["\($0)"]) } + [.labels(["11"])]])
  }()

  /// What both of Cityscapes' official scores leave out: `ignoreInEval` of `labels.py`.
  private static let official = Official(
    encoding: LabelVocabulary.cityscapes.name, ignored: Array(0...6) + [9, 10, 14, 15, 16, 18, 29, 30])
}
