import Harness

// MARK: What numbers say

extension French {
  func leading(_ standings: Standings) -> String {
    """
    La validation désigne \(code(standings.leader.label)), dont l'IoU moyenne sur les scènes de test est de \
    \(decimal(standings.score.value, digits: 3))\(standings.score.interval.map { " " + interval($0, digits: 3) } ?? "").
    """
  }

  func standing(_ outcomes: Outcomes, of name: String) -> String {
    let parts = [
      (outcomes[.better], "fait mieux que "), (outcomes[.worse], "fait moins bien que "),
      (outcomes[.equivalent], "équivaut, à \(shortest(outcomes.margin)) près, à "),
      (outcomes[.undecided], "ne se distingue pas de "),
    ].filter { !$0.0.isEmpty }
    return "Il " + list(parts.map { $0.1 + list($0.0.map(told)) }, last: " ; il ", between: " ; il ") + "."
      + corrected(outcomes) + power(outcomes)
  }

  /// A difference by its row's name, with its interval.
  private func told(_ outcome: Outcome) -> String {
    "\(code(outcome.name)) (\(difference(outcome.difference, digits: 3)))"
  }

  /// Why what an interval seems to decide is undecided.
  private func corrected(_ outcomes: Outcomes) -> String {
    let all = outcomes.undecidedTogether
    guard !all.isEmpty else { return "" }
    let (names, values) = (list(all.map { code($0.name) }), list(all.map { decimal($0.judgement.p, digits: 3) }))
    let (one, several) =
      outcomes.comparisons > 1
      ? (
        ", corrigée pour \(number(outcomes.comparisons)) comparaisons,",
        ", corrigées pour \(number(outcomes.comparisons)) comparaisons,"
      )
      : ("", "")
    return all.count == 1
      ? " L'intervalle de \(names) exclut zéro, mais sa valeur p\(one) est de \(values)."
      : " Les intervalles de \(names) excluent zéro, mais leurs valeurs p\(several) sont de \(values)."
  }

  private func power(_ outcomes: Outcomes) -> String {
    outcomes.detectable.map {
      """
       Pour ce qui reste indécis, ce test décèle quatre fois sur cinq un écart d'au moins \(decimal($0, digits: 2)).
      """
    } ?? ""
  }

  func source(_ gains: ClassGains, of name: String, over other: String) -> String {
    guard !gains.leading.isEmpty else {
      return "L'écart entre \(code(name)) et \(code(other)) se répartit sur toutes les classes."
    }
    return """
      L'écart entre \(code(name)) et \(code(other)) tient surtout à \
      \(list(gains.leading.map { "\(quoted($0.name)) (\(signed($0.value, digits: 2)) d'IoU)" })).
      """
  }

  func weakClasses(_ classes: [ClassGains.Gain], of name: String) -> String {
    let (missed, poor) = classes.missedAndPoor
    func shown(_ classes: [ClassGains.Gain]) -> String {
      list(classes.map { "\(quoted($0.name)) (IoU de \(decimal($0.value, digits: 2)))" })
    }
    let parts =
      (missed.isEmpty ? [] : ["ne reconnaît presque pas \(shown(missed))"])
      + (poor.isEmpty ? [] : ["reconnaît mal \(shown(poor))"])
    return "\(code(name)) \(list(parts))."
  }

  func nearBorders(_ borders: Double, all: Double, of name: String) -> String {
    """
    Aux frontières entre classes, son IoU moyenne est de \(decimal(borders, digits: 3)), soit \
    \(decimal(abs(all - borders), digits: 3)) de \(borders < all ? "moins" : "plus") que sur l'ensemble des pixels.
    """
  }

  func outcomes(_ outcomes: Outcomes, against reference: String, of name: String?) -> String {
    let parts = [
      (outcomes[.better], "fait mieux", "font mieux"), (outcomes[.worse], "fait moins bien", "font moins bien"),
      (
        outcomes[.equivalent], "est équivalent à \(shortest(outcomes.margin)) près",
        "sont équivalents à \(shortest(outcomes.margin)) près"
      ),
      (outcomes[.undecided], "reste indécis", "restent indécis"),
    ].filter { !$0.0.isEmpty }.map { rows, one, several in
      "\(list(rows.map(told))) \(rows.count == 1 ? one : several)"
    }
    let start = "Par rapport à \(code(reference))" + (name.map { ", avec \(code($0))" } ?? "")
    return "\(start), \(parts.joined(separator: " ; "))." + corrected(outcomes) + power(outcomes)
  }

