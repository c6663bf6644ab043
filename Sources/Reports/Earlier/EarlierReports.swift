import Foundation
import Harness
import Yams

/// What the earlier reports measured and concluded: `earlier.yaml`.
package struct EarlierReports: Decodable, Sendable {
  package let results: [EarlierResult]
  package let claims: [Claim]

  /// Those that come with the program.
  package static let all: EarlierReports = {
    do {
      return try EarlierReports(yaml: EmbeddedText.earlier_yaml)
    } catch {
      preconditionFailure("earlier.yaml, which is part of the program: \(error)")
    }
  }()

  /// Reads what `earlier.yaml` is an example of.
  ///
  /// - Throws: `DecodingError` with what is wrong.
  package init(yaml: String) throws {
    self = try YAMLDecoder().decode(EarlierReports.self, from: yaml)
  }
}

/// A text of a data file in several languages, English among them.
package struct LocalisedText: Decodable, Sendable {
  /// By code of language.
  package private(set) var texts: [String: String]

  /// The same with a capital letter first.
  var capitalised: LocalisedText {
    var copy = self
    copy.texts = texts.mapValues { $0.prefix(1).uppercased() + $0.dropFirst() }
    return copy
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    texts = try container.decode([String: String].self)
    guard texts[Language.english.code] != nil else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "a text without English: \(texts)")
    }
  }

  /// As a language prints it; in English where it isn't translated.
  func text(in language: Language) -> String {
    texts[language.code].map(language.typeset) ?? texts[Language.english.code] ?? ""
  }

  /// In a cell of a table; English in CSV.
  func value(in language: Language) -> Table.Value { .phrase(text(in: .english), shown: text(in: language)) }
}

/// What an earlier report measured with a model.
package struct EarlierResult: Decodable, Sendable {
  package let model: String
  /// The setting that it was trained with; nil for any.
  package let loss, augmentation: String?
  /// As that report describes it.
  package let description: LocalisedText
  let fit: Time?
  let flatIoU, flatDice, accuracy, meanIoU: Double?
  /// Whether its scores are hard ones, from labels.
  private let hard: Bool?
  /// How many photos it was tested on, where that is known, and their size.
  let photos: Int?
  let size: String

  private enum CodingKeys: String, CodingKey {
    case model, loss, augmentation, description, fit, flatIoU, flatDice, accuracy, meanIoU, photos, size
    case hard = "isHard"
  }

  /// How long a training took.
  struct Time: Decodable {
    let hours, minutes, seconds: Double?
  }

  var isHard: Bool { hard ?? false }

  var fitSeconds: Double? {
    fit.map { 3600 * (($0.hours ?? 0) + ($0.minutes ?? 0) / 60) + ($0.seconds ?? 0) }
  }

  /// Whether `group` is of its kind.
  func matches(_ group: Group) -> Bool {
    group.model == model && (loss == nil || group.loss == loss)
      && (augmentation == nil || group.augmentation == augmentation)
  }
}
