import Foundation
import Scenes
import Harness

/// French.
struct French: Catalogue {
  let code = "fr"

  var noteTemplate: String { EmbeddedText.note_fr_mustache }
  var slidesTemplate: String { EmbeddedText.slides_fr_mustache }
  var cardTemplate: String { EmbeddedText.card_fr_mustache }

  var decimalMark: String { "," }
  var endSeparator: String { " ; " }
  var colon: String { " : " }

  /// By narrow spaces at which no line ends.
  func number(_ number: Int) -> String { grouped(number, by: "\u{202F}") }

  func numbers(_ range: ClosedRange<Int>) -> String {
    range.count == 1 ? number(range.lowerBound) : "\(number(range.lowerBound)) à \(number(range.upperBound))"
  }

  /// No line ends before a mark or within « », and apostrophes are curved.
  func typeset(_ text: String) -> String {
    text.components(separatedBy: "`").enumerated().map { place, part in
      guard place.isMultiple(of: 2) else { return part }
      var part = part.replacingOccurrences(of: "'", with: "\u{2019}").replacingOccurrences(of: "« ", with: "«\u{A0}")
      for mark in [":", ";", "?", "!", "%", "»"] {
        part = part.replacingOccurrences(of: " \(mark)", with: "\u{A0}\(mark)")
      }
      return part
    }.joined(separator: "`")
  }
}

// MARK: The frame

extension French {
  var figuresLeftOut: String { "Les figures sont omises : gnuplot n'est pas installé." }

  func scenes(
    training: ClosedRange<Int>, validation: ClosedRange<Int>, test: Int, _ division: Division, size: String
  ) -> String {
    """
    Scènes : \(numbers(training)) pour l'apprentissage, \(numbers(validation)) pour la validation \
    (\(origin(division.validation))), \(number(test)) pour le test (\(origin(division.test))), toutes en \(size), taille à \
    laquelle les scores sont calculés.
    """
  }

  func scenes(
    training: ClosedRange<Int>, validation: ClosedRange<Int>, test: Int, drives: Int, folds: Int, of all: Int,
    size: String
  ) -> String {
    """
    Scènes : \(number(test)), de \(number(drives)) \(drives == 1 ? "séquence" : "séquences") réparties en \
    \(folds == all ? "\(all)" : "\(folds) des \(all)") plis ; chaque séquence est testée une seule fois, par des modèles \
    qui ne l'ont jamais vue et n'ont pas été choisis d'après elle. Les modèles sont entraînés sur \(numbers(training)) \
    scènes et choisis d'après \(numbers(validation)), toutes en \(size), taille à laquelle les scores sont calculés.
    """
  }

  func leftOut(_ leftOut: Division.LeftOut) -> String {
    let parts = [(leftOut.training, "d'apprentissage"), (leftOut.validation, "de validation")].filter { $0.0 > 0 }
    return """
      Pour qu'aucune séquence du test ne serve à l'apprentissage ni au choix des modèles, les scènes de ses séquences \
      (\(leftOut.shownGroups)) sont laissées de côté : \
      \(parts.map { "\(number($0.0)) \($0.1)" }.joined(separator: " et ")).
      """
  }

  private func origin(_ origin: Division.Origin) -> String {
    switch origin {
    case .val, .test: "la partition `\(origin.rawValue)` du jeu de données"
    case .groups: "villes ou séquences entières, absentes de l'apprentissage"
    case .frames: "les dernières images de l'unique séquence"
    }
  }

  func leak(_ leak: Division.Leak) -> String {
    """
    \(number(leak.scenes)) des \(number(leak.total)) scènes \(leak.part == .test ? "de test" : "de validation") viennent de \
    séquences qui servent aussi à l'apprentissage (\(leak.shownGroups)) : leurs scores en disent moins sur des rues jamais vues.
    """
  }

  var nativeSize: String { "taille d'origine" }

