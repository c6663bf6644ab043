import Deep
import Harness
import Scenes

// What reports ask of class sets. Elsewhere a class is its place.

extension ClassSet {
  /// The classes that have a score under a protocol, in the order of `Scores.iou`.
  func scored(under scoringProtocol: ScoringProtocol) -> [Int] { scoringProtocol.classes(of: self) }

  /// The names of `places`.
  func names(of places: [Int]) -> [String] { places.map { classes[$0].name } }

  /// The names of `places` in a language.
  func titles(of places: [Int], in language: Language) -> [String] {
    names(of: places).map { name in language.say { $0.className(name) } }
  }

  /// A class in a cell of a table; as the set has it in CSV.
  func value(of place: Int, in language: Language) -> Table.Value {
    .phrase(names[place], shown: language.say { $0.className(names[place]) })
  }

  /// A column for each of `places`, by the set's names in CSV.
  func columns(of places: [Int], in language: Language) -> [Table.Column] {
    zip(titles(of: places, in: language), names(of: places)).map { .init(title: $0, key: $1) }
  }

  /// The IoU of a class.
  func iou(_ place: Int) -> Metric { .iou(classes[place].name) }

  /// What networks are told of them; what is masked has no bearing on size or operations.
  var outputs: OutputClasses { OutputClasses(count: count) }

  /// What a protocol counts, in one line for tables and captions.
  func summary(of scoringProtocol: ScoringProtocol, in language: Language) -> String {
    scoringProtocol.summary(set: name, classes: scored(under: scoringProtocol).count, void: voidName, in: language)
  }

  /// The class of every pixel of a stored mask or truth, whose values are those that classes are exported as.
  func mask(_ labels: LabelMap) -> [UInt8] {
    var table = [UInt8](repeating: void, count: 256)
    for (place, own) in classes.enumerated() { table[Int(own.exportValue)] = UInt8(place) }
    return labels.labels.map { table[Int($0)] }
  }

  /// A mask in the colours of its classes.
  func picture(of mask: [UInt8], width: Int, height: Int) -> Picture {
    Picture(classes: mask, of: self, width: width, height: height)
  }
}

extension ScoringProtocol {
  /// The protocol that the earlier reports most probably scored by.
  static var earlier: ScoringProtocol { .withVoid }

  /// What it counts, in one line for tables and captions.
  ///
  /// - Parameters:
  ///   - set: the name of the class set.
  ///   - classes: how many of its classes have a score.
  ///   - void: the name of void.
  func summary(set: String, classes: Int, void: String, in language: Language) -> String {
    language.say { text in
      switch self {
      case .official: text.officialSummary(set: set, classes: classes)
      case .withoutVoid: text.voidLeftOutSummary(classes: classes, void: void)
      case .withVoid: text.voidCountedSummary(classes: classes, void: void)
      case .borders:
        text.bordersSummary(reach: BorderBand.reach, basis: ScoringProtocol.withoutVoid.rawValue)
      }
    }
  }
}
