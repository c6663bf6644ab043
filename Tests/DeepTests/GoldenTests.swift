import Compute
import Deep
import Foundation
import Storage
import TestSupport
import Testing

/// Whole networks against PyTorch; Fixtures/networks.py made the values.
@Suite(.serialized) struct GoldenTests {
  /// The stream that Fixtures/networks.py draws an array of that name from.
  private func uniform(_ count: Int, _ name: String) -> [Float] {
    var stream = RandomStream(seed: 7, RandomStream.key(name))
    return (0..<count).map { _ in stream.uniform(-1...1) }
  }

  private func setStart(_ model: NetworkModel) {
    let name = model.architecture.name
    let isVGG = name.hasPrefix("vgg") || name == "smp-unet"
    for parameter in model.parameters where parameter.role != .statistic || parameter.name.hasPrefix("encoder.") {
      let kind = parameter.name.split(separator: ".").last ?? ""
      let extents = parameter.extents
      var (scale, offset): (Float, Float) = (0.1, 0)
      switch kind {
      case "kernel":
        // Each channel alone in depthwise kernels.
        let inputs = extents[3] == 1 ? 1 : extents[2]
        scale = Float((6 / Double(extents[0] * extents[1] * inputs)).squareRoot()) * (isVGG ? 0.25 : 1)
      case "scale": offset = 1
      case "variance": (scale, offset) = (0.5, 1)
      case "shift": offset = name == "unet-mini" ? 0 : 3
      default: offset = isVGG ? 1 : 0
      }
      let values = uniform(extents.reduce(1, *), parameter.name)
      for index in values.indices { parameter.values.pointer[index] = values[index] * scale + offset }
    }
  }

  /// Every so many rows and columns, as the fixtures hold them.
  private func strided(_ x: Tensor, by step: Int) -> (values: [Float], shape: [Int]) {
    let (all, shape) = (x.values, x.shape)
    let (rows, columns) = (stride(from: 0, to: shape.height, by: step), stride(from: 0, to: shape.width, by: step))
    var values: [Float] = []
    for n in 0..<shape.batch {
      for y in rows {
        for x in columns {
          let start = ((n * shape.height + y) * shape.width + x) * shape.channels
          values += all[start..<start + shape.channels]
        }
      }
    }
    return (values, [shape.batch, (shape.height + step - 1) / step, (shape.width + step - 1) / step, shape.channels])
  }

  static let sizes = [
    "unet-mini": (16, 20), "unet": (32, 48), "vgg-unet": (32, 48), "vgg-pspnet": (64, 96),
    "efficientnet-unet": (64, 96), "efficientnet-unet-lite0": (64, 96), "mobilenet-unet": (64, 96),
    "vgg-pspnet/16": (64, 96), "vgg-pspnet/8": (64, 96), "smp-unet": (64, 96),
  ]

  /// The architecture that a fixture is of.
  private func architecture(_ fixture: String) throws -> any Architecture {
    guard fixture.hasPrefix("efficientnet") else { return try network(fixture, dropout: 0) }
    let variant = fixture.split(separator: "-").last == "lite0" ? "lite0" : "b0"
    return try network("efficientnet-unet", ["variant": .text(variant), "stochasticDepth": .whole(0)])
  }

  /// A network with the fixtures' first values, and their batch.
  private func start(_ name: String, _ precision: Precision) throws -> (
    trainer: Trainer, pictures: Tensor, targets: Targets
  ) {
    let (height, width) = try #require(Self.sizes[name])
    let model = try NetworkModel(architecture(name), classes: eight, seed: 0)
    model.precision = precision
    setStart(model)
    let shape = Shape(2, height, width, 3)
    let pictures = Tensor(shape, values: uniform(shape.count, "input"))
    let targets = Targets(classes: uniform(shape.pixels, "target").map { UInt8(($0 + 1) * 4) })
    let trainer = try Trainer(model, settings: UpdateSettings(learningRate: 5e-5), seed: 0)
    return (trainer, pictures, targets)
  }

  /// The fixture of a network, of PyTorch's values or of how far they are off under autocast.
  private func golden(_ name: String, underAutocast: Bool = false) throws -> SafeTensors {
    try fixture("\(name.replacing("/", with: "-"))\(underAutocast ? "-bf16" : "").safetensors")
  }

  /// An array of a fixture.
  private func values(_ key: String, of golden: SafeTensors) throws -> [Float] {
    try #require(golden.arrays[key]?.values(Float.self, as: .float32), "\(key) is not in the fixture")
  }

