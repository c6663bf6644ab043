import Scenes

/// A network: layers made once, composed forward only.
package protocol Network {
  /// The values before the softmax, [batch, height, width, `Category.count`], of a batch of prepared pictures
  /// [batch, height, width, 3] whose sides are multiples of the definition's `sizeMultiple`.
  func logits(_ pictures: Feature, on tape: Tape) -> Feature
}

/// What a network is made with; every field can be set from an experiment.
public struct NetworkSettings: Codable, Hashable, Sendable {
  /// Multiplies the channels of every layer, rounded to multiples of sixteen; below 1 for small machines.
  public var width: Float
  /// Probability of a value to be dropped while training, in networks that have dropout.
  public var dropout: Float

  public init(width: Float = 1, dropout: Float = 0.2) {
    (self.width, self.dropout) = (width, dropout)
  }

  /// - Throws: `DeepError.invalid` with the setting, its value and the bound.
  package func checked() throws -> NetworkSettings {
    guard width > 0, width <= 4 else {
      throw DeepError.invalid(setting: "width", value: "\(width)", bound: "above 0 and at most 4")
    }
    guard dropout >= 0, dropout < 1 else {
      throw DeepError.invalid(setting: "dropout", value: "\(dropout)", bound: "at least 0 and below 1")
    }
    return self
  }
}

/// What is done to pictures before a network sees them: (value / 255 - mean[c]) / deviation[c].
public struct Preprocessing: Codable, Equatable, Sendable {
  /// Of red, green and blue, in 0...1.
  public let mean, deviation: [Float]

  /// The means and deviations over ImageNet, which pretrained encoders were trained with. Networks without one use
  /// them too: they centre street pictures well.
  public static let imageNet = Preprocessing(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
}

/// A kind of network that can be made by name.
public struct NetworkDefinition: Sendable {
  /// Its name on the command line, such as `unet-mini`.
  public let name: String
  /// What it is, in a line.
  public let summary: String
  /// What is done to its pictures.
  public let preprocessing: Preprocessing
  /// Pictures are padded so that both sides are multiples of this.
  let sizeMultiple: Int
  /// The layers that can start from published weights, in order; none without an encoder of that kind.
  var encoderLayers: [EncoderLayer] = []
  let make: @Sendable (LayerMaker) -> any Network

  /// Whether it has an encoder that can start from published weights.
  public var hasEncoder: Bool { !encoderLayers.isEmpty }

  /// How many parameters it has, moving statistics included, as Keras counts them.
  public func parameterCount(_ settings: NetworkSettings = NetworkSettings()) -> Int {
    let maker = LayerMaker(settings: settings, seed: nil)
    _ = make(maker)
    return maker.parameters.reduce(0) { $0 + $1.count }
  }

  /// About how many bytes a training of pictures of that size takes at its peak, with Adam: four values a parameter,
  /// the values between operations, the gradients of the largest, and what the convolutions work with.
  public func estimatedTrainingBytes(
    _ settings: NetworkSettings = NetworkSettings(), height: Int, width: Int, batch: Int
  ) -> Int {
    let (maker, tape) = plan(settings, height: height, width: width, batch: batch)
    let parameters = maker.parameters.reduce(0) { $0 + $1.count }
    let largestKernel = maker.parameters.reduce(0) { max($0, $1.count) }
    let working = 8 * largestKernel + (16 << 20)
    let values = 4 * parameters + tape.storedValues + 3 * tape.largestTensor + working
    // A tenth was missing where it was measured: the parts of kernels, and what lies unused in between.
    return MemoryLayout<Float>.size * (values + values / 10)
  }

  /// Floating-point operations of one picture's way forward: two for each multiply-add of its convolutions, by their
  /// definition (products / outputs = size^2 channels in). What else is done is a percent or so, and not counted.
  public func operations(_ settings: NetworkSettings = NetworkSettings(), height: Int, width: Int) -> Int {
    2 * layers(settings, height: height, width: width).reduce(0) { $0 + $1.multiplyAdds }
  }

  /// The layers in the order in which they run, for one picture of that size.
  public func layers(_ settings: NetworkSettings = NetworkSettings(), height: Int, width: Int) -> [Layer] {
    let (maker, tape) = plan(settings, height: height, width: width, batch: 1)
    return tape.plan.layers.map { layer in
      var layer = layer
      let own = maker.parameters.filter { $0.name.hasPrefix("\(layer.name).") }
      layer.parameters = layer.name.isEmpty ? 0 : own.reduce(0) { $0 + $1.count }
      return layer
    }
  }

  /// The network's way forward with shapes alone.
  private func plan(
    _ settings: NetworkSettings, height: Int, width: Int, batch: Int
  ) -> (maker: LayerMaker, tape: Tape) {
    let maker = LayerMaker(settings: settings, seed: nil)
    let network = make(maker)
    let tape = Tape(.planning)
    func padded(_ side: Int) -> Int { (side + sizeMultiple - 1) / sizeMultiple * sizeMultiple }
    _ = network.logits(Feature(Tensor(planned: Shape(batch, padded(height), padded(width), 3))), on: tape)
    return (maker, tape)
  }
}

/// All networks by name.
public enum Networks {
  public static let all: [NetworkDefinition] = [
    UNetMini.definition, UNet.definition, VGGUNet.definition, VGGPSPNet.definition,
  ]

  /// The network of that name, if any.
  public static func named(_ name: String) -> NetworkDefinition? {
    all.first { $0.name == name }
  }
}