  func undecidedRest(_ count: Int, of all: Int) -> String {
    if count == all { return "Aucune des \(number(all)) comparaisons n'est tranchée." }
    return count == 1
      ? "Une autre comparaison reste indécise." : "\(number(count)) autres comparaisons restent indécises."
  }

  var ofTheseTrainings: String {
    "Lorsqu'une ligne n'a été entraînée qu'une fois, cela ne vaut que pour ces entraînements."
  }

  func weather(_ finding: WeatherFinding) -> String {
    let losses = finding.losses.map { "\(condition($0.condition)) (\(decimal($0.meanIoU, digits: 3)))" }
    return """
      Entraîné sans augmentation, \(code(finding.name)) atteint \(decimal(finding.clean, digits: 3)) par temps clair ; \
      \(finding.losses.count == 1 ? "sous \(losses[0])" : "du pire au meilleur : \(list(losses))").
      """
  }

  func lifts(_ finding: WeatherFinding) -> String {
    guard !finding.lifts.isEmpty else {
      return "Aucune augmentation n'améliore son score au-delà du bruit sous l'une de ces conditions."
    }
    let parts = finding.liftsByAugmentation.map { name, lifts in
      "\(code(name)) apporte "
        + list(lifts.map { "\(difference($0.difference, digits: 3)) sous \(condition($0.condition))" })
    }
    let without = finding.helpless
    return "Parmi les augmentations utiles, l'effet le plus fort par condition : \(parts.joined(separator: " ; "))"
      + (without.isEmpty ? "." : " ; sous \(list(without.map(condition))), aucune ne dépasse le bruit.")
      + (finding.broadest.map { broadest in
        let count = "\(broadest.conditions.count) des \(finding.losses.count) conditions"
        return " \(code(broadest.augmentation)) aide sous \(count), plus que toute autre : "
          + "\(list(broadest.conditions.map(condition)))."
      } ?? "")
      + " Les différences sous météo simulée sont jugées ensemble."
  }

  func rivals(_ rivals: [WeatherFinding.Rival], of name: String) -> String {
    let judged = "Toutes les différences sous météo simulée étant jugées ensemble,"
    guard !rivals.isEmpty else { return "\(judged) aucun autre modèle ne s'y montre meilleur que \(code(name))." }
    let parts = rivals.map { rival in
      let gains = rival.gains.map { "sous \(condition($0.condition)) (\(difference($0.difference, digits: 3)))" }
      return "\(code(rival.name)) fait mieux que lui \(list(gains))"
    }
    return "\(judged) \(parts.joined(separator: " ; "))."
  }

  func sizes(_ finding: TrainingSizesFinding) -> String {
    let scenes = finding.scenes.map(number)
    let last = finding.last.map { last in
      let text =
        switch last.verdict {
        case .better: "l'IoU moyenne monte encore"
        case .worse: "l'IoU moyenne baisse"
        case .equivalent: "l'IoU moyenne varie de moins de \(shortest(finding.margin))"
        case .undecided: "on ne peut dire si l'IoU moyenne monte encore"
        }
      let gain = difference(last.difference, digits: 3)
      return " Au dernier pas, à partir de \(scenes[scenes.count - 2]) (\(gain)), \(text)."
    }
    return """
      De \(scenes[0]) à \(scenes[scenes.count - 1]) scènes d'apprentissage, l'IoU moyenne de \
      \(code(finding.name)) varie de \(difference(finding.gain, digits: 3)).\(last ?? "")
      """
  }

  func claims(_ verdicts: [(number: Int, verdict: ClaimVerdict)], of all: Int) -> String {
    func numbers(_ kinds: ClaimVerdict...) -> String? {
      let own = verdicts.filter { kinds.contains($0.verdict) }.map { "\($0.number)" }
      return own.isEmpty ? nil : list(own)
    }
    let parts = [
      numbers(.reproduced).map { "reproduites : \($0)" },
      numbers(.sameDirection, .smaller).map { "même sens, parfois moindre : \($0)" },
      numbers(.contradicted, .equivalent).map { "contredites : \($0)" },
      numbers(.undecided).map { "indécises : \($0)" },
    ].compactMap { $0 }
    let tested = verdicts.filter { $0.verdict != .untested }.count
    return """
      Sur les \(all) affirmations, \(tested) ont pu être testées (numéros du tableau) ; \
      \(parts.joined(separator: " ; ")).
      """
  }