  func badScenes(_ count: Int) -> String { "Scènes défectueuses laissées de côté : \(count)." }
  var syntheticStreets: String { "Rues synthétiques dessinées par segbench" }

  func intervals(_ facts: IntervalFacts) -> String {
    if facts.pictures == 1 {
      return "**Il n'y a qu'une image de test** : aucun intervalle ne peut en être tiré, et rien n'est tranché."
    }
    let drives = "\(number(facts.drives)) \(facts.drives == 1 ? "séquence" : "séquences")"
    let start = "Les crochets donnent des intervalles à 95 % par la loi de Student. "
    if facts.isClustered {
      return start
        + (facts.folds > 0
          ? """
          Chacun des \(facts.folds) plis de séquences est testé par des entraînements qui ne l'ont jamais vu ; le bruit est ce \
          qui varie d'un pli à l'autre, celui des rues comme celui des entraînements.
          """
          : "Leur bruit est ce qui varie entre les \(drives), comme si d'autres rues avaient été prises.")
    }
    switch facts.order {
    case .independent:
      return start + "Ils contiennent le bruit des images : d'autres scènes tirées comme ces \(number(facts.pictures))."
    case .places, .video:
      let kind =
        facts.order == .places
        ? "images de \(drives), dont les voisines ont un peu en commun"
        : "images vidéo de \(drives), dont les voisines sont presque des copies"
      return start
        + """
        Ils contiennent le bruit des images : \(number(facts.pictures)) \(kind), ce dont tiennent compte des cosinus lents \
        sur chaque séquence (Lazarus et al. 2018). Ils portent sur ces rues-ci :
        """
        + " "
        + (facts.drives < 3
          ? "des autres, \(drives) ne \(facts.drives == 1 ? "peut" : "peuvent") rien dire."
          : "ce que les séquences disent des autres figure dans le tableau des comparaisons.")
    }
  }

  func shortClip(worth: Int) -> String {
    """
    **Les images se ressemblent tant qu'elles n'en valent qu'environ \(worth) indépendantes : ce qui est dit ne vaut que pour \
    ces images**, car un extrait aussi court que ce que ses images ont en commun ne dit pas comment il se poursuivrait.
    """
  }

  var oneSeed: String {
    """
    Chaque modèle soumis au hasard n'a été entraîné qu'une fois ; ce qui est dit ne vaut donc que **pour ces entraînements** : \
    une autre graine peut déplacer un score de plus que son intervalle ne l'indique, et aucune affirmation n'est jugée ainsi.
    """
  }

  func severalSeeds(someHaveOne: Bool) -> String {
    """
    Les scores sont des moyennes sur les graines, ± leur écart-type, et les intervalles contiennent le bruit \
    d'entraînement
    """
      + (someHaveOne
        ? " ; si l'un des termes n'a été entraîné qu'une fois, ce qui est dit ne vaut que pour ces entraînements."
        : ".")
  }

  func judged(_ count: Int, margin: Double) -> String {
    """
    Les différences sont appariées : image par image, et graine par graine entre entraînements d'un même modèle. \
    \(count == 1 ? "Une seule est jugée" : "Les \(number(count)) différences jugées sont corrigées ensemble (Holm 1979)") : \
    *meilleur* ou *moins bon* si elle n'est pas nulle, *équivalent* si elle est inférieure à \(shortest(margin)), *indécis* si les \
    deux restent possibles.
    """
  }

  func coverage(
    difference: Coverage.Record, score: Coverage.Record, _ falseClaims: Coverage.FalseClaims?
  ) -> String {
    let pictures = number(difference.pictures)
    let tested =
      difference.order == .independent
      ? "scènes indépendantes : \(pictures)" : "images : \(pictures), séquences : \(difference.drives)"
    return """
      Dans les simulations les plus proches de ce test (\(tested), graines : \(difference.seeds)), les intervalles des \
      différences contenaient la vraie valeur dans au moins \(percent(difference.coverage)) expériences sur 100, ceux des \
      scores dans \(percent(score.coverage))
      """
        + (falseClaims.map { claims in
          """
           ; parmi les rapports portant sur \(claims.comparisons) différences nulles, \(percent(claims.equal)) sur 100 en \
          affirmaient une.
          """
        } ?? ".")
  }

