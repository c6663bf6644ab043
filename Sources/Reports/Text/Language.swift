import Foundation
import Harness
import Scenes
import Settings

/// A language in which reports and notes are written: a catalogue of its texts.
package struct Language: Equatable, Sendable, CustomStringConvertible {
  package static let english = Language(English())
  package static let french = Language(French())

  /// All of them; a new one is a file with its catalogue and a name here.
  package static let all: [Language] = [english, french, Language(German())]

  /// Its texts, as its translator wrote them: `say` sets them as they are printed.
  let catalogue: any Catalogue

  init(_ catalogue: any Catalogue) {
    self.catalogue = catalogue
  }

  /// The language whose code is `code`, such as `fr`.
  ///
  /// - Throws: `SettingError.unknown` with the nearest.
  package static func named(_ code: String) throws -> Language {
    guard let known = all.first(where: { $0.code == code }) else {
      throw SettingError.unknown(kind: "language", name: code, known: all.map(\.code))
    }
    return known
  }

  package static func == (a: Language, b: Language) -> Bool { a.code == b.code }

  /// Its code by ISO 639-1.
  package var code: String { catalogue.code }

  package var description: String { code }

  /// What stands in the names of this language's files before their ending; the English ones have the plain names.
  package var fileMark: String { self == .english ? "" : ".\(code)" }

  /// A text of the catalogue, set as the language is printed.
  func say(_ text: (any Catalogue) -> String) -> String { typeset(text(catalogue)) }

  /// The title of the column of a setting, by its key; nil where its own name says it best.
  func axis(_ key: String) -> String? { catalogue.axis(key).map(typeset) }

  /// What an axis's `null` means; nil where the language has no words for it.
  func none(of axis: String) -> String? { catalogue.none(of: axis).map(typeset) }

  /// A test condition as readers say it, `fog-3` in French "brouillard 3".
  package func condition(_ name: String) -> String { say { $0.condition(name) } }

  /// A text of this language, set as it is printed.
  package func typeset(_ text: String) -> String { catalogue.typeset(text) }

  /// A whole number with its thousands set apart.
  func number(_ number: Int) -> String { catalogue.number(number) }

}

extension Table.Value {
  /// Words of the catalogue in a language; in CSV they are English.
  static func phrase(in language: Language, _ text: (any Catalogue) -> String) -> Table.Value {
    .phrase(Language.english.say(text), shown: language.say(text))
  }
}

extension SceneSize {
  /// In words of a catalogue.
  func text(_ catalogue: any Catalogue) -> String { common?.description ?? catalogue.nativeSize }

  /// In words of a language.
  func text(in language: Language) -> String { language.say(text) }
}

extension TableWords {
  /// A test condition as readers say it: weather with its severity from 1 to 5, several joined by a plus sign. One that
  /// another program made keeps its name.
  func condition(_ name: String) -> String {
    if let whole = weatherName(name) { return whole }
    let parts = name.split(separator: "+").map { part -> String? in
      guard let end = part.lastIndex(of: "-"), let severity = Int(part[end...].dropFirst()) else { return nil }
      return weatherName(String(part[..<end])).map { "\($0) \(severity)" }
    }
    return parts.contains(nil) ? name : parts.compactMap(\.self).joined(separator: " + ")
  }
}
