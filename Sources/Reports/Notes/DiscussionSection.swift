import Harness

/// What agrees with the earlier reports and what doesn't, what the noise hides, and where the chosen models fail.
struct DiscussionSection: NotePart {
  static let key = "discussion"
  let subject: Note

  /// A list of texts.
  func templateValue(of section: ReportSection, _ shown: (ReportSection) -> String) -> Any { section.texts }

  func make() -> ReportSection? {
    let paragraphs = claims + [noise].compactMap { $0 } + failures
    return paragraphs.isEmpty ? nil : ReportSection(title: "", blocks: paragraphs.map { .text($0) })
  }

  /// The claims by what became of them in all experiments together, with their numbers in the table.
  private var claims: [String] {
    let kinds: [(kinds: [ClaimVerdict], text: (any Catalogue) -> ([String]) -> String)] = [
      ([.reproduced, .sameDirection, .smaller], { $0.agreement }),
      ([.contradicted, .equivalent], { $0.contradiction }),
    ]
    return kinds.compactMap { kinds, text in
      let own = note.claimVerdicts.filter { kinds.contains($0.verdict) }.map { number, _ in
        "\(Claim.all[number - 1].statement.text(in: language)) (\(number))"
      }
      return own.isEmpty ? nil : language.say { text($0)(own) }
    }
  }

  /// Which noise leaves differences undecided: that of trainings, or that of pictures.
  private var noise: String? {
    let undecided = note.reports.flatMap { report in
      report.judged.contrasts.filter { report.judged[$0].verdict == .undecided }
    }
    let ofTrainings = undecided.count { ($0.difference.trainingError ?? .infinity) > ($0.difference.pictureError ?? 0) }
    return undecided.isEmpty ? nil : say { $0.undecidedNoise(ofTrainings: ofTrainings, of: undecided.count) }
  }

  private var failures: [String] {
    note.reports.prefix(1).compactMap { report in
      guard let leader = report.leader else { return nil }
      let weak = report.weakClasses(of: leader)
      let sentences =
        (weak.isEmpty ? [] : [say { $0.weakClasses(weak, of: leader.label) }])
        + ConfusionSection(subject: report).sentences + DrivesSection(subject: report).sentences
        + CalibrationSection(subject: report).sentences
      return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }
  }
}