  func coverage(of streets: Coverage.Streets) -> String {
    """
    Dans les simulations les plus proches de ce test (\(streets.folds ? "plis" : "séquences") : \(streets.drives)), les \
    intervalles des différences contenaient la vraie valeur, pour des rues jamais vues, dans \(percent(streets.coverage)) \
    expériences sur 100.
    """
  }

  /// A share in hundredths.
  private func percent(_ share: Double) -> Int { Int((100 * share).rounded()) }

  var bold: String {
    """
    En gras : la meilleure valeur d'une colonne et celles qui n'en diffèrent pas significativement (test unilatéral à 5 %, \
    corrigé de leur nombre). Aucune ligne, aucun modèle, aucune figure n'est choisi d'après un score de \
    test, mais d'après la validation.
    """
  }

  func headline(protocol name: String, summary: String) -> String {
    "Scènes de test, protocole `\(name)` : \(summary)."
  }

  func officialSummary(set: String, classes: Int) -> String {
    "score officiel de \(set), \(self.classes(classes)), sans les pixels dont l'étiquette est ignorée"
  }

  func voidLeftOutSummary(classes: Int, void: String?) -> String {
    self.classes(classes) + (void.map { ", sans les pixels `\($0)` de la vérité terrain" } ?? "")
  }

  func voidCountedSummary(classes: Int, void: String?) -> String {
    self.classes(classes) + (void.map { ", `\($0)` comptée comme les autres" } ?? "")
  }

  /// How many classes.
  func classes(_ count: Int) -> String { "\(count) \(count == 1 ? "classe" : "classes")" }

  func bordersSummary(reach: Int, basis: String) -> String {
    "comme `\(basis)`, seuls les pixels à \(reach) au plus d'une autre classe"
  }

  var missingTitle: String { "Ce qui manque" }

  func missingNote(absent: Int, of cells: Int) -> String {
    "**Cellules absentes de ce rapport : \(absent) sur \(cells).**"
  }

  var rowsAreIncomplete: String { "Les lignes qui ont moins de graines que les autres sont incomplètes." }
  var reasonsAreEnglish: String { "Les raisons sont les messages du programme, qui sont en anglais." }
  var cell: String { "Cellule" }
  var state: String { "État" }
  var reason: String { "Raison" }

  func word(_ state: AbsentCell.State) -> String {
    switch state {
    case .unfinished: "inachevée"
    case .failed: "en échec"
    case .damaged: "endommagée"
    }
  }
}

// MARK: Tables

extension French {
  var model: String { "Modèle" }
  var seeds: String { "Graines" }
  var fitTime: String { "Temps d'apprentissage" }

  func weatherName(_ kind: String) -> String? {
    switch kind {
    case "clean": "temps clair"
    case "fog": "brouillard"
    case "rain": "pluie"
    case "snow": "neige"
    case "night": "nuit"
    case "spatter": "éclaboussures"
    case "spatter-drops": "gouttes sur l'objectif"
    case "spatter-mud": "boue sur l'objectif"
    default: nil
    }
  }

