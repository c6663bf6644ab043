import Harness

/// Every difference that the report judges, with the noise that it holds and what could have been seen.
struct ContrastsSection: ReportPart {
  static let key = "comparisons"
  let subject: Report

  func make() -> ReportSection? {
    let contrasts = report.judged.contrasts
    guard !contrasts.isEmpty else { return nil }
    let columns: [Table.Column] = [
      column(\.this, "better"), column(\.against, "worse"), column(\.protocolName, "protocol"),
      .difference(title: say(\.meanIoUGained), key: "difference"),
      .difference(title: say(\.onOtherStreets), key: "elsewhere"),
      column(\.noiseOfTrainings, "training_error"),
      column(report.test.design.isClustered ? \.noiseOfStreets : \.noiseOfPictures, "picture_error"),
      .init(title: "p", key: "p"), column(\.pEquivalent, "p_equivalent"), column(\.verdict, "verdict"),
      column(\.couldSee, "detectable"), column(\.seedsNeeded, "seeds_needed"),
    ]
    let kept: Set = ["detectable", "seeds_needed"]
    let table = Table(columns: columns, rows: contrasts.map(row)).withoutEmptyColumns(but: kept)
    let isAssumed = contrasts.contains { $0.power?.isAssumed == true }
    let note = say { $0.comparisonsNote(report.judged.count, isAssumed: isAssumed) }
    return ReportSection(
      title: say(\.comparisonsTitle), blocks: [.table(ReportTable(name: "comparisons", note: note, table: table))])
  }

  /// Whether a difference may be seen is told of this one.
  private static let wanted = 0.02

  private func row(_ contrast: Contrast) -> [Table.Value] {
    let (judgement, difference) = (report.judged[contrast], contrast.difference)
    let power = contrast.power
    let count = report.judged.count
    return [
      .text(Self.label(contrast.first, contrast.second.dropFirst())),
      .text(Self.label(contrast.second, contrast.first.dropFirst())),
      .text((contrast.isNearBorders ? .borders : index.headline).rawValue), .difference(difference),
      .difference(report.test.design.isClustered ? nil : contrast.elsewhere), .score(difference.trainingError),
      .score(difference.pictureError),
      .score(judgement.p), .score(judgement.pEquivalent), .bold(report.verdict(judgement)),
      .score(power.flatMap { Self.finite($0.noise.detectable(seeds: $0.seeds, comparisons: count)) }),
      .whole(power.flatMap { $0.noise.seeds(for: Self.wanted, comparisons: count) }),
    ]
  }

  /// A group, less its reference where a gain is set against another.
  private static func label(_ groups: [Group], _ reference: ArraySlice<Group>) -> String {
    ([groups[0]] + reference).map(\.label).joined(separator: " − ")
  }

  private static func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
}

extension Contrast {
  /// What such a comparison can see, with as many seeds as it has; nil where nothing is known of the noise of pictures.
  var power: (noise: Power, seeds: Int, isAssumed: Bool)? {
    guard let pictureError = difference.pictureError else { return nil }
    let sides = (first + second).compactMap(place.scores).filter(\.hasChance)
    let seeds = sides.map(\.seeds.count).min() ?? 1
    func noise(_ deviations: [Double]) -> Power {
      Power(deviations: deviations, pictureError: pictureError, pictureDegrees: difference.pictureDegrees)
    }
    if SeededScores.arePaired(sides), sides.count == first.count + second.count {
      let deviation = (difference.trainingError ?? 0) * Double(seeds).squareRoot()
      return (noise([deviation]), seeds, false)
    }
    let measured = sides.map { $0.values(.meanIoU)?.deviation }
    let deviations = zip(sides, measured).map { $1 ?? Power.usualDeviation(of: $0.model) }
    // With one training a side there is no test; what two would see is told by the number of seeds that is needed.
    return (noise(deviations), seeds, measured.contains { $0 == nil })
  }
}
