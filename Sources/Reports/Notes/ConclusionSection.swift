import Harness

/// What to use, and what to do next: what follows from the findings alone.
struct ConclusionSection: NotePart {
  static let key = "conclusion"
  let subject: Note

  /// A list of texts.
  func templateValue(of section: ReportSection, _ shown: (ReportSection) -> String) -> Any { section.texts }

  func make() -> ReportSection? {
    ReportSection(title: "", blocks: recommendations.map { .text($0) } + [.text(list(steps))])
  }

  /// The steps that findings ask for; those that any such work needs stand in the note.
  var points: [String] { recommendations + steps.prefix(4) }

  private func list(_ items: [String]) -> String { items.map { "- \($0)" }.joined(separator: "\n") }

  private var recommendations: [String] {
    note.reports.compactMap { report in
      guard let best = report.chosen(of: report.shown), let score = best.scores.estimate(.meanIoU) else { return nil }
      let cost = report.budget(of: best).map { budget in say { $0.budget(budget) } }
      let bargains = best.place == report.leader?.place ? report.costSentences.dropFirst() : []
      return
        ([say { $0.recommendation(best.label, score: score, experiment: report.experiment.name) }, cost]
        .compactMap { $0 } + bargains).joined(separator: " ")
    }
  }

  private var steps: [String] {
    let undecided = note.reports.flatMap { report in
      report.judged.contrasts.filter { report.judged[$0].verdict == .undecided }.map { (report, $0) }
    }
    let seeds = undecided.compactMap { report, contrast in
      contrast.power.flatMap { $0.noise.seeds(for: 0.02, comparisons: report.judged.count) }
    }.sorted()
    let needMorePictures = undecided.contains { report, contrast in
      contrast.power.map { $0.noise.seeds(for: 0.02, comparisons: report.judged.count) == nil } ?? true
    }
    let weak = uniqued(
      note.reports.flatMap { report in
        report.chosen(of: report.shown).map { report.weakClasses(of: $0).map(\.name) } ?? []
      })
    let findings = note.reports.compactMap(\.weatherFinding)
    let training =
      findings.compactMap(\.broadest).first.map { broadest in say { $0.trainUnderWeather(broadest) } }
      ?? findings.flatMap(\.lifts).max { $0.difference.value < $1.difference.value }
      .map { lift in say { $0.trainUnderWeather(lift) } }
    let helpless = findings.filter(\.hasAugmentations).flatMap(\.helpless)
    let tested = Set(note.claimVerdicts.map(\.number))
    let untested =
      note.claimVerdicts.isEmpty ? [] : Claim.all.enumerated().filter { !tested.contains($0.offset + 1) }.map(\.element)
    return [
      seeds.last.map { all in say { $0.moreSeeds(half: seeds[(seeds.count - 1) / 2], all: all, of: seeds.count) } },
      needMorePictures ? say(\.moreDrives) : nil,
      weak.isEmpty ? nil : say { $0.helpWeakClasses(weak) },
      training, helpless.isEmpty ? nil : say { $0.findHelp(uniqued(helpless)) }, say(\.realWeather),
      say(\.fullResolution),
      untested.isEmpty ? nil : say { text in text.testClaims(untested.map { $0.statement.text(in: language) }) },
    ].compactMap { $0 }
  }
}
