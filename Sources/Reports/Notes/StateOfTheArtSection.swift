import Foundation
import Harness
import Yams

/// What others reached on the benchmark: `stateOfTheArt.yaml`.
private struct StateOfTheArt: Decodable {
  struct Model: Decodable {
    let model: LocalisedText
    let year: Int
    let validation, test, frames: String?
    let data: LocalisedText?
    /// In millions.
    let parameters: Double?
    let source: LocalisedText
  }

  let models: [Model]

  static let all: StateOfTheArt = {
    do {
      return try YAMLDecoder().decode(StateOfTheArt.self, from: EmbeddedText.stateOfTheArt_yaml)
    } catch {
      preconditionFailure("stateOfTheArt.yaml, which is part of the program: \(error)")
    }
  }()
}

/// The state of the art as a table.
struct StateOfTheArtSection: NotePart {
  static let key = "stateOfTheArt"
  let subject: Note

  func make() -> ReportSection? {
    let columns = [
      column(\.fieldModel, "model"), column(\.year, "year"), column(\.validationSplit, "validation_mean_iou"),
      column(\.testSplit, "test_mean_iou"), column(\.extraData, "extra_data"),
      column(\.millionParameters, "million_parameters"), column(\.framesPerSecond, "frames_per_second"),
      column(\.fieldSource, "source"),
    ]
    let rows = StateOfTheArt.all.models.map { model -> [Table.Value] in
      [
        model.model.value(in: language), .text("\(model.year)"), number(model.validation), number(model.test),
        model.data?.value(in: language) ?? .text("–"), .score(model.parameters, digits: 1), number(model.frames),
        model.source.value(in: language),
      ]
    }
    let table = ReportTable(
      name: "state_of_the_art", note: say(\.fieldNote), table: Table(columns: columns, rows: rows))
    return ReportSection(title: "", blocks: [.table(table)])
  }

  /// Numbers with a remark, with the language's decimal mark.
  private func number(_ text: String?) -> Table.Value {
    guard let text else { return .text("–") }
    return .phrase(in: language) { catalogue in
      text.replacingOccurrences(of: ", ms", with: catalogue.endSeparator + "ms")
        .replacingOccurrences(of: "(?<=[0-9])\\.(?=[0-9])", with: catalogue.decimalMark, options: .regularExpression)
    }
  }
}
