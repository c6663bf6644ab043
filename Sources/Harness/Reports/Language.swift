import Foundation

/// A language in which reports are written.
public enum Language: String, CaseIterable, Sendable {
  case english = "en"
  case french = "fr"

  /// The one of two texts that is in this language. French is written with plain spaces and apostrophes in the code,
  /// where others can't be told apart, and set here.
  package func say(_ english: String, _ french: String) -> String {
    self == .english ? english : Self.typeset(french)
  }

  /// What stands in the names of this language's files before their ending; the English ones have the plain names.
  package var fileMark: String { self == .english ? "" : ".\(rawValue)" }

  /// Sets French as it is printed: no line ends before a mark or within « », and apostrophes are curved. What stands
  /// in backquotes is code and stays as it is.
  static func typeset(_ text: String) -> String {
    text.components(separatedBy: "`").enumerated().map { place, part in
      guard place.isMultiple(of: 2) else { return part }
      var part = part.replacingOccurrences(of: "'", with: "\u{2019}").replacingOccurrences(of: "« ", with: "«\u{A0}")
      for mark in [":", ";", "?", "!", "%", "»"] {
        part = part.replacingOccurrences(of: " \(mark)", with: "\u{A0}\(mark)")
      }
      return part
    }.joined(separator: "`")
  }
}
