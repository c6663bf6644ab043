import Foundation
import Scenes
import Harness

/// French.
struct French: Catalogue {
  let code = "fr"

  var noteTemplate: [UInt8] { PackageResources.note_fr_mustache }
  var cardTemplate: [UInt8] { PackageResources.card_fr_mustache }

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

  func intervals(resamples: Int) -> String {
    """
    Les crochets donnent des intervalles à 95 % : percentiles de \(number(resamples)) rééchantillonnages bootstrap des \
    scènes de test, chacun évalué comme une seule matrice de confusion.
    """
  }

  var oneSeed: String {
    """
    Chaque ligne repose sur une seule graine : **le bruit entre graines n'est pas compris dans les intervalles**, et une \
    autre graine peut déplacer un score de plus qu'ils ne l'indiquent.
    """
  }

  func severalSeeds(someHaveOne: Bool) -> String {
    """
    Les scores sont des moyennes sur les graines, ± leur écart-type, et les rééchantillonnages tirent aussi les graines
    """
      + (someHaveOne
        ? " ; l'intervalle d'une ligne à graine unique ne comprend pas le bruit entre graines." : ".")
  }

  func fewScenes(_ count: Int) -> String {
    """
    Avec seulement \(count) scènes de test, les intervalles sont un peu trop étroits : en simulation, ceux de 20 images \
    contenaient la vraie valeur dans 87 expériences sur 100, ceux de 100 images dans 91, ceux de 300 dans 94.
    """
  }

  var differences: String {
    """
    Les différences sont appariées : les deux termes sont évalués sur les mêmes rééchantillonnages. Une différence n'est \
    qualifiée de gain ou de perte que si son intervalle exclut zéro. Sont en gras la meilleure valeur d'une colonne et \
    toutes celles qui ne s'en distinguent pas. Les intervalles ne sont pas élargis pour tenir compte du nombre de \
    comparaisons.
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
    "pas de convergence en \(iterations) itérations : \(classes.joined(separator: ", ")) ; ses scores ne sont peut-être pas les meilleurs possibles"
  }

  var converged: String { "Convergence" }

  func instanceNote(classes: [String]) -> String {
    "L'iIoU donne le même poids à chaque instance de \(list(classes.map { "`\($0)`" })), quelle que soit sa taille."
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
    millisecondes sont celles de la prédiction seule. Les temps sont ceux des machines décrites sous \(provenance). IoU \
    moyenne : protocole `\(name)`.
    """
  }

  var epochTime: String { "Durée d'une époque" }
  var bestEpochTime: String { "Jusqu'à la meilleure époque" }
  var epochs: String { "Époques" }
  var gigaflops: String { "GFLOP par image" }
  var peakMemory: String { "Pic de mémoire" }
  var milliseconds: String { "ms par image" }

  func costCaption(protocol name: String) -> String {
    """
    IoU moyenne de test, avec son intervalle à 95 %, en fonction du temps d'apprentissage et du temps de prédiction, \
    protocole \(name)
    """
  }

  var fitSeconds: String { "temps d'apprentissage en secondes" }
  var predictionMilliseconds: String { "durée de prédiction d'une image en millisecondes" }
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

  var reference: String { "référence" }

  func word(_ verdict: Difference.Verdict) -> String {
    switch verdict {
    case .gain: "gain"
    case .drop: "perte"
    case .undecided: "indécis"
    }
  }

  var robustnessTitle: String { "Robustesse" }

  func robustnessNote(headline: String) -> String {
    """
    IoU moyenne selon l'apprentissage (lignes) et la condition de test (colonnes). \(headline) Les conditions ne \
    modifient que les images de test, de la même façon pour tous les modèles. Le gras départage, sous chaque condition, \
    les lignes d'un même modèle.
    """
  }

  func robustnessCaption(protocol name: String) -> String {
    """
    IoU moyenne de test selon l'apprentissage (lignes) et la condition de test (colonnes), protocole \(name) ; en gras, \
    la meilleure valeur de chaque modèle dans une colonne et celles qui ne s'en distinguent pas
    """
  }

  var trainedWith: String { "entraîné avec" }
  var testedUnder: String { "testé sous" }
}
