// MARK: Figures of several parts, and the drawing of a network

extension EnglishCatalogue {
  func dotsCaption(of setting: String?, protocol name: String) -> String {
    """
    Test mean IoU by \(setting ?? "settings"), protocol \(name): small dots are trainings, large ones their mean with its 95 % interval; \
    the dashed line is the mean of the first row, the reference
    """
  }

  var shareOfTruth: String { "share of the class's true pixels" }
  var gridOfScores: String { "the scores" }

  var gridOfDifferences: String {
    """
    what each training gains over `none` under the same condition, paired, ± half its 95 % interval; bold: better or worse, \
    those under weather judged together
    """
  }

  var gainOverNone: String { "mean IoU gained over none" }
  var ablationCurves: String { "Validation mean IoU over epochs, by settings" }
  func seed(_ seed: Int) -> String { "seed \(seed)" }

  func drawingKey(hasBlocks: Bool) -> String {
    "BN: batch normalisation; "
      + (hasBlocks ? "MBConv: inverted residual blocks with depthwise convolutions; " : "")
      + "⊕: concatenation of channels; numbers: channels @ width x height; orange: skip connections"
  }

  var drawingInput: String { "input" }
  var drawingOutput: String { "output" }

  func drawingArrow(_ operation: String, size: Int?) -> String? {
    switch operation {
    case "max-pooling": "max 2x2"
    case "average-pooling": "mean \(size ?? 1)x\(size ?? 1)"
    case "upsampling": "nearest ×2"
    case "transposed-convolution": "transposed conv 2x2"
    case "resizing": "bilinear"
    case "sum": "sum"
    default: nil
    }
  }

  var drawingStride: String { "stride 2" }
  var drawingConcatenation: String { "concat" }
}
