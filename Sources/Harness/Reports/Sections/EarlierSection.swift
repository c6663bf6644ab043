import Foundation
import Scenes

/// What an earlier report measured with a model.
struct EarlierResult {
  let model: String
  let loss: String?
  let augmentation: String?
  /// As that report describes it.
  let description: String
  let fitSeconds: Double?
  let flatIoU, flatDice, accuracy, meanIoU: Double?
  /// Whether its scores are hard ones, from labels: its IoU is accuracy / (2 - accuracy) then, as it must be. Those of
  /// the networks most probably are soft ones, from probabilities: their Dice is below their accuracy, which a hard flat
  /// Dice equals.
  var isHard = false
  /// The pictures it was tested on.
  var pictures = "photos of 512x256"

  var scoring: String { "\(pictures); \(isHard ? "hard" : "most probably soft") flat scores of `eight`" }

  private static func network(
    _ model: String, _ loss: String?, _ augmentation: String?, _ description: String, _ hours: Double, _ iou: Double,
    _ dice: Double, _ accuracy: Double
  ) -> EarlierResult {
    EarlierResult(
      model: model, loss: loss, augmentation: augmentation, description: description, fitSeconds: 3600 * hours,
      flatIoU: iou, flatDice: dice, accuracy: accuracy, meanIoU: nil)
  }

  /// Three student reports on Cityscapes' eight categories.
  static let all: [EarlierResult] = [
    EarlierResult(
      model: "random-forest", loss: nil, augmentation: nil, description: "random forest", fitSeconds: 270,
      flatIoU: 0.40,
      flatDice: nil, accuracy: 0.57, meanIoU: 0.26, isHard: true, pictures: "100 photos of 256x128"),
    EarlierResult(
      model: "linear-svc", loss: nil, augmentation: nil, description: "linear SVC, 1 to 10 min by tolerance",
      fitSeconds: nil, flatIoU: 0.31, flatDice: nil, accuracy: 0.48, meanIoU: 0.17, isHard: true,
      pictures: "100 photos of 256x128"),
    network("unet-mini", nil, "none", "UNet-mini", 9.3, 0.729, 0.842, 0.877),
    network("unet", nil, "none", "UNet", 1 + 49 / 60.0, 0.740, 0.850, 0.882),
    network("vgg-unet", "ce", "none", "VGG-UNet, cross-entropy", 3 + 43 / 60.0, 0.764, 0.865, 0.899),
    network("vgg-unet", "kl", "none", "VGG-UNet, KL divergence", 4 + 33 / 60.0, 0.784, 0.878, 0.901),
    network("vgg-unet", nil, "mirror", "VGG-UNet, mirror", 2 + 53 / 60.0, 0.738, 0.848, 0.888),
    network("vgg-unet", nil, "fog", "VGG-UNet, fog", 3 + 37 / 60.0, 0.751, 0.857, 0.890),
    network("vgg-unet", nil, "rain", "VGG-UNet, rain", 4.4, 0.773, 0.872, 0.893),
    network("vgg-unet", "kl", "rain", "VGG-UNet, KL divergence and rain", 10 + 38 / 60.0, 0.793, 0.884, 0.899),
    EarlierResult(
      model: "vgg-unet", loss: nil, augmentation: "none", description: "VGG-UNet, second report, 37 epochs",
      fitSeconds: 28800, flatIoU: nil, flatDice: nil, accuracy: nil, meanIoU: 0.69),
    EarlierResult(
      model: "vgg-unet", loss: nil, augmentation: nil, description: "VGG-UNet, second report, with augmentation",
      fitSeconds: 28800, flatIoU: 0.7703, flatDice: 0.8700, accuracy: 0.9110, meanIoU: 0.6691),
    EarlierResult(
      model: "vgg-pspnet", loss: nil, augmentation: "none", description: "VGG-PSPNet, 30 epochs",
      fitSeconds: 21600, flatIoU: 0.6931, flatDice: 0.8186, accuracy: 0.8558, meanIoU: 0.5370,
      pictures: "photos of 576x384"),
  ]
}

extension Report {
  /// The table in the form that earlier reports had, with theirs where `beside` asks for it.
  func earlierFormSection(_ beside: Beside?) -> ReportSection? {
    let note =
      "Protocol `eight`: \(ScoringProtocol.eight.summary). IoU and Dice are the flat soft ones, from probabilities, so a "
      + "linear SVC has none. Soft sums aren't stored by picture, so nothing here has an interval, and nothing is bold."
    var blocks: [ReportSection.Block] = [
      .table(ReportTable(name: "seed_protocol", note: note, table: earlierForm))
    ]
    if beside == .seeds {
      let note =
        "The figures of the earlier reports, on other data, at another size and on another machine, each above what this "
        + "experiment has of its kind. They were measured once, and say nothing of noise. Mean IoU is theirs as they give it, ours the hard one."
      blocks.append(.table(ReportTable(name: "beside_seeds", note: note, table: besideEarlier)))
    }
    return ReportSection(title: "In the form of the earlier reports", blocks: blocks)
  }

  private var earlierForm: Table {
    let columns =
      groupColumns
      + [
        ("Fit time", "fit_seconds"), ("IoU", "soft_flat_iou"), ("Dice", "soft_flat_dice"), ("Accuracy", "accuracy"),
        ("Mean IoU", "mean_iou"), ("Seeds", "seeds"),
      ].map { .init(title: $0.0, key: $0.1) }
    let rows = shown.map { group in
      groupValues(group) + [.seconds(group.fitSeconds)] + earlierScores(group) + [.whole(group.records.count)]
    }
    return Table(columns: columns, rows: rows)
  }

  /// Flat IoU and Dice, accuracy and mean IoU under `eight`; the hard flat Dice is the accuracy.
  private func earlierScores(_ group: Group, isHard: Bool = false) -> [Table.Value] {
    let flat: [(Scores) -> Double?] = isHard ? [\.flatIoU, \.accuracy] : [\.softFlatIoU, \.softFlatDice]
    return (flat + [\.accuracy, \.meanIoU]).map { .score(group.mean(.test, .eight, $0)) }
  }

  private var besideEarlier: Table {
    let columns = [
      ("Model", "model"), ("Whose", "source"), ("Fit time", "fit_seconds"), ("IoU", "iou"), ("Dice", "dice"),
      ("Accuracy", "accuracy"), ("Mean IoU", "mean_iou"), ("Protocol", "protocol"),
    ].map { Table.Column(title: $0.0, key: $0.1) }
    let size = groups[0].settings.data.size
    var rows: [[Table.Value]] = []
    var paired: Set<String> = []
    for earlier in EarlierResult.all {
      rows.append([
        .text(earlier.description), .text("earlier report"), .seconds(earlier.fitSeconds), .score(earlier.flatIoU),
        .score(earlier.flatDice), .score(earlier.accuracy), .score(earlier.meanIoU), .text(earlier.scoring),
      ])
      for group in shown where matches(group, earlier) && paired.insert(group.label).inserted {
        rows.append(
          [.text(group.label), .text("this experiment"), .seconds(group.fitSeconds)]
            + earlierScores(group, isHard: earlier.isHard)
            + [.text("\(size); \(earlier.isHard ? "hard" : "soft") flat scores of `eight`")])
      }
    }
    return Table(columns: columns, rows: rows)
  }

  private func matches(_ group: Group, _ earlier: EarlierResult) -> Bool {
    let settings = group.settings
    return settings.model == earlier.model && (earlier.loss == nil || settings.loss == earlier.loss)
      && (earlier.augmentation == nil || settings.augmentation == earlier.augmentation)
  }
}
