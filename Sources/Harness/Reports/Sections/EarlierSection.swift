import Foundation
import Scenes

/// What an earlier report measured with a model.
struct EarlierResult {
  let model: String
  let loss: String?
  let augmentation: String?
  /// As that report describes it, in English and in French.
  let description, frenchDescription: String
  let fitSeconds: Double?
  let flatIoU, flatDice, accuracy, meanIoU: Double?
  /// Whether its scores are hard ones, from labels: its IoU is accuracy / (2 - accuracy) then, as it must be. Those of
  /// the networks most probably are soft ones, from probabilities: their Dice is below their accuracy, which a hard flat
  /// Dice equals.
  var isHard = false
  /// How many photos it was tested on, where that is known, and their size.
  var photoCount: Int?
  var size = "512x256"

  /// On what it was scored, and how.
  func scoring(in language: Language) -> String {
    let count = photoCount.map { "\($0) " } ?? ""
    return language.say(
      "\(count)photos of \(size); \(isHard ? "hard" : "most probably soft") flat scores of `eight`",
      "\(count)photos en \(size) ; scores globaux \(isHard ? "durs" : "très probablement souples") (`eight`)")
  }

  private static func network(
    _ model: String, _ loss: String?, _ augmentation: String?, _ description: String, _ frenchDescription: String,
    _ hours: Double, _ iou: Double, _ dice: Double, _ accuracy: Double
  ) -> EarlierResult {
    EarlierResult(
      model: model, loss: loss, augmentation: augmentation, description: description,
      frenchDescription: frenchDescription, fitSeconds: 3600 * hours, flatIoU: iou, flatDice: dice, accuracy: accuracy,
      meanIoU: nil)
  }

  /// Three student reports on Cityscapes' eight categories.
  static let all: [EarlierResult] = [
    EarlierResult(
      model: "random-forest", loss: nil, augmentation: nil, description: "random forest",
      frenchDescription: "forêt aléatoire", fitSeconds: 270, flatIoU: 0.40, flatDice: nil, accuracy: 0.57,
      meanIoU: 0.26, isHard: true, photoCount: 100, size: "256x128"),
    EarlierResult(
      model: "linear-svc", loss: nil, augmentation: nil, description: "linear SVC, 1 to 10 min by tolerance",
      frenchDescription: "SVC linéaire, 1 à 10 min selon la tolérance", fitSeconds: nil, flatIoU: 0.31, flatDice: nil,
      accuracy: 0.48, meanIoU: 0.17, isHard: true, photoCount: 100, size: "256x128"),
    network("unet-mini", nil, "none", "UNet-mini", "UNet-mini", 9.3, 0.729, 0.842, 0.877),
    network("unet", nil, "none", "UNet", "UNet", 1 + 49 / 60.0, 0.740, 0.850, 0.882),
    network(
      "vgg-unet", "ce", "none", "VGG-UNet, cross-entropy", "VGG-UNet, entropie croisée", 3 + 43 / 60.0, 0.764, 0.865,
      0.899),
    network(
      "vgg-unet", "kl", "none", "VGG-UNet, KL divergence", "VGG-UNet, divergence KL", 4 + 33 / 60.0, 0.784, 0.878, 0.901
    ),
    network("vgg-unet", nil, "mirror", "VGG-UNet, mirror", "VGG-UNet, miroir", 2 + 53 / 60.0, 0.738, 0.848, 0.888),
    network("vgg-unet", nil, "fog", "VGG-UNet, fog", "VGG-UNet, brouillard", 3 + 37 / 60.0, 0.751, 0.857, 0.890),
    network("vgg-unet", nil, "rain", "VGG-UNet, rain", "VGG-UNet, pluie", 4.4, 0.773, 0.872, 0.893),
    network(
      "vgg-unet", "kl", "rain", "VGG-UNet, KL divergence and rain", "VGG-UNet, divergence KL et pluie",
      10 + 38 / 60.0, 0.793, 0.884, 0.899),
    EarlierResult(
      model: "vgg-unet", loss: nil, augmentation: "none", description: "VGG-UNet, second report, 37 epochs",
      frenchDescription: "VGG-UNet, deuxième rapport, 37 époques", fitSeconds: 28800, flatIoU: nil, flatDice: nil,
      accuracy: nil, meanIoU: 0.69),
    EarlierResult(
      model: "vgg-unet", loss: nil, augmentation: nil, description: "VGG-UNet, second report, with augmentation",
      frenchDescription: "VGG-UNet, deuxième rapport, avec augmentation", fitSeconds: 28800, flatIoU: 0.7703,
      flatDice: 0.8700, accuracy: 0.9110, meanIoU: 0.6691),
    EarlierResult(
      model: "vgg-pspnet", loss: nil, augmentation: "none", description: "VGG-PSPNet, 30 epochs",
      frenchDescription: "VGG-PSPNet, 30 époques", fitSeconds: 21600, flatIoU: 0.6931, flatDice: 0.8186,
      accuracy: 0.8558, meanIoU: 0.5370,
      size: "576x384"),
  ]
}

