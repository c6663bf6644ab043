// MARK: Figures of several parts, and the drawing of a network

extension French {
  func dotsCaption(of setting: String?, protocol name: String) -> String {
    """
    IoU moyenne de test selon \(setting.map(code) ?? "les réglages"), protocole \(name) : petits points, les entraînements ; gros points, leur \
    moyenne avec son intervalle à 95 % ; le trait tireté est la moyenne de la première ligne, la référence
    """
  }

  var shareOfTruth: String { "part des pixels de la classe dans la vérité terrain" }
  var gridOfScores: String { "les scores" }

  var gridOfDifferences: String {
    """
    le gain de chaque entraînement sur `none` sous la même condition, par paires, ± la moitié de son intervalle à 95 % ; \
    en gras, meilleur ou moins bon, les gains sous météo simulée étant jugés ensemble
    """
  }

  var gainOverNone: String { "gain d'IoU moyenne sur none" }

  var ablationCurves: String { "IoU moyenne de validation au fil des époques, selon les réglages" }

  func seed(_ seed: Int) -> String { "graine \(seed)" }

  func drawingKey(hasBlocks: Bool) -> String {
    "BN : normalisation par lot ; "
      + (hasBlocks ? "MBConv : blocs résiduels inversés à convolutions en profondeur ; " : "")
      + "⊕ : concaténation de canaux ; nombres : canaux @ largeur x hauteur ; en orange : connexions de saut"
  }

  var drawingInput: String { "entrée" }
  var drawingOutput: String { "sortie" }

  func drawingArrow(_ operation: String, size: Int?) -> String? {
    switch operation {
    case "max-pooling": "max 2x2"
    case "average-pooling": "moyenne \(size ?? 1)x\(size ?? 1)"
    case "upsampling": "plus proche ×2"
    case "transposed-convolution": "conv transposée 2x2"
    case "resizing": "bilinéaire"
    case "sum": "somme"
    default: nil
    }
  }

  var drawingStride: String { "pas de 2" }
  var drawingConcatenation: String { "concat" }
}
