import Foundation

extension Report {
  var costSection: ReportSection? {
    let hasSeeds = shown.contains { $0.records.count > 1 }
    let rows = shown.map { group -> [Table.Value] in
      let fit = group.records[0].fit
      return groupValues(group) + [
        .seconds(group.fitSeconds), .seconds(epochSeconds(group)), .seconds(secondsToBest(group)),
        .score(group.mean { $0.fit.epochs.map(Double.init) }, digits: hasSeeds ? 1 : 0),
        .whole(fit.parameters), .score(group.gigaFLOPs, digits: 2),
        .bytes(group.records.compactMap(\.fit.peakBytes).max()),
        .score(1000 * group.records.map(\.predictionSeconds).mean, digits: 2),
        .score(group.scores.mean(.meanIoU)),
      ]
    }
    let table = Table(columns: costColumns, rows: rows).withoutEmptyColumns
    return ReportSection(
      title: say("Cost", "Coût"),
      blocks: [.table(ReportTable(name: "cost", note: costNote, table: table)), .figure(costFigure)])
  }

  private var costColumns: [Table.Column] {
    groupColumns + [fitTimeColumn]
      + [
        (say("An epoch", "Durée d'une époque"), "epoch_seconds"),
        (say("To the best epoch", "Jusqu'à la meilleure époque"), "best_seconds"),
        (say("Epochs", "Époques"), "epochs"), (say("Parameters", "Paramètres"), "parameters"),
        (say("GFLOPs a picture", "GFLOP par image"), "gigaflops"), (say("Peak memory", "Pic de mémoire"), "peak_bytes"),
        (say("ms a picture", "ms par image"), "prediction_milliseconds"), (say("Mean IoU", "IoU moyenne"), "mean_iou"),
      ].map { .init(title: $0.0, key: $0.1) }
  }

  private var costNote: String {
    let size = groups[0].settings.data.size
    return say(
      "Means over seeds. Fit times hold the validation after each epoch; peak memory is that of the whole process while "
        + "fitting, the highest of the seeds. GFLOPs: two operations for each multiply-add of a network's convolutions, "
        + "by their definition, for one picture of \(size). Milliseconds are of prediction alone. Times are those of the "
        + "machines under [How it was made](#how-it-was-made). Mean IoU: protocol `\(index.headline.rawValue)`.",
      "Moyennes sur les graines. Le temps d'apprentissage comprend la validation après chaque époque ; le pic de mémoire "
        + "est celui du processus entier pendant l'apprentissage, le plus élevé des graines. GFLOP : deux opérations par "
        + "multiplication-addition des convolutions d'un réseau, d'après leur définition, pour une image de \(size). Les "
        + "millisecondes sont celles de la prédiction seule. Les temps sont ceux des machines décrites sous "
        + "[Provenance](#provenance). IoU moyenne : protocole `\(index.headline.rawValue)`.")
  }

  private func epochSeconds(_ group: Group) -> Double? {
    let all = group.epochs.joined().map(\.seconds)
    return all.isEmpty ? nil : all.mean
  }

  private func secondsToBest(_ group: Group) -> Double? {
    guard group.epochs.count == group.records.count else { return nil }
    return zip(group.epochs, group.records).map { epochs, record in
      epochs.prefix(record.fit.bestEpoch ?? 0).reduce(0) { $0 + $1.seconds }
    }.mean
  }

  /// Quality against what it costs to fit and to predict.
  private var costFigure: ReportFigure {
    func panel(_ label: String, _ cost: (Group) -> Double) -> Plots.Panel {
      Plots.Panel(
        xLabel: label, yLabel: say("test mean IoU", "IoU moyenne de test"), isCurve: false, isLogarithmic: true,
        series: uniqued(shown.map(\.model)).map { model in
          Plots.Series(
            name: model, colour: Self.colour(of: model),
            points: shown.filter { $0.model == model }.compactMap { group in
              group.scores.estimate(.meanIoU).map {
                Plots.Point(x: cost(group), y: $0.value, low: $0.interval?.low, high: $0.interval?.high)
              }
            })
        })
    }
    let panels = [
      panel(say("fit time in seconds", "temps d'apprentissage en secondes")) { max($0.fitSeconds, 1e-3) },
      panel(say("milliseconds to predict a picture", "durée de prédiction d'une image en millisecondes")) {
        max(1000 * $0.records.map(\.predictionSeconds).mean, 1e-3)
      },
    ]
    return ReportFigure(
      name: "cost",
      caption: say(
        "Test mean IoU with its 95 % interval against fit time and prediction time, protocol "
          + index.headline.rawValue,
        "IoU moyenne de test, avec son intervalle à 95 %, en fonction du temps d'apprentissage et du temps de prédiction, "
          + "protocole \(index.headline.rawValue)")
    ) { try Plots(panels: panels).draw(to: $0, name: $1) }
  }
}
