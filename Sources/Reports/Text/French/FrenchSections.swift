import Harness

// MARK: The earlier reports

extension French {
  var earlierTitle: String { "Sous la forme des rapports antérieurs" }

  func earlierFormNote(protocol name: String, summary: String) -> String {
    """
    Protocole `\(name)` : \(summary). L'IoU et le Dice sont les scores globaux souples, calculés sur les probabilités : \
    un SVC linéaire n'en a donc pas. Les sommes souples ne sont pas enregistrées par image ; rien ici n'a donc \
    d'intervalle, et rien n'est en gras.
    """
  }

  var besideNote: String {
    """
    Chiffres des rapports antérieurs, obtenus sur d'autres données, à une autre taille et sur une autre machine, chacun \
    au-dessus des résultats comparables de cette expérience. Mesurés une seule fois, ils ne disent rien du bruit. L'IoU \
    moyenne est, pour eux, celle qu'ils donnent ; pour cette expérience, l'IoU dure, calculée sur les classes prédites.
    """
  }

  // The very titles that the earlier reports had in French, of which some are English.
  var earlierModel: String { "Model" }
  var earlierFitTime: String { "Temps de Fit" }
  var earlierDice: String { "dice" }
  var earlierAccuracy: String { "accuracy" }

  var source: String { "Origine" }
  var earlierReport: String { "rapport antérieur" }
  var thisExperiment: String { "cette expérience" }

  func earlierScoring(photos: Int?, size: String, isHard: Bool, protocol name: String) -> String {
    let count = photos.map { "\($0) " } ?? ""
    return "\(count)photos en \(size) ; scores globaux \(isHard ? "durs" : "très probablement souples") (`\(name)`)"
  }

  func ownScoring(size: String, isHard: Bool, protocol name: String) -> String {
    "\(size) ; scores globaux \(isHard ? "durs" : "souples") (`\(name)`)"
  }

  var claimsTitle: String { "Les affirmations des rapports antérieurs" }

  func claimsNote(headline: String, earlier: String) -> String {
    """
    Ce que des rapports faits auparavant avec Keras et scikit-learn sur Cityscapes ont conclu d'un seul entraînement \
    chacun, et ce qu'en disent ici les différences, corrigées pour toutes celles qui sont jugées. *Reproduite* ne se dit \
    que sur des données du même genre, ailleurs *même sens* ; *mais moindre* : de moins que ce qui était affirmé, ou de \
    moins que la marge ; *contredite* : dans l'autre sens, ou équivalence. Un seul entraînement ne tranche rien. \
    Sauf mention contraire, différences d'IoU moyenne (sur l'argmax) des scènes de test, protocole `\(headline)`, aux \
    frontières `borders` ; leurs chiffres sont très probablement des scores globaux souples de `\(earlier)`, auquel cas \
    l'ampleur affirmée ne sert pas de mesure ici.
    """
  }

  var claim: String { "Affirmation" }
  var theirs: String { "Leurs chiffres" }
  var claimedBy: String { "Source" }

  func claimSource(report: Int, data: String, size: String) -> String { "rapport \(report), \(data), \(size)" }

  var gainedHere: String { "Ici : gain d'IoU moyenne" }

  func word(_ verdict: ClaimVerdict) -> String {
    switch verdict {
    case .reproduced: "reproduite"
    case .sameDirection: "même sens"
    case .smaller: "même sens, mais moindre"
    case .equivalent: "contredite : équivalence"
    case .contradicted: "contredite"
    case .undecided: "indécise"
    case .untested: "non testée"
    }
  }
}

// MARK: Figures

extension French {
  var curvesTitle: String { "Courbes d'apprentissage" }

  var curvesNote: String {
    """
    Moyennes sur les graines, bandes du minimum au maximum ; une moyenne porte sur les graines dont l'apprentissage \
    n'était pas terminé. Les poids évalués sont ceux de la meilleure époque selon l'IoU moyenne de validation.
    """
  }

  var epoch: String { "époque" }
  var validationMeanIoULabel: String { "IoU moyenne de validation" }
  var testMeanIoULabel: String { "IoU moyenne de test" }
  var trainingLoss: String { "perte d'apprentissage" }
  var encoderThaws: String { "dégel de l'encodeur" }

  func modelCurves(hasLoss: Bool) -> String {
    hasLoss
      ? "IoU moyenne de validation et perte d'apprentissage au fil des époques, par modèle"
      : "IoU moyenne de validation au fil des époques, par modèle"
  }

  var lossCurves: String { "IoU moyenne de validation au fil des époques, par fonction de perte" }
  var augmentationCurves: String { "IoU moyenne de validation au fil des époques, avec et sans augmentation" }

