// MARK: Calibration

extension French {
  var calibrationTitle: String { "Calibration des probabilités" }

  func calibrationNote(protocol name: String) -> String {
    """
    Quel crédit accorder aux probabilités : pixels de test comptés par le protocole `\(name)`, toutes graines réunies. \
    L'ECE est l'erreur de calibration attendue ([Guo et al. 2017](https://arxiv.org/abs/1706.04599)) : l'écart entre la \
    probabilité de la classe prédite et la fréquence à laquelle cette classe est la bonne, dans 15 intervalles de même \
    largeur, pondérés par leur nombre de pixels. L'excès de confiance est la probabilité moyenne de la classe prédite moins \
    l'exactitude. Le score de Brier est la moyenne sur les pixels de l'écart quadratique entre probabilités et vérité \
    terrain, sommé sur les classes : 0 au mieux, 2 au pire. L'ECE dépend des intervalles choisis et ne considère que la \
    classe prédite ([Nixon et al. 2019](https://arxiv.org/abs/1904.01685)). Les lignes sans probabilités, comme celles d'un \
    SVC linéaire, n'y figurent pas. Rien ici n'a d'intervalle de confiance, et rien n'est en gras.
    """
  }

  var calibrationError: String { "ECE" }
  func calibrationError(under condition: String) -> String { "ECE, \(self.condition(condition))" }
  var validationCalibrationError: String { "ECE de validation" }
  var overconfidence: String { "Excès de confiance" }
  var brierScore: String { "Score de Brier" }

  func reliabilityCaption(rows: String, condition: String?) -> String {
    "Fiabilité\(rows) sur les scènes de test"
      + (condition.map {
        ", par temps clair et sous \(self.condition($0)), la condition qui coûte le plus d'IoU moyenne"
      } ?? "")
      + " : fréquence à laquelle la classe prédite est la bonne, selon sa probabilité ; sous la ligne grise, un modèle est "
      + "trop sûr de lui ; les intervalles de moins d'un millième des pixels sont omis"
  }

  var confidenceLabel: String { "probabilité de la classe prédite" }
  var shareRight: String { "part de pixels corrects" }
  var probabilitiesAreFrequencies: String { "calibration parfaite" }
}

// MARK: Pictures

extension French {
  var picturesTitle: String { "Image par image" }

  func picturesNote(headline: String, pictures: Int) -> String {
    """
    \(headline) Les scores ci-dessus additionnent d'abord toutes les images : les grands objets y pèsent le plus. Ici, chaque \
    image est évaluée seule, sur les classes présentes dans sa vérité terrain \
    ([Wang et al. 2023](https://arxiv.org/abs/2310.19252)). *Par image* : moyenne, sur les \(number(pictures)) images, de la \
    moyenne sur leurs classes. *Par classe* : moyenne, sur les classes, de la moyenne sur les images qui contiennent la \
    classe. *Pires 5 %* : de même sur les 5 % d'images les moins bien segmentées, une au moins, choisies parmi toutes ou \
    pour chaque classe. Moyennes sur les graines, sans intervalles.
    """
  }

  var byPicture: String { "IoU moyenne par image" }
  var worstByPicture: String { "Pires 5 %, par image" }
  var byClass: String { "IoU moyenne par classe" }
  var worstByClass: String { "Pires 5 %, par classe" }
  var boundaryIoU: String { "IoU moyenne de contour" }

  var boundaryNote: String {
    """
    L'IoU de contour ([Cheng et al. 2021](https://arxiv.org/abs/2103.16562)) ne compte, pour chaque classe, que les pixels à \
    moins de 2 % de la diagonale de l'image de son contour vrai ou prédit, sans les pixels non étiquetés.
    """
  }

  func occurrences(_ classes: [(name: String, count: Int)], of pictures: Int) -> String {
    "Nombre d'images, sur \(number(pictures)), qui contiennent chaque classe : "
      + classes.map { "\(className($0.name)) \(number($0.count))" }.joined(separator: ", ")
      + ". Le score d'une classe que peu d'images contiennent ne tient qu'à celles-ci."
  }

  func worstPicturesNote(label: String, seed: Int) -> String {
    """
    Là où les modèles échouent : les images les moins bien segmentées par \(label), graine \(seed). C'est la cellule à la \
    meilleure IoU moyenne de validation : aucun score de test ne l'a désignée.
    """
  }

  var pictureName: String { "Image" }
  var worstClass: String { "Pire classe" }
  var itsIoU: String { "Son IoU" }

  func worstPicturesCaption(label: String, void: String?) -> String {
    """
    Les scènes de test les moins bien segmentées par \(label), la pire en premier : image, vérité terrain, masque \
    et pixels erronés
    """ + (void.map { " ; les pixels \($0) de la vérité terrain, qui ne comptent pas, y sont en noir" } ?? "")
  }
}

// MARK: Drives

extension French {
  var drivesTitle: String { "Séquence par séquence" }

  func drivesNote(headline: String, rows: String, isMixed: Bool) -> String {
    """
    \(headline) IoU moyenne\(rows) sur l'ensemble des scènes de test de chaque séquence ; moyennes sur les graines, sans \
    intervalles. Une classe absente de la vérité terrain d'une séquence n'y est pas comptée.
    """
      + (isMixed
        ? " Des séquences dites vues, d'autres scènes ont servi à l'apprentissage ; des séquences jamais vues, aucune, et elles "
          + "seules disent à quoi s'attendre dans d'autres rues." : "")
  }

  func distancesNote(headline: String, rows: String) -> String {
    """
    \(headline) IoU moyenne\(rows) sur les scènes de test des séquences vues, selon le nombre d'images qui les séparent de la \
    plus proche qui a servi à l'apprentissage : des images voisines sont presque des copies, et les plus proches sont donc \
    plus faciles qu'elles ne le seraient sur la route.
    """
  }

  var drive: String { "Séquence" }
  var trainedOn: String { "À l'apprentissage" }
  var seenDrive: String { "vue" }
  var unseenDrive: String { "jamais vue" }
  var allDrives: String { "toutes ensemble" }
  var pictureCount: String { "Images" }
  var framesAway: String { "Images d'écart" }
}
