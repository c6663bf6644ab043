import Settings

/// A kind of network: what it is made with, and how it is made.
package protocol Architecture: Component {
  /// What is done to its pictures.
  var preprocessing: Preprocessing { get }
  /// Pictures are padded so that both sides are multiples of this.
  static var sizeMultiple: Int { get }
  /// The layers that can start from published weights, in order; none without an encoder of that kind.
  var encoderLayers: [EncoderLayer] { get }
  /// Beginnings of names of arrays that files of published weights also hold.
  var unusedWeights: [String] { get }
  /// Multiplies the channels of every layer, rounded to multiples of sixteen; below 1 for small machines.
  var width: Float { get set }
  /// Makes a network of it, whose layers take their parameters from `maker`.
  func network(_ maker: LayerMaker) -> any Network
}

extension Architecture {
  package var preprocessing: Preprocessing { .imageNet }
  package var encoderLayers: [EncoderLayer] { [] }
  package var unusedWeights: [String] { ["classifier.", "pre_logits.", "head."] }
  package static var fields: [Field<Self>] { [.width] }

  /// Whether it has an encoder that can start from published weights.
  package static var hasEncoder: Bool { !Self().encoderLayers.isEmpty }

  /// A side of a picture, padded to a multiple of what the network needs.
  package func padded(_ side: Int) -> Int { (side + Self.sizeMultiple - 1) / Self.sizeMultiple * Self.sizeMultiple }

  /// How many parameters it has, moving statistics included, as Keras counts them.
  package func parameterCount(classes: OutputClasses) -> Int {
    parameters(classes: classes).reduce(0) { $0 + $1.count }
  }

  /// Its parameters in the order of its layers, without values.
  package func parameters(classes: OutputClasses) -> [Parameter] {
    let maker = LayerMaker(width: width, classes: classes, seed: nil)
    _ = network(maker)
    return maker.parameters
  }

  /// The names by which arrays of its encoder are published, of VGG16 torchvision's, of the others timm's, by the names
  /// of its parameters.
  package var publishedNames: [String: String] {
    Dictionary(
      uniqueKeysWithValues: encoderLayers.flatMap { layer in
        layer.arrays.map { ("\(layer.name).\($0.own)", $0.published[0]) }
      })
  }

  /// About how many bytes a training of pictures of that size takes at its peak, with Adam: four values a parameter,
  /// the values between operations, the gradients of the largest, and what the convolutions work with.
  package func estimatedTrainingBytes(
    classes: OutputClasses, height: Int, width: Int, batch: Int, precision: Precision = .fp32
  ) -> Int {
    let (maker, tape) = plan(classes: classes, height: height, width: width, batch: batch, precision)
    return bytes(maker, tape.storedValues + 3 * tape.largestTensor, precision)
  }

  /// About how many bytes predicting pictures of that size takes at its peak, between two epochs of a training with
  /// Adam: four values a parameter, the values that operations hold for each other, the probabilities before they are
  /// handed over, and what the convolutions work with.
  package func estimatedPredictionBytes(
    classes: OutputClasses, height: Int, width: Int, batch: Int, precision: Precision = .fp32
  ) -> Int {
    let (maker, tape) = plan(classes: classes, height: height, width: width, batch: batch, precision)
    let probabilities = batch * padded(height) * padded(width) * classes.count
    return bytes(maker, tape.mostHeldValues + tape.largestTensor + probabilities, precision)
  }

  /// The bytes of values beside those of four for each parameter and of what the convolutions work with.
  private func bytes(_ maker: LayerMaker, _ others: Int, _ precision: Precision) -> Int {
    let parameters = maker.parameters.reduce(0) { $0 + $1.count }
    let largestKernel = maker.parameters.reduce(0) { max($0, $1.count) }
    // Kernels are transformed, or packed.
    let working = (precision == .fp32 ? 8 : 1) * largestKernel + (16 << 20)
    let values = 4 * parameters + others + working
    // A tenth was missing where it was measured: the parts of kernels, and what lies unused in between.
    return MemoryLayout<Float>.size * (values + values / 10)
  }

  /// Floating-point operations of one picture's way forward: two for each multiply-add of its convolutions, by their
  /// definition (products / outputs = size^2 channels in). What else is done is a percent or so, and not counted.
  package func operations(classes: OutputClasses, height: Int, width: Int) -> Int {
    2 * layers(classes: classes, height: height, width: width).reduce(0) { $0 + $1.multiplyAdds }
  }

  /// The layers in the order in which they run, for one picture of that size.
  package func layers(classes: OutputClasses, height: Int, width: Int) -> [LayerSummary] {
    plan(classes: classes, height: height, width: width, batch: 1, .fp32).tape.plan.layers
  }

  /// The network's way forward with shapes alone.
  private func plan(
    classes: OutputClasses, height: Int, width: Int, batch: Int, _ precision: Precision
  ) -> (maker: LayerMaker, tape: Tape) {
    let maker = LayerMaker(width: self.width, classes: classes, seed: nil)
    let tape = Tape(.planning, precision: precision)
    let shape = Shape(batch, padded(height), padded(width), 3)
    _ = network(maker).logits(Graph.pictures(shape)).run(of: Variable(Tensor(planned: shape)), on: tape)
    return (maker, tape)
  }
}

extension Field where Owner: Architecture {
  /// `Architecture.width`, which all have.
  static var width: Field {
    .number("width", \.width, .above(0, to: 4), "multiplies the channels of every layer")
  }
}

/// All networks by name.
package enum Networks {
  package static let all: [any Architecture.Type] = [
    UNetMini.self, UNet.self, VGGUNet.self, VGGPSPNet.self, FCN8.self,
    EfficientNetUNet.self, MobileNetUNet.self, SMPUNet.self,
  ]
  package static let registry = Registry<any Architecture>("network", all)

  /// The network that a stored model was made with.
  ///
  /// - Throws: `SettingError`, also for settings that the network doesn't have; but those of 0.1.0 always held
  ///   `dropout`, which is left out where there is none.
  static func stored(_ name: String, _ settings: [String: Setting]) throws -> any Architecture {
    var settings = settings
    let known = try registry.named(name).descriptions.map(\.name)
    if !known.contains("dropout") { settings["dropout"] = nil }
    return try registry.make(Choice(name, settings))
  }
}