  /// How far each gradient is from PyTorch's in single precision, and the norm of that: norms of the arrays.
  private func differences(_ model: NetworkModel, _ golden: SafeTensors, _ prefix: String = "") throws -> [(
    name: String, difference: Double, norm: Double
  )] {
    try model.parameters.filter { $0.role != .statistic && !$0.isFrozen }.map { parameter in
      let gradient = array(parameter.gradient)
      let products = try values("\(prefix)\(parameter.name)/products", of: golden)
      // The products of a difference d with vectors uniform in -1...1 have the deviation |d| / sqrt(3).
      let squares = products.indices.map { index in
        let product = dot(gradient, uniform(gradient.count, "\(parameter.name)/\(index)"))
        return (product - Double(products[index])) * (product - Double(products[index]))
      }
      let difference = (3 * squares.reduce(0, +) / Double(squares.count)).squareRoot()
      return (parameter.name, difference, Double(try values("\(prefix)\(parameter.name)/norm", of: golden)[0]))
    }
  }

  @Test(
    "with an encoder that is frozen but for its last block, statistics included, logits and gradients are PyTorch's",
    arguments: [("efficientnet-unet", 16), ("efficientnet-unet-lite0", 16), ("mobilenet-unet", 17)])
  func agreesFrozen(_ name: String, _ blocks: Int) throws {
    let golden = try fixture("\(name).safetensors")
    let (trainer, pictures, targets) = try start(name, .fp32)
    let model = trainer.model
    model.frozenLayers = Set(model.encoderLayers.filter { !$0.hasPrefix("encoder.block\(blocks).") })
    let (loss, logits) = trainer.gradients(pictures, targets)
    let sample = strided(logits, by: logits.shape.height / 16)
    expectClose(sample.values, try values("frozen/logits", of: golden), absolute: 1e-4, relative: 1e-4, "logits")
    expectClose([loss], try values("frozen/loss", of: golden), absolute: 1e-5, relative: 3e-6, "loss")
    for (parameter, difference, norm) in try differences(model, golden, "frozen/") {
      #expect(difference <= 1e-3 * norm + 1e-6, "\(parameter): off by \(difference) of \(norm)")
    }
  }

  @Test("logits, gradients and twenty steps of Adam follow PyTorch's", arguments: sizes.keys.sorted())
  func agrees(_ name: String) throws {
    let golden = try golden(name)
    let (trainer, pictures, targets) = try start(name, .fp32)
    let (loss, logits) = trainer.gradients(pictures, targets)
    let sample = strided(logits, by: logits.shape.height / 16)
    expectClose(
      sample.values, try values("logits", of: golden), shape: sample.shape,
      expectedShape: golden.arrays["logits"]?.shape, absolute: 1e-4, relative: 1e-4, "logits")
    expectClose([loss], try values("loss", of: golden), absolute: 1e-5, relative: 3e-6, "loss")
    for (parameter, difference, norm) in try differences(trainer.model, golden) {
      // The gradient of a bias before a normalisation is rounding noise in PyTorch, hence the constant.
      #expect(difference <= 1e-3 * norm + 1e-6, "\(parameter): off by \(difference) of \(norm)")
    }
    let losses = (0..<20).map { _ in trainer.step(pictures, targets) }
    expectClose(losses, try values("adam", of: golden), absolute: 1e-3, "losses of Adam")
  }

  /// Four products tell a difference to a factor of 2.5 or so; of gradients that are zero but for rounding nothing is
  /// asked.
  @Test(
    "in bf16 logits and gradients are as near to single precision as PyTorch's under autocast",
    .enabled(if: Precision.bf16.isAvailable), arguments: sizes.keys.sorted())
  func agreesInPlanes(_ name: String) throws {
    let (golden, autocast) = (try golden(name), try golden(name, underAutocast: true))
    let (trainer, pictures, targets) = try start(name, .bf16)
    let logits = trainer.gradients(pictures, targets).logits
    let sample = strided(logits, by: logits.shape.height / 16).values
    let expected = try values("logits", of: golden)
    let error = zip(sample, expected).map { $0 - $1 }
    let share = (dot(error, error) / dot(expected, expected)).squareRoot()
    let theirs = Double(try values("logits", of: autocast)[0])
    #expect(share <= 1.2 * theirs, "logits are off by \(share), PyTorch's by \(theirs)")
    var ratios: [Double] = []
    for (parameter, difference, norm) in try differences(trainer.model, golden) where norm > 1e-6 {
      let theirs = Double(try values(parameter, of: autocast)[0])
      ratios.append(difference / norm / theirs)
      #expect(difference <= 4 * theirs * norm, "\(parameter): off by \(difference / norm), PyTorch by \(theirs)")
    }
    let typical = ratios.sorted()[ratios.count / 2]
    #expect(typical < 1.2, "gradients are off by \(typical) times what PyTorch's are")
    let losses = (0..<20).map { _ in trainer.step(pictures, targets) }
    expectClose(losses, try values("adam", of: golden), absolute: 0, relative: 0.01, "losses of Adam")
  }
}