  func axis(_ key: String) -> String? {
    switch key {
    case "loss": "Perte"
    case "augmentation": "Augmentation"
    case "data.size": "Taille"
    case "data.train": "Scènes d'apprentissage"
    case "encoder.freeze": "Époques gelées"
    case "encoder.learningRate": "Taux d'apprentissage de l'encodeur"
    case "encoder.unfreeze": "Part dégelée"
    case "encoder.weights": "Poids de l'encodeur"
    case "features.groups": "Descripteurs"
    case "features.sampling": "Pixels tirés"
    case "forest.minLeaf": "Feuille minimale"
    case "forest.trees": "Arbres"
    case "network.outputStride": "Pas de sortie"
    case "network.variant": "Variante"
    case "network.width": "Largeur"
    case "svc.c": "C"
    case "training.batch": "Lot"
    case "training.epochs": "Époques au plus"
    case "training.learningRate": "Taux d'apprentissage"
    case "training.optimizer": "Optimiseur"
    case "training.precision": "Précision numérique"
    case "training.schedule": "Décroissance du taux"
    default: nil
    }
  }

  func none(of axis: String) -> String? {
    switch axis {
    case "data.train": "toutes"
    case "encoder.learningRate": "comme le reste"
    case "encoder.weights": "aléatoires"
    case "forest.featuresPerSplit": "racine carrée"
    case "forest.maxDepth": "illimitée"
    default: nil
    }
  }

  var meanIoU: String { "IoU moyenne" }
  var flatIoU: String { "IoU globale" }
  var meanDice: String { "Dice moyen" }
  var accuracy: String { "Exactitude" }
  var meanIoUGained: String { "Gain d'IoU moyenne" }
  var verdict: String { "Verdict" }
  var parameters: String { "Paramètres" }
  var protocolName: String { "Protocole" }
  var gibibytes: String { "Gio" }
  var unknownDuration: String { "inconnue" }
  var separator: String { " ; " }
  func range(from least: String, to largest: String) -> String { "de \(least) à \(largest)" }

  func list(_ names: [String]) -> String {
    names.dropLast().joined(separator: ", ") + (names.count > 1 ? " et " : "") + (names.last ?? "")
  }

  var resultsTitle: String { "Résultats" }

  func resultsNote(headline: String, borders: String) -> String {
    """
    \(headline) L'IoU moyenne et le Dice moyen portent sur les classes présentes dans la vérité terrain ou la \
    prédiction ; l'IoU globale se calcule sur les pixels de toutes les classes réunies (le Dice global de masques durs \
    est égal à l'exactitude). IoU moyenne aux frontières : protocole `borders`, \(borders).
    """
  }

  func notConverged(classes: [String], iterations: Int) -> String {
    "pas de convergence en \(iterations) itérations : \(classes.map(className).joined(separator: ", ")) ; ses scores ne sont peut-être pas les meilleurs possibles"
  }

  var converged: String { "Convergence" }

  func failedTrainings(_ failed: Int, of all: Int) -> String {
    """
    entraînements en échec : \(failed) sur \(all) ; ses scores sont ceux des autres, et ne disent rien de la fréquence des \
    échecs
    """
  }

  func instanceNote(classes: [String]) -> String {
    "L'iIoU donne le même poids à chaque instance de \(list(classes.map(className))), quelle que soit sa taille."
  }

  var meanIoUAtBorders: String { "IoU moyenne aux frontières" }
  var classesAveraged: String { "Classes" }
  var trainMeanIoU: String { "IoU moyenne d'apprentissage" }
  var trainAccuracy: String { "Exactitude d'apprentissage" }

  var classesTitle: String { "IoU par classe" }

  func classesNote(headline: String) -> String {
    """
    \(headline) Moyennes sur les graines. Un tiret : la classe n'est ni dans la vérité terrain ni dans la prédiction.
    """
  }

  func rareClasses(_ classes: [(name: String, pictures: Int)]) -> String {
    "Présentes dans peu d'images de test, d'où plus de bruit que les intervalles n'en montrent : "
      + list(classes.map { "\(className($0.name)) (\($0.pictures))" }) + "."
  }

  var gridTitle: String { "Grille complète" }

  func gridNote(protocol name: String) -> String {
    """
    Parmi les cellules qui ne diffèrent que par leurs hyperparamètres, les tableaux ci-dessus montrent celle qui a la \
    meilleure IoU moyenne de validation, en gras ici ; les voici toutes. Protocole `\(name)`.
    """
  }

