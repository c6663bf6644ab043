/// MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) as encoder: a stem and seven stages of inverted bottlenecks.
enum MobileNetV2 {
  static let design = BottleneckDesign(
    stem: 32,
    stages: [
      BottleneckDesign.Stage(expansion: 1, size: 3, stride: 1, channels: 16, repeats: 1),
      BottleneckDesign.Stage(expansion: 6, size: 3, stride: 2, channels: 24, repeats: 2),
      BottleneckDesign.Stage(expansion: 6, size: 3, stride: 2, channels: 32, repeats: 3),
      BottleneckDesign.Stage(expansion: 6, size: 3, stride: 2, channels: 64, repeats: 4),
      BottleneckDesign.Stage(expansion: 6, size: 3, stride: 1, channels: 96, repeats: 3),
      BottleneckDesign.Stage(expansion: 6, size: 3, stride: 2, channels: 160, repeats: 3),
      BottleneckDesign.Stage(expansion: 6, size: 3, stride: 1, channels: 320, repeats: 1),
    ], convention: (.symmetric, 1e-5), function: .relu6, isSqueezed: false)

  // MARK: Published weights

  /// Its layers, with the names that timm and torchvision give them.
  static let layers = design.layers(stages: design.stages.count, [.timm, torchvision])

  /// Beginnings of names of the layers that follow the last stage.
  static let unusedWeights = ["conv_head.", "bn2.", "features.18.", "classifier."]

  /// torchvision counts blocks through all stages, after the stem.
  private static let torchvision = BottleneckNaming(stem: ("features.0.0", "features.0.1")) { place in
    let block = "features.\(place.block + 1).conv"
    func layer(_ part: Int) -> BottleneckNaming.Layer { ("\(block).\(part).0", "\(block).\(part).1") }
    // The last convolution stands beside its normalisation, not within one layer with it.
    let project = place.isExpanded ? 2 : 1
    return BottleneckNaming.Block(
      expand: place.isExpanded ? layer(0) : nil, depthwise: layer(project - 1),
      project: ("\(block).\(project)", "\(block).\(project + 1)"))
  }
}