  var sizesTitle: String { "Davantage de scènes d'apprentissage" }

  func sizesNote(headline: String) -> String {
    """
    \(headline) Mêmes scènes de validation et de test pour chaque nombre de scènes d'apprentissage, toutes choses égales \
    par ailleurs. Chaque ligne est comparée à la précédente.
    """
  }

  func sizesCaption(protocol name: String) -> String {
    "IoU moyenne de test selon le nombre de scènes d'apprentissage, avec intervalles à 95 %, protocole \(name)"
  }

  var trainingScenesColumn: String { "Scènes d'apprentissage" }
  var trainingScenesLabel: String { "scènes d'apprentissage" }

  var ofChosenRows: String { " de la ligne de chaque modèle retenue par la validation" }
  var confusionTitle: String { "Matrices de confusion" }

  func confusionCaption(rows: String, protocol name: String) -> String {
    """
    Répartition des pixels de test de chaque classe de la vérité terrain selon les prédictions\(rows), toutes graines \
    réunies, protocole \(name)
    """
  }

  func confusionNote(protocol name: String) -> String {
    """
    Les mêmes valeurs en chiffres : chaque ligne est une classe de la vérité terrain, et sa somme vaut 1. Protocole \
    `\(name)`.
    """
  }

  var truth: String { "Vérité terrain" }
  var truePixels: String { "Pixels de vérité terrain" }
  var truthLabel: String { "vérité terrain" }
  var predictedAs: String { "prédit comme" }

  var masksTitle: String { "Masques" }

  var masksLeftOut: String {
    "Figure omise : il manque des images ou des prédictions enregistrées pour les scènes à montrer."
  }

  func galleryCaption(rows: String) -> String {
    "Scènes de test : image, vérité terrain et masques\(rows), avec l'IoU moyenne de chaque image et les numéros des classes"
  }

  func masksCaption(rows: String, void: String?) -> String {
    "Scènes de test : image, vérité terrain et masques\(rows), avec les numéros des classes et, au coin, l'IoU moyenne de "
      + "l'image sur les classes de sa vérité terrain ; sous chaque masque, ses pixels erronés"
      + (void.map { " ; les pixels \($0) de la vérité terrain, qui ne comptent pas, y sont en noir" } ?? "")
  }

  var picture: String { "image" }
  var wrongPixels: String { "pixels erronés" }
  var wrong: String { "erroné" }
  var right: String { "correct" }
}

// MARK: Provenance

extension French {
  var provenanceTitle: String { "Reproductibilité" }
  var settingsTitle: String { "Réglages" }
  var settingsColumn: String { "Réglages" }
  func commonSettings(_ changes: [String]) -> String { "Toutes les lignes : \(changes.joined(separator: ", "))." }

  var settingsNote: String {
    "Ce que chaque ligne change aux valeurs par défaut (`segbench presets settings` les liste), dans la syntaxe de `--set`."
  }

  func environments(_ count: Int) -> String {
    """
    Les cellules ont été exécutées dans \(count) environnements ; les temps ne sont comparables qu'au sein d'un même \
    environnement, les scores le sont partout.
    """
  }

  var environment: String { "Environnement" }

  func cells(_ count: Int, in runs: String) -> String {
    "\(count) \(count == 1 ? "cellule" : "cellules"), dans `\(runs)` :"
  }

  func run(_ label: String, seed: Int, cell: String, pixels: Int, sampling: String?) -> String {
    "\(label), graine \(seed) : `\(cell)`, \(number(pixels)) pixels d'apprentissage"
      + (sampling.map { " (échantillonnage `\($0)`)" } ?? "")
  }

  func allScores(file: String, command: String) -> String {
    """
    Tous les scores, par cellule et par graine : [\(file)](\(file)). `\(command)` produit de nouveau ce rapport.
    """
  }

  var modelCards: String { "Fiches des modèles : " }
  var command: String { "commande" }
  var noCommand: String { "hors de la ligne de commande" }
  var program: String { "programme" }
  var build: String { "compilation" }
  var commit: String { "commit" }
  var data: String { "données" }
  var processor: String { "processeur" }
  func machine(cores: Int, memoryGiB: Double) -> String { "\(cores) cœurs, \(shortest(memoryGiB)) Gio" }
  var threads: String { "fils d'exécution" }
  var productKernel: String { "noyau des produits" }
  var system: String { "système" }
  var unknown: String { "inconnu" }
  var withChanges: String { "avec des modifications non validées" }
  var withoutChanges: String { "sans modification non validée" }
}