  var validationMeanIoU: String { "IoU moyenne de validation" }
  var testMeanIoU: String { "IoU moyenne de test" }
  var againstSelected: String { "Écart d'IoU moyenne de test avec la cellule retenue" }

  var importancesTitle: String { "Importance des caractéristiques" }

  var importancesNote: String {
    "Les dix caractéristiques qui contribuent le plus à la diminution de l'impureté de Gini dans une forêt."
  }

  var forest: String { "Forêt" }
  var feature: String { "Caractéristique" }
  var importance: String { "Importance" }

  var costTitle: String { "Coût" }

  func costNote(size: String, protocol name: String, provenance: String) -> String {
    """
    Moyennes sur les graines. Le temps d'apprentissage comprend la validation après chaque époque ; le pic de mémoire est \
    celui du processus entier pendant l'apprentissage, le plus élevé des graines. GFLOP : deux opérations par \
    multiplication-addition des convolutions d'un réseau, d'après leur définition, pour une image de \(size). Les \
    millisecondes sont celles de la prédiction seule, par lots puis pour une image isolée (la plus rapide de quelques-unes). Les temps sont ceux des machines décrites sous \(provenance). IoU \
    moyenne : protocole `\(name)`.
    """
  }

  func timedTogether(hasSteps: Bool, on place: Environment) -> String {
    let steps =
      hasSteps
      ? " et les itérations d'apprentissage de toutes les couches (à la taille et au lot de l'apprentissage)" : ""
    return """
      Les images isolées\(steps) ont été chronométrées ensemble, un modèle après l'autre et par tours (\(threads(place))).
      """
  }

  func busyFits(_ names: [String], share: Double) -> String {
    "**D'autres travaux tournaient pendant l'apprentissage** de \(list(names.map(code))) : leurs threads ont attendu un processeur jusqu'à \(Int((100 * share).rounded())) % du temps ; seuls, ils sont plus rapides."
  }

  var fitsDontCompare: String {
    "Les durées d'apprentissages menés à côté d'autres travaux, sur d'autres processeurs ou avec un autre nombre de threads ne sont pas comparables."
  }

  var epochTime: String { "Durée d'une époque" }
  var bestEpochTime: String { "Jusqu'à la meilleure époque" }
  var epochs: String { "Époques" }
  var gigaflops: String { "GFLOP par image" }
  var peakMemory: String { "Pic de mémoire" }
  var milliseconds: String { "ms par image" }
  func frameMilliseconds(size: String) -> String { "ms pour une image seule en \(size)" }
  var trainingMilliseconds: String { "Itération, ms/image" }

  func costCaption(rows: String, protocol name: String) -> String {
    """
    IoU moyenne de test\(rows), avec son intervalle à 95 %, en fonction de ce qu'elle coûte, protocole \(name)
    """
  }

  var fitSeconds: String { "temps d'apprentissage, en s" }
  var predictionMilliseconds: String { "durée de prédiction par image, en ms" }
}

// MARK: Comparisons

extension French {
  var lossesTitle: String { "Fonctions de perte" }

  func lossesNote(headline: String, reference: String) -> String {
    "\(headline) Chaque fonction de perte est comparée à `\(reference)`, toutes choses égales par ailleurs."
  }

  var divergenceNote: String {
    """
    Pour des cibles one-hot, la divergence KL est égale à l'entropie croisée (l'entropie des cibles est nulle), à \
    l'écrêtage près ; un écart entre les deux n'est que du bruit, sauf si plusieurs graines montrent le contraire.
    """
  }

  var augmentationsTitle: String { "Augmentations" }

  func augmentationsNote(headline: String) -> String {
    """
    \(headline) Chaque augmentation est comparée à `none`, toutes choses égales par ailleurs, sur des images de test sans \
    intempéries.
    """
  }