  func mistakes(_ mistakes: [Mistake], of name: String) -> String {
    let parts = mistakes.map {
      "\(Int((100 * $0.share).rounded())) % des pixels \(quoted($0.truth)) sont pris pour \(quoted($0.prediction))"
    }
    return "Principales confusions de \(code(name)) : \(list(parts))."
  }

  func budget(_ budget: Budget) -> String {
    let rate = counted(1 / budget.frameSeconds, digits: budget.frameSeconds > 0.1 ? 1 : 0, "image", "images")
    let parameters = budget.parameters.map {
      ", avec \(counted(Double($0) / 1e6, digits: 1, "million", "millions")) de paramètres"
    }
    return """
      Pour une image isolée de 512x256, \(code(budget.name)) demande \(decimal(1000 * budget.frameSeconds, digits: 1)) ms \
      (\(threads(budget.place))\(budget.isBusy ? ", à côté d'autres travaux" : "")), soit \(rate) par seconde\
      \(parameters ?? "").
      """
  }

  /// A number with its noun, which is singular below two.
  private func counted(_ value: Double, digits: Int, _ one: String, _ several: String) -> String {
    let text = decimal(value, digits: digits)
    return "\(text) \(text.hasPrefix("0") || text == "1" || text.hasPrefix("1,") ? one : several)"
  }

  func bargain(_ bargain: Bargain, times factor: Double, over name: String) -> String {
    let difference = bargain.outcome.difference
    let side = difference.value < 0 ? "supérieure" : "inférieure"
    let judged: String =
      switch bargain.outcome.judgement.verdict {
      case .better: "pour une IoU moyenne inférieure de \(decimal(difference.value, digits: 3))"
      case .worse: "avec une IoU moyenne supérieure de \(decimal(-difference.value, digits: 3))"
      case .equivalent: "avec une IoU moyenne équivalente"
      case .undecided:
        "sans s'en distinguer par l'IoU moyenne (\(side) de \(decimal(abs(difference.value), digits: 3)))"
      }
    return """
      \(code(bargain.budget.name)) est \(decimal(factor, digits: 1)) fois plus rapide \
      (\(decimal(1000 * bargain.budget.frameSeconds, digits: 1)) ms) \(judged).
      """
  }

  func drives(worst: ClassGains.Gain, best: ClassGains.Gain, of name: String) -> String {
    """
    D'une séquence à l'autre, l'IoU moyenne de \(code(name)) va de \(decimal(worst.value, digits: 3)) (\(worst.name)) à \
    \(decimal(best.value, digits: 3)) (\(best.name)).
    """
  }

  func calibration(
    error: Double, overconfidence: Double, worst: (condition: String, error: Double)?, of name: String
  ) -> String {
    let kind = overconfidence > 0 ? "excès" : "manque"
    return """
      Les probabilités de \(code(name)) s'écartent des fréquences de \(decimal(error, digits: 3)) en moyenne, surtout par \
      \(kind) de confiance\(worst.map { " ; sous \(condition($0.condition)), de \(decimal($0.error, digits: 3))" } ?? "").
      """
  }

  func agreement(_ claims: [String]) -> String {
    "Les rapports antérieurs et ces exécutions s'accordent, au moins sur le sens : \(claims.joined(separator: " ; "))."
  }

  func contradiction(_ claims: [String]) -> String {
    "Ces exécutions contredisent : \(claims.joined(separator: " ; "))."
  }

  func undecidedNoise(ofTrainings count: Int, of all: Int) -> String {
    let start = all == 1 ? "Sur une seule différence indécise, " : "Sur \(all) différences indécises, "
    let pictures = all - count
    return start
      + list(
        [
          count > 0
            ? "\(count) \(count == 1 ? "est masquée" : "sont masquées") surtout par le bruit d'entraînement" : nil,
          pictures > 0 ? "\(pictures) par celui des images de test, que davantage de graines ne réduirait pas" : nil,
        ].compactMap { $0 }) + "."
  }

  func recommendation(_ name: String, score: Estimate, experiment: String) -> String {
    """
    Parmi toutes les lignes de `\(experiment)`, la validation recommande \(code(name)), dont l'IoU moyenne de test est de \
    \(decimal(score.value, digits: 3))\(score.interval.map { " " + interval($0, digits: 3) } ?? "").
    """
  }

