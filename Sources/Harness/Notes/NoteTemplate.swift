import Compute
import Foundation
import Mustache

/// A Mustache template that comes with the program, or a user's own in its place.
struct NoteTemplate {
  /// The templates in `Templates/`, in each language.
  enum Kind {
    /// The sections of the technical note.
    case note
    /// The card of one model.
    case card
  }

  private let template: MustacheTemplate

  /// The template of a kind that comes with the program.
  init(_ kind: Kind, in language: Language) throws {
    let bytes =
      switch (kind, language) {
      case (.note, .english): PackageResources.note_en_mustache
      case (.note, .french): PackageResources.note_fr_mustache
      case (.card, .english): PackageResources.card_en_mustache
      case (.card, .french): PackageResources.card_fr_mustache
      }
    let text = String(decoding: bytes, as: UTF8.self)
    template = try MustacheTemplate(string: language == .french ? Language.typeset(text) : text)
  }

  /// A user's own.
  ///
  /// - Throws: `ComputeError.unreadable`, or `HarnessError.malformed` with what is wrong with it.
  init(contentsOf file: URL) throws {
    let text = try String(decoding: Files.read(file, limit: 1 << 20), as: UTF8.self)
    do {
      template = try MustacheTemplate(string: text)
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