  var ablationsTitle: String { "Ablations" }

  func ablationsNote(headline: String) -> String {
    """
    \(headline) Réglages d'un même modèle, toutes choses égales par ailleurs ; chaque ligne est comparée à celle des \
    précédentes dont le moins de réglages la séparent.
    """
  }

  var reference: String { "référence" }

  func word(_ verdict: Judgement.Verdict) -> String {
    switch verdict {
    case .better: "meilleur"
    case .worse: "moins bon"
    case .equivalent: "équivalent"
    case .undecided: "indécis"
    }
  }

  var theseTrainingsOnly: String { "pour ces entraînements" }
  var aheadInPairs: String { "En tête, par paires" }

  var comparisonsTitle: String { "Comparaisons" }
  var pairsTitle: String { "Modèles deux à deux" }

  func pairsNote(comparisons: String) -> String {
    """
    IoU moyenne de la ligne moins celle de la colonne, sur les mêmes images, pour la meilleure ligne de chaque modèle en \
    validation ; chaque différence porte son propre intervalle à 95 %, et elle est en gras si celui-ci exclut 0. Les \
    verdicts, toutes différences jugées ensemble, sont dans \(comparisons).
    """
  }

  func comparisonsNote(_ count: Int, isAssumed: Bool) -> String {
    """
    Toutes les différences d'IoU moyenne que juge ce rapport, avec les erreurs types que contiennent leurs intervalles. p : \
    d'une différence nulle, puis d'une différence atteignant la marge, \(count == 1 ? "seuls ici" : "corrigés pour les \(number(count)) ensemble"). \
    *Décelable* : la plus petite différence réelle que trouvent 80 expériences semblables sur 100, jusqu'à la moitié en sus \
    avec trois graines et beaucoup de comparaisons ; puis le nombre de \
    graines qui décèlent 0.02, un tiret si 100 n'y suffisent pas, faute d'images.
    """
      + (isAssumed
        ? " Si l'un des termes n'a été entraîné qu'une fois, le bruit d'entraînement habituel de son modèle y est supposé."
        : "")
  }

  var onOtherStreets: String { "Sur d'autres rues" }
  var noiseOfTrainings: String { "Bruit d'entraînement" }
  var noiseOfStreets: String { "Bruit des rues" }
  var noiseOfPictures: String { "Bruit des images" }
  var pEquivalent: String { "p d'équivalence" }
  var couldSee: String { "Décelable" }
  var seedsNeeded: String { "Graines pour 0.02" }

  var robustnessTitle: String { "Robustesse" }

  func robustnessNote(headline: String, areOfModels: Bool) -> String {
    """
    IoU moyenne selon l'apprentissage (lignes) et la condition de test (colonnes). \(headline) Les conditions ne \
    modifient que les images de test, de la même façon pour tous les modèles. Le gras départage, sous chaque condition, \
    les lignes\(areOfModels ? "" : " d'un même modèle").
    """
  }

  func picturesMadeElsewhere(_ conditions: [String]) -> String {
    "Les images de \(list(conditions.map(code))) proviennent d'un autre logiciel que segbench."
  }

  var weatherMasksCaption: String {
    "Une scène de test telle que la voient les modèles sous chaque condition (colonnes) et les masques de chaque "
      + "apprentissage (lignes), avec les numéros des classes et, au coin, l'IoU moyenne sur les classes de la vérité terrain"
  }

  func robustnessCaption(rows: String, protocol name: String, areOfModels: Bool) -> String {
    """
    IoU moyenne de test\(rows) selon l'apprentissage (lignes) et la condition de test (colonnes), protocole \(name) ; en \
    gras, la meilleure valeur\(areOfModels ? "" : " de chaque modèle") dans une colonne et celles qui ne s'en \
    distinguent pas, selon le bruit de chacune
    """
  }

  var trainedWith: String { "entraîné avec" }
  var testedUnder: String { "testé sous" }
}
