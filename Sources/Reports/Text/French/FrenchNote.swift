// MARK: Notes

extension French {
  func classSet(_ name: String, classes: [String], void: String?) -> String {
    "Le jeu `\(name)` compte \(self.classes(classes.count)) : \(list(classes.map(className)))"
      + (void.map { " ; \($0) est ce qui n'appartient à aucune d'elles." } ?? ".")
  }

  var modelsNote: String {
    """
    Paramètres selon la convention de Keras, statistiques glissantes comprises ; opérations d'une passe avant sur une \
    image.
    """
  }

  var kind: String { "Genre" }
  var modelGigaflops: String { "GFLOPs par image" }
  var size: String { "Taille" }
  var network: String { "réseau" }
  var classifier: String { "classifieur de pixels" }

  func architectureNote(model: String, size: String) -> String {
    """
    `\(model)` sur des images de \(size) ; les paramètres comprennent la normalisation de chaque couche et ses \
    statistiques glissantes ; deux opérations par multiplication-addition d'une convolution, selon sa définition.
    """
  }

  func architectureCaption(model: String) -> String {
    """
    `\(model)` : étages de convolutions, avec canaux et taille de leurs résultats. Vers le bas : maximum 2x2 ; vers le \
    haut : taille doublée ; en travers : connexions de saut. Les étages bleus peuvent partir de poids ImageNet
    """
  }

  var layer: String { "Couche" }
  var operation: String { "Opération" }
  var channelsIn: String { "Canaux en entrée" }
  var result: String { "Résultat" }
  var all: String { "en tout" }
  func convolution(size: Int) -> String { "convolution \(size)x\(size)" }
  func depthwiseConvolution(size: Int) -> String { "convolution en profondeur \(size)x\(size)" }
  var squeezeExcitation: String { "pondération des canaux (squeeze-and-excitation)" }
  func dilated(_ operation: String, by dilation: Int) -> String { "\(operation), dilatation \(dilation)" }
  var transposedConvolution: String { "convolution transposée 2x2, pas de 2" }
  var maxPool: String { "maximum 2x2" }
  func averagePool(bins: Int) -> String { "moyennes sur \(bins)x\(bins) régions" }
  var upsampling: String { "plus proche voisin, taille doublée" }
  var batchNormalisation: String { "normalisation par lot" }
  var sumOfValues: String { "somme" }
  var bilinearResizing: String { "redimensionnement bilinéaire" }

  func noteClaimsNote(earlier: String) -> String {
    """
    Leurs chiffres sont très probablement des scores globaux souples de `\(earlier)` ; ceux d'ici sont, sauf \
    mention contraire, des différences d'IoU moyenne (sur l'argmax) des scènes de test avec leurs intervalles à 95 % et, \
    au-delà de deux, la plus petite et la plus grande ; l'annexe les donne toutes, avec protocole et exécutions.
    """
  }

  var allClaimsNote: String {
    """
    Par affirmation et expérience : toutes les différences d'IoU moyenne ou de ce que dit l'affirmation, et ce qui testerait \
    les affirmations que rien ici ne teste.
    """
  }

  var claimNumber: String { "N°" }
  var experiment: String { "Expérience" }
  var experimentOrNeed: String { "Expérience, ou ce qui la testerait" }

  var evidenceNote: String {
    "Ce sur quoi reposent les verdicts ; les exécutions sont des dossiers de `runs/`."
  }

  var this: String { "A" }
  var against: String { "B" }
  var itsRuns: String { "Exécutions de A" }
  var othersRuns: String { "Exécutions de B" }

  func limits(experiment name: String, scenes: ClosedRange<Int>, size: String, seeds: Int, epochs: Int?) -> String {
    "`\(name)` : \(numbers(scenes)) scènes d'entraînement en \(size), \(seeds) \(seeds == 1 ? "graine" : "graines")"
      + (epochs.map { ", au plus \($0) époques" } ?? "")
        + """
         ; les rapports antérieurs avaient de \(number(2300)) à \(number(2975)) images de Cityscapes en 512x256 (100 en \
        256x128 pour les classifieurs), une graine et des heures de GPU.
        """
  }

  func recipe(_ recipe: Recipe) -> String {
    let encoder: String =
      switch recipe.encoder {
      case nil, .random: ""
      case .published: " L'encodeur part de poids ImageNet."
      case .run(let network, let file): " L'encodeur part de celui d'un `\(network)` entraîné (`\(file)`)."
      }
    return """
      Recette : `\(recipe.optimizer)`, taux d'apprentissage \(shortest(recipe.learningRate)), décroissance \
      `\(recipe.schedule)`, lots de \(recipe.batch), au plus \(recipe.epochs) époques (\(number(recipe.steps)) pas), fonction \
      de perte `\(recipe.loss)`\(recipe.isReduced ? ", activations et produits en bf16" : "").\(encoder)
      """
  }

  func amongNetworks(of experiments: [String]) -> String { " sur les mêmes scènes (\(list(experiments)))" }

  func tuned(_ rates: [Double], in experiment: String) -> String {
    """
    Son taux d'apprentissage est le meilleur de \(list(rates.map(shortest))) sur les scènes de validation (`\(experiment)`).
    """
  }

  var recipesDiffer: String {
    "Le taux d'apprentissage et le nombre d'époques ne sont pas les mêmes pour tous les réseaux."
  }

  var randomEncoders: String { "Les encodeurs partent de poids aléatoires." }
  var someEncodersPretrained: String { "Certains encodeurs partent de poids ImageNet." }

  var encodersPretrained: String {
    "Les encodeurs partent de poids ImageNet, toutes les autres couches de poids aléatoires."
  }

  func encodersOfRuns(_ files: [String], areAll: Bool) -> String {
    let names = files.map { "`\($0)`" }.joined(separator: ", ")
    return areAll
      ? "Les encodeurs partent de ceux de réseaux déjà entraînés (\(names)), toutes les autres couches de poids aléatoires."
      : "Certains encodeurs partent de ceux de réseaux déjà entraînés (\(names))."
  }
}

// MARK: Cards

extension French {
  var cardNote: String { "Intervalles comme dans le rapport." }
  func scenes(_ count: ClosedRange<Int>) -> String { "\(numbers(count)) scènes" }
  func meanIoU(under condition: String) -> String { "IoU moyenne, \(self.condition(condition))" }
  var trainingScenes: String { "scènes d'entraînement" }
  var cardSize: String { "taille" }
  var cardParameters: String { "paramètres" }
  var loss: String { "fonction de perte" }
  var augmentation: String { "augmentation" }
  var training: String { "entraînement" }

  func ownLearningRate(_ rate: Double) -> String { "taux d'apprentissage \(shortest(rate))" }
  func recipe(optimizer: String, learningRate: Double, batch: Int, epochs: Int) -> String {
    "\(optimizer), taux d'apprentissage \(shortest(learningRate)), lots de \(batch), au plus \(epochs) époques"
  }

  var encoder: String { "encodeur" }
  var randomWeights: String { "poids aléatoires" }
  var imageNetWeights: String { "poids ImageNet" }
  func weightsOfRun(network: String, file: String) -> String { "poids d'un `\(network)` entraîné (`\(file)`)" }
  var trainingPixels: String { "pixels d'entraînement" }
  var weights: String { "poids" }
}
