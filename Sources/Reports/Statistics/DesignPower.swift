import Foundation
import Harness
import Logging
import Scenes

/// What an experiment can see: the noise of its comparisons, as finished cells show it, or as it usually is.
struct DesignPower {
  private let comparison: Comparison
  private let test: TestOrder
  /// What finished cells tell; nil where there are none on the same pictures.
  private let finished: Report?

  init(_ comparison: Comparison) {
    self.comparison = comparison
    test = TestOrder(comparison.scenes.testPictures)
    let store = comparison.store
    let hasSamePictures = (try? store.index().testPictures) == comparison.scenes.testPictures
    let silent = Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() }
    finished = hasSamePictures ? try? Report(store, logger: silent) : nil
  }

  /// What differences may be told of this one.
  private static let wanted = 0.02

  /// The smallest differences that are found in 80 of 100 such experiments, by model, as text.
  var text: String {
    let rows = Dictionary(grouping: comparison.cells) {
      $0.settings.values(without: RunStore.Index.replicateAxes)
    }
    let seeds = rows.values.map { Set($0.map(\.settings.seed)).count }.min() ?? 1
    let count = max(1, rows.count - 1)
    let (error, degrees, isMeasured) = pictureNoise
    let design = test.design
    let clusters = design.isClustered ? "\(design.clusters.count) \(design.hasFolds ? "folds" : "drives")" : nil
    var text =
      "what it can see, \(seeds) \(seeds == 1 ? "seed" : "seeds") a row, \(test.count) test pictures of "
      + "\(test.pictures.drives.count) drives: noise of \(clusters ?? "pictures") "
      + String(format: "%.4f", error) + " (\(isMeasured ? "measured" : "usual"))\n"
    guard test.count > 1 else { return text + "one test picture decides nothing\n" }
    let columns = [
      "Model", "Deviation of seeds", "One difference", "Each of \(count)", "Seeds for \(Self.wanted)",
    ].map { Table.Column(title: $0, key: $0) }
    let models = uniqued(comparison.cells.map(\.settings.model))
    let table = Table(
      columns: columns,
      rows: models.map { model in
        let (deviation, isMeasured) = deviation(of: model)
        let hasChance = comparison.cells.first { $0.settings.model == model }.map { self.hasChance($0) } ?? true
        let power = Power(
          deviations: hasChance ? [deviation, deviation] : [], pictureError: error, pictureDegrees: degrees)
        func seen(_ comparisons: Int) -> Table.Value {
          let value = power.detectable(seeds: seeds, comparisons: comparisons)
          return value.isFinite ? .score(value, digits: 3) : .text("none")
        }
        let needed = power.seeds(for: Self.wanted, comparisons: count)
        let more = power.morePictures(for: Self.wanted, comparisons: count)
        let pictures = more.map { String(format: "%g times the \(design.isClustered ? "drives" : "pictures")", $0) }
        return [
          .text(model),
          .text(hasChance ? String(format: "%.4f", deviation) + (isMeasured ? " measured" : " usual") : "none"),
          seen(1),
          seen(count),
          .text(needed.map { hasChance ? "\($0)" : "any" } ?? "none; " + (pictures ?? "far more pictures")),
        ]
      })
    text += table.plain
    if seeds == 1 { text += "with one seed a row, what is found holds for those trainings only\n" }
    return text
  }

  private func hasChance(_ cell: Cell) -> Bool {
    (try? Estimators.named(cell.settings.model).hasChance(cell.settings)) ?? true
  }

  /// The largest deviation between seeds of the model's finished rows; else the usual one.
  private func deviation(of model: String) -> (Double, isMeasured: Bool) {
    let measured = finished?.groups.filter { $0.model == model }
      .compactMap { $0.scores.values(.meanIoU)?.deviation }.max()
    return measured.map { ($0, true) } ?? (Power.usualDeviation(of: model), false)
  }

  /// The median over finished comparisons; else the usual noise.
  private var pictureNoise: (error: Double, degrees: Double, isMeasured: Bool) {
    let measured = (finished?.judged.contrasts ?? []).map(\.difference)
      .compactMap { found in found.pictureError.map { ($0, found.pictureDegrees) } }.sorted { $0.0 < $1.0 }
    if !measured.isEmpty {
      let (error, degrees) = measured[measured.count / 2]
      return (error, degrees, true)
    }
    let (error, degrees) = Power.usualPictureNoise(test.design)
    return (error, degrees, false)
  }
}
