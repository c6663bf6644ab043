import Harness
import Scenes

/// A part of a report or of a note: one file, and a line in `Report.sectionTypes` or `Note.sectionTypes`.
protocol Section<Subject> {
  /// What it is made from: a report, or a note.
  associatedtype Subject

  /// The name by which the templates of notes ask for it.
  static var key: String { get }

  /// Whether notes show it under its own title; where not, their template has a heading for it.
  static var isTitledInNotes: Bool { get }

  init(subject: Subject)

  /// What its numbers say; empty where they say nothing that a sentence could.
  var sentences: [String] { get }

  /// The section; nil where its subject lacks the data.
  func make() -> ReportSection?

  /// What slides show of it, point by point: its sentences, or what stands for them.
  var points: [String] { get }

  /// What templates are filled with where they ask for it.
  ///
  /// - Parameter shown: the section as Markdown, without its title.
  func templateValue(of section: ReportSection, _ shown: (ReportSection) -> String) -> Any
}

extension Section {
  static var isTitledInNotes: Bool { true }

  var sentences: [String] { [] }

  var points: [String] { sentences }

  func templateValue(of section: ReportSection, _ shown: (ReportSection) -> String) -> Any {
    Self.isTitledInNotes ? "#### \(section.title)\n\n\(shown(section))" : shown(section)
  }
}

/// A section that was made, and what made it.
struct MadeSection<Subject> {
  let maker: any Section<Subject>
  let section: ReportSection

  /// Those of `types` that `subject` has the data for, in order.
  static func all(_ types: [any Section<Subject>.Type], of subject: Subject) -> [MadeSection] {
    types.compactMap { type in
      let maker: any Section<Subject> = type.init(subject: subject)
      return maker.make().map { made in
        let sentences = maker.sentences
        let reading = sentences.isEmpty ? [] : [ReportSection.Block.text(sentences.joined(separator: " "))]
        return MadeSection(maker: maker, section: ReportSection(title: made.title, blocks: reading + made.blocks))
      }
    }
  }

  var key: String { type(of: maker).key }

  /// What templates are filled with for it; see `Section.templateValue`.
  func templateValue(_ shown: (ReportSection) -> String) -> Any { maker.templateValue(of: section, shown) }
}

extension Report {
  /// The sections of a report, in the order in which they are read; notes have them too.
  static var sectionTypes: [any Section<Report>.Type] {
    [
      MissingSection.self, ResultsSection.self, EarlierFormSection.self, ClassesSection.self, LossesSection.self,
      AugmentationsSection.self, AblationsSection.self, RobustnessSection.self, PairsSection.self,
      ContrastsSection.self, ClaimsSection.self, TrainingSizesSection.self, GridSection.self, ImportancesSection.self,
      CurvesSection.self, ConfusionSection.self,
      MasksSection.self, PicturesSection.self, DrivesSection.self, CalibrationSection.self, CostSection.self,
      SettingsSection.self, ProvenanceSection.self,
    ]
  }
}

extension Note {
  /// The sections of a note beside those of its reports.
  static var sectionTypes: [any Section<Note>.Type] {
    [
      SummarySection.self, StateOfTheArtSection.self, ModelsSection.self, ArchitectureSection.self, RecipeSection.self,
      NoteClaimsSection.self, EvidenceSection.self, DiscussionSection.self, LimitsSection.self, ConclusionSection.self,
    ]
  }
}

/// A section of a report.
protocol ReportPart: Section<Report> {
  var subject: Report { get }
}

extension ReportPart {
  var report: Report { subject }
  var language: Language { report.language }
  var index: RunStore.Index { report.index }
  var classes: ClassSet { report.classes }
  /// The groups that tables and figures show.
  var shown: [Group] { report.shown }
  /// The protocol of the scores that tables show first.
  var headline: ScoringProtocol { index.headline }
  var headlineNote: String { report.headlineNote }

  /// A text of the catalogue.
  func say(_ text: (any Catalogue) -> String) -> String { language.say(text) }

  /// Words of the catalogue in a cell of a table; English in CSV.
  func phrase(_ text: (any Catalogue) -> String) -> Table.Value { .phrase(in: language, text) }

  /// A column with a title of the catalogue.
  func column(_ title: (any Catalogue) -> String, _ key: String) -> Table.Column { .init(title: say(title), key: key) }
}

/// A section of a note.
protocol NotePart: Section<Note> {
  var subject: Note { get }
}

extension NotePart {
  static var isTitledInNotes: Bool { false }
  var note: Note { subject }
  var language: Language { note.language }

  /// A text of the catalogue.
  func say(_ text: (any Catalogue) -> String) -> String { language.say(text) }

  /// A column with a title of the catalogue.
  func column(_ title: (any Catalogue) -> String, _ key: String) -> Table.Column { .init(title: say(title), key: key) }
}
