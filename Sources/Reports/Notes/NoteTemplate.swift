import Compute
import Foundation
import Harness
import Mustache
import Storage

/// A Mustache template that comes with the program, or a user's own in its place.
struct NoteTemplate {
  private let template: MustacheTemplate

  /// The template of the note in a language, as it comes with the program.
  static func note(in language: Language) throws -> NoteTemplate {
    try NoteTemplate(language.catalogue.noteTemplate, in: language)
  }

  /// The template of slides in a language.
  static func slides(in language: Language) throws -> NoteTemplate {
    try NoteTemplate(language.catalogue.slidesTemplate, in: language)
  }

  /// The template of a model's card in a language.
  static func card(in language: Language) throws -> NoteTemplate {
    try NoteTemplate(language.catalogue.cardTemplate, in: language)
  }

  private init(_ text: String, in language: Language) throws {
    template = try MustacheTemplate(string: language.typeset(text))
  }

  /// A user's own.
  ///
  /// - Throws: `StorageError.unreadable`, or `HarnessError.malformed` with what is wrong with it.
  init(contentsOf file: URL) throws {
    let text = try String(decoding: Files.read(file, limit: 1 << 20), as: UTF8.self)
    do {
      // Markdown, in which nothing is escaped as in HTML.
      template = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}" + text)
    } catch {
      throw HarnessError.malformed(file: file.path, reason: "it is no Mustache template: \(error)")
    }
  }

  /// The text that `context` makes of it, with no more than one empty line between paragraphs.
  func text(_ context: [String: Any]) -> String {
    let lines = template.render(context).split(separator: "\n", omittingEmptySubsequences: false)
    var kept: [Substring] = []
    for line in lines where !(line.isEmpty && kept.last?.isEmpty != false) { kept.append(line) }
    return kept.joined(separator: "\n").trimmingCharacters(in: .newlines) + "\n"
  }
}