  func moreSeeds(half: Int, all: Int, of count: Int) -> String {
    let comparisons =
      count == 1
      ? "la comparaison indécise" : "\(half == all ? "les" : "au moins la moitié des") \(count) comparaisons indécises"
    return
      "Davantage de graines : \(half) par ligne feraient apparaître un écart de 0,02 dans \(comparisons) que les graines "
      + "peuvent trancher à elles seules\(half == all ? "" : ", \(all) dans toutes")."
  }

  var moreDrives: String {
    """
    Davantage de séquences de test : pour certaines comparaisons, aucun nombre de graines ne permet de déceler un écart de 0,02.
    """
  }

  func helpWeakClasses(_ names: [String]) -> String {
    """
    Une résolution plus élevée, ou des fonctions de perte qui pondèrent les classes, pour \(list(names.map(quoted))), \
    \(names.count == 1 ? "classe dont" : "classes dont") l'IoU est inférieure à 0,3.
    """
  }

  func trainUnderWeather(_ lift: WeatherFinding.Lift) -> String {
    """
    Entraîner avec \(code(lift.augmentation)) lorsque \(condition(lift.condition)) compte, puis vérifier par une météo réelle que \
    l'effet (\(difference(lift.difference, digits: 3))) se maintient.
    """
  }

  func trainUnderWeather(_ broadest: WeatherFinding.Breadth) -> String {
    """
    Entraîner avec \(code(broadest.augmentation)), utile sous \(list(broadest.conditions.map(condition))), puis vérifier par \
    une météo réelle que ces effets se maintiennent.
    """
  }

  func findHelp(_ conditions: [String]) -> String {
    "D'autres augmentations pour \(list(conditions.map(condition))), conditions sous lesquelles l'aide d'aucune de celles-ci n'est établie."
  }

  var realWeather: String {
    """
    Du brouillard, de la pluie, de la neige et des nuits réels, comme les images d'ACDC (Sakaridis, Dai et Van Gool 2021, \
    arXiv:2104.13395).
    """
  }

  var fullResolution: String {
    """
    Cityscapes en entier, en 512x256 et au-delà, avec le même fichier d'expérience : seuls `data.root` et `data.size` changent.
    """
  }

  func testClaims(_ statements: [String]) -> String {
    "Les affirmations que rien ici ne teste : \(statements.joined(separator: " ; "))."
  }

  // MARK: Short tables

  /// The name of a class in a sentence.
  private func quoted(_ name: String) -> String { "« \(className(name)) »" }

  func className(_ name: String) -> String { Self.classNames[name] ?? name }

  /// The classes of the sets that come with the program.
  private static let classNames = [
    "void": "void", "flat": "sol", "construction": "bâti", "object": "objet", "nature": "végétation", "sky": "ciel",
    "human": "humain", "vehicle": "véhicule", "road": "chaussée", "sidewalk": "trottoir", "building": "bâtiment",
    "wall": "mur", "fence": "clôture", "pole": "poteau", "traffic light": "feu de signalisation",
    "traffic sign": "panneau", "vegetation": "végétation", "terrain": "terrain", "person": "piéton",
    "rider": "conducteur de deux-roues", "car": "voiture", "truck": "camion", "bus": "bus", "train": "train",
    "motorcycle": "moto", "bicycle": "vélo", "pavement": "trottoir", "tree": "arbre", "sign-symbol": "panneau",
    "pedestrian": "piéton", "bicyclist": "cycliste",
  ]

  func briefModelsNote(headline: String, arePlain: Bool) -> String {
    """
    \(headline) La meilleure ligne de chaque modèle selon la validation\
    \(arePlain ? ", parmi celles avec `ce` et sans augmentation" : "") ; en gras : la meilleure valeur et celles qui n'en \
    diffèrent pas significativement.
    """
  }

  var briefClassesNote: String { "IoU par classe des mêmes lignes." }
  var lossColumn: String { "Fonction de perte" }
  var augmentationColumn: String { "Augmentation" }

  var fieldNote: String {
    """
    IoU moyenne en % sur les 19 classes de Cityscapes, en pleine résolution, à une seule échelle sauf mention *ms* (plusieurs \
    échelles et miroir) ; validation et test sont des images différentes. * : la source ne précise pas la partition ; par \
    convention, la validation. Les images par seconde sont celles des auteurs, chacun sur son propre GPU.
    """
  }

  var fieldModel: String { "Modèle" }
  var year: String { "Année" }
  var validationSplit: String { "val" }
  var testSplit: String { "test" }
  var extraData: String { "Données en plus" }
  var millionParameters: String { "M de paramètres" }
  var framesPerSecond: String { "Images par seconde" }
  var fieldSource: String { "Source" }
}
