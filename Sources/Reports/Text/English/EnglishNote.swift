// MARK: Notes

extension EnglishCatalogue {
  func classSet(_ name: String, classes: [String], void: String?) -> String {
    "The set `\(name)` has \(self.classes(classes.count)): \(list(classes))"
      + (void.map { "; \($0) is what belongs to none of them." } ?? ".")
  }

  var modelsNote: String {
    "Parameters by Keras' convention, moving statistics included; FLOPs per forward pass."
  }

  var kind: String { "Kind" }
  var modelGigaflops: String { "GFLOPs a picture" }
  var size: String { "Size" }
  var network: String { "network" }
  var classifier: String { "pixel classifier" }

  func architectureNote(model: String, size: String) -> String {
    """
    `\(model)` on pictures of \(size); parameters hold each layer's normalisation and its moving statistics; two \
    operations for each multiply-add of a convolution, by its definition.
    """
  }

  func architectureCaption(model: String) -> String {
    """
    `\(model)`: stages of convolutions with channels and size of their results. Down: 2x2 maximum; up: to twice the size; \
    across: skip connections. Blue stages can start from ImageNet weights
    """
  }

  var layer: String { "Layer" }
  var operation: String { "Operation" }
  var channelsIn: String { "Channels in" }
  var result: String { "Result" }
  var all: String { "all" }
  func convolution(size: Int) -> String { "\(size)x\(size) convolution" }
  func depthwiseConvolution(size: Int) -> String { "\(size)x\(size) depthwise convolution" }
  var squeezeExcitation: String { "squeeze and excitation" }
  func dilated(_ operation: String, by dilation: Int) -> String { "\(operation), dilated by \(dilation)" }
  var transposedConvolution: String { "2x2 transposed convolution, stride 2" }
  var maxPool: String { "2x2 maximum" }
  func averagePool(bins: Int) -> String { "averages over \(bins)x\(bins) regions" }
  var upsampling: String { "nearest neighbour, twice the size" }
  var batchNormalisation: String { "batch normalisation" }
  var sumOfValues: String { "sum" }
  var bilinearResizing: String { "bilinear resizing" }

  func noteClaimsNote(earlier: String) -> String {
    """
    Their figures are most probably soft flat scores of `\(earlier)`; those here are, unless the claim says otherwise, \
    differences of the hard mean IoU of test scenes with their 95 % intervals, of more than two the least and the largest; \
    every one, with its protocol and its runs, is in the appendix.
    """
  }

  var allClaimsNote: String {
    """
    By claim and experiment: every difference of mean IoU or of what the claim says, and what would test the claims that \
    none of these tests.
    """
  }

  var claimNumber: String { "No." }
  var experiment: String { "Experiment" }
  var experimentOrNeed: String { "Experiment, or what would test it" }
  var evidenceNote: String { "What the verdicts rest on; runs are folders in `runs/`." }
  var this: String { "A" }
  var against: String { "B" }
  var itsRuns: String { "Runs of A" }
  var othersRuns: String { "Runs of B" }

  func limits(experiment name: String, scenes: ClosedRange<Int>, size: String, seeds: Int, epochs: Int?) -> String {
    "`\(name)`: \(numbers(scenes)) training scenes at \(size), \(seeds) \(seeds == 1 ? "seed" : "seeds")"
      + (epochs.map { ", at most \($0) epochs" } ?? "")
        + """
        ; the earlier reports had \(number(2300)) to \(number(2975)) Cityscapes pictures of 512x256 (100 of 256x128 for the \
        classifiers), one seed and hours on a GPU.
        """
  }

  func recipe(_ recipe: Recipe) -> String {
    let encoder: String =
      switch recipe.encoder {
      case nil, .random: ""
      case .published: " The encoder starts from ImageNet weights."
      case .run(let network, let file): " The encoder starts from that of a trained `\(network)` (`\(file)`)."
      }
    return """
      Recipe: `\(recipe.optimizer)`, learning rate \(shortest(recipe.learningRate)), schedule `\(recipe.schedule)`, batches of \
      \(recipe.batch), at most \(recipe.epochs) epochs (\(number(recipe.steps)) steps), loss `\(recipe.loss)`\
      \(recipe.isReduced ? ", activations and products in bf16" : "").\(encoder)
      """
  }

  func amongNetworks(of experiments: [String]) -> String {
    " that were compared on the same scenes (\(list(experiments)))"
  }

  func tuned(_ rates: [Double], in experiment: String) -> String {
    "Its learning rate is the best of \(list(rates.map(shortest))) on validation scenes (`\(experiment)`)."
  }

  var recipesDiffer: String { "Learning rate and epochs are not the same for all networks." }
  var randomEncoders: String { "Encoders started from random weights." }
  var someEncodersPretrained: String { "Some encoders started from ImageNet weights." }

  var encodersPretrained: String {
    "Encoders started from ImageNet weights, all other layers from random ones."
  }

  func encodersOfRuns(_ files: [String], areAll: Bool) -> String {
    let names = files.map { "`\($0)`" }.joined(separator: ", ")
    return areAll
      ? "Encoders started from those of networks trained before (\(names)), all other layers from random weights."
      : "Some encoders started from those of networks trained before (\(names))."
  }
}

// MARK: Cards

extension EnglishCatalogue {
  var cardNote: String { "Intervals as in the report." }
  func scenes(_ count: ClosedRange<Int>) -> String { "\(numbers(count)) scenes" }
  func meanIoU(under condition: String) -> String { "Mean IoU, \(condition)" }
  var trainingScenes: String { "training scenes" }
  var cardSize: String { "size" }
  var cardParameters: String { "parameters" }
  var loss: String { "loss" }
  var augmentation: String { "augmentation" }
  var training: String { "training" }

  func ownLearningRate(_ rate: Double) -> String { "learning rate \(rate)" }
  func recipe(optimizer: String, learningRate: Double, batch: Int, epochs: Int) -> String {
    "\(optimizer), learning rate \(shortest(learningRate)), batches of \(batch), at most \(epochs) epochs"
  }

  var encoder: String { "encoder" }
  var randomWeights: String { "random weights" }
  var imageNetWeights: String { "ImageNet weights" }
  func weightsOfRun(network: String, file: String) -> String { "weights of a trained `\(network)` (`\(file)`)" }
  var trainingPixels: String { "training pixels" }
  var weights: String { "weights" }
}