extension Report {
  /// The table in the form that earlier reports had, with theirs where `beside` asks for it.
  var earlierFormSection: ReportSection? {
    let summary = ScoringProtocol.eight.summary(in: language)
    let note = say(
      "Protocol `eight`: \(summary). IoU and Dice are the flat soft ones, from probabilities, so a linear SVC has none. "
        + "Soft sums aren't stored by picture, so nothing here has an interval, and nothing is bold.",
      "Protocole `eight` : \(summary). L'IoU et le Dice sont les scores globaux souples, calculés sur les probabilités : "
        + "un SVC linéaire n'en a donc pas. Les sommes souples ne sont pas enregistrées par image ; rien ici n'a donc "
        + "d'intervalle, et rien n'est en gras.")
    var blocks: [ReportSection.Block] = [
      .table(ReportTable(name: "seed_protocol", note: note, table: earlierForm))
    ]
    if beside == .seeds {
      let note = say(
        "The figures of the earlier reports, on other data, at another size and on another machine, each above what this "
          + "experiment has of its kind. They were measured once, and say nothing of noise. Mean IoU is theirs as they "
          + "give it, ours the hard one.",
        "Chiffres des rapports antérieurs, obtenus sur d'autres données, à une autre taille et sur une autre machine, "
          + "chacun au-dessus des résultats comparables de cette expérience. Mesurés une seule fois, ils ne disent rien du "
          + "bruit. L'IoU moyenne est, pour eux, celle qu'ils donnent ; pour cette expérience, l'IoU dure, "
          + "calculée sur les catégories prédites.")
      blocks.append(.table(ReportTable(name: "beside_seeds", note: note, table: besideEarlier)))
    }
    return ReportSection(
      title: say("In the form of the earlier reports", "Sous la forme des rapports antérieurs"), blocks: blocks)
  }

  /// The first column of the earlier reports, which had this title in French too.
  private var earlierModel: Table.Column { .init(title: "Model", key: "model") }

  /// The columns that the earlier reports had beside it, in French under their very titles, of which some are English.
  private func earlierScoreColumns(iou: String, dice: String) -> [Table.Column] {
    [
      .init(title: say("Fit time", "Temps de Fit"), key: "fit_seconds"), .init(title: "IoU", key: iou),
      .init(title: say("Dice", "dice"), key: dice), .init(title: say("Accuracy", "accuracy"), key: "accuracy"),
      .init(title: say("Mean IoU", "IoU moyenne"), key: "mean_iou"),
    ]
  }

  private var earlierForm: Table {
    let columns: [Table.Column] =
      [earlierModel] + groupColumns.dropFirst()
      + earlierScoreColumns(iou: "soft_flat_iou", dice: "soft_flat_dice") + [seedsColumn]
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
    let columns: [Table.Column] =
      [earlierModel, .init(title: say("Whose", "Origine"), key: "source")]
      + earlierScoreColumns(iou: "iou", dice: "dice") + [.init(title: say("Protocol", "Protocole"), key: "protocol")]
    let size = groups[0].settings.data.size
    var rows: [[Table.Value]] = []
    var paired: Set<String> = []
    for earlier in EarlierResult.all {
      rows.append([
        phrase(earlier.description, earlier.frenchDescription), phrase("earlier report", "rapport antérieur"),
        .seconds(earlier.fitSeconds), .score(earlier.flatIoU),
        .score(earlier.flatDice), .score(earlier.accuracy), .score(earlier.meanIoU),
        phrase(earlier.scoring(in: .english), earlier.scoring(in: .french)),
      ])
      for group in shown where matches(group, earlier) && paired.insert(group.label).inserted {
        rows.append(
          [.text(group.label), phrase("this experiment", "cette expérience"), .seconds(group.fitSeconds)]
            + earlierScores(group, isHard: earlier.isHard)
            + [
              phrase(
                "\(size); \(earlier.isHard ? "hard" : "soft") flat scores of `eight`",
                "\(size) ; scores globaux \(earlier.isHard ? "durs" : "souples") (`eight`)")
            ])
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
