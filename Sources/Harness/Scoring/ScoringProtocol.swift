import Scenes

/// How void and ignored pixels count. Every table names its protocol.
public enum ScoringProtocol: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
  /// The Cityscapes category score: truth pixels of labels that the official evaluation ignores are dropped, and
  /// predicting void, or an ignored label, on a counted pixel is a miss. Needs label ids.
  case official
  /// Only void truth is dropped.
  case seven
  /// Void is a category like any other.
  case eight
  /// As `seven`, but of pixels near borders between categories alone: see `BorderBand`.
  case borders

  /// The categories that have a score of their own.
  public var categories: [Category] {
    self == .eight ? Category.allCases : Category.allCases.filter { $0 != .void }
  }

  /// The protocol called `name`.
  ///
  /// - Throws: `HarnessError.unknown` with the nearest.
  public static func named(_ name: String) throws -> ScoringProtocol {
    guard let known = ScoringProtocol(rawValue: name) else {
      throw HarnessError.unknown(kind: "protocol", name: name, known: allCases.map(\.rawValue))
    }
    return known
  }

  /// One line for tables and captions.
  public func summary(in language: Language) -> String {
    switch self {
    case .official:
      language.say(
        "Cityscapes category score: pixels of ignored labels left out",
        "score par catégorie de Cityscapes, sans les pixels dont l'étiquette est ignorée")
    case .seven:
      language.say(
        "void truth left out, seven categories", "sept catégories, sans les pixels `void` de la vérité terrain")
    case .eight: language.say("void counted as an eighth category", "`void` comptée comme huitième catégorie")
    case .borders:
      language.say(
        "as seven, only pixels within \(BorderBand.reach) of another category's",
        "comme `seven`, seuls les pixels à \(BorderBand.reach) au plus d'une autre catégorie")
    }
  }
}
