import Deep
import Storage

/// What a network's arrays are called in PyTorch, and how their extents are ordered there.
///
/// Layers of encoders have the names of torchvision (VGG16) and timm (EfficientNet, MobileNetV2), those of `smp-unet` the names of
/// segmentation_models.pytorch; all others those of the module that `load.py` makes.
struct TorchNaming {
  /// An array under both names.
  struct Entry {
    let parameter: Parameter
    /// Its name there.
    let name: String
    /// Where each of the extents there stands in `parameter.extents`.
    let order: [Int]

    /// The extents there: of kernels [outputs, inputs, rows, columns], of transposed convolutions
    /// [inputs, outputs, rows, columns], of depthwise ones [channels, 1, rows, columns].
    var extents: [Int] { order.map { parameter.extents[$0] } }
  }

  /// All arrays, in the order in which the network has its layers.
  let entries: [Entry]

  init(_ architecture: any Architecture, _ parameters: [Parameter]) {
    let published = architecture.publishedNames
    let names = Set(parameters.map(\.name))
    let rises = names.count { $0.hasPrefix("rise") && $0.hasSuffix(".kernel") }
    let ups = names.count { $0.hasPrefix("up") && $0.hasSuffix(".1.kernel") }
    let network = architecture.name
    entries = parameters.map { parameter in
      let parts = parameter.name.split(separator: ".").map(String.init)
      let (layer, kind) = (parts.dropLast().joined(separator: "."), parts.last ?? "")
      let isTransposed = layer.hasPrefix("rise")
      let isDepthwise = layer.hasSuffix(".depthwise")
      let name =
        published[parameter.name]
        ?? Self.layer(parts.dropLast(), of: network, levels: max(rises, ups))
        + Self.place(
          kind, isNormalised: names.contains("\(layer).scale")) + Self.kind(kind)
      return Entry(
        parameter: parameter,
        name: network == "smp-unet" && published[parameter.name] != nil ? "encoder.\(name)" : name,
        order: parameter.extents.count == 4
          ? (isTransposed || isDepthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]) : Array(parameter.extents.indices))
    }
  }

  /// The name there of a layer that isn't an encoder's. Levels are counted from the finest here, from the coarsest there.
  private static func layer(_ parts: ArraySlice<String>, of network: String, levels: Int) -> String {
    let head = parts.first ?? ""
    let number = Int(head.drop { $0.isLetter }) ?? 0
    let within = parts.dropFirst().first.flatMap { Int($0) } ?? 0
    switch (network, head.prefix { $0.isLetter }) {
    // Its second convolution comes after a rectifier and dropout.
    case ("unet-mini", _) where parts.count > 1: return "\(head).\(within == 1 ? 0 : 3)"
    case ("smp-unet", "center"): return "decoder.center.\(within - 1)"
    case ("smp-unet", "up"): return "decoder.blocks.\(levels - number).conv\(within)"
    case ("smp-unet", "head"): return "segmentation_head.0"
    case (_, "rise"): return "rise.\(levels - number)"
    case (_, "up"): return "up.\(levels - number).\(within - 1)"
    case (_, "down"): return "down.\(number - 1).\(within - 1)"
    default: return parts.joined(separator: ".")
    }
  }

  /// A normalised convolution is a sequence of both there.
  private static func place(_ kind: String, isNormalised: Bool) -> String {
    guard isNormalised else { return "." }
    return ["kernel", "bias"].contains(kind) ? ".0." : ".1."
  }

  private static func kind(_ own: String) -> String {
    switch own {
    case "kernel", "scale": "weight"
    case "mean": "running_mean"
    case "variance": "running_var"
    case "shift": "bias"
    default: own
    }
  }
}

extension SafeTensors.Array {
  /// The array with its extents in another order; `order` says where each of the new ones stood.
  ///
  /// - Parameter values: those of the array.
  static func transposed(_ values: [Float], _ extents: [Int], order: [Int]) -> SafeTensors.Array {
    let shape = order.map { extents[$0] }
    guard order != Array(order.indices) else { return SafeTensors.Array(.float32, shape: shape, values: values) }
    // How far apart values lie that are next to each other along each new extent.
    let strides = order.map { place in extents[(place + 1)...].reduce(1, *) }
    let result = [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
      var at = 0
      for a in 0..<shape[0] {
        for b in 0..<shape[1] {
          for c in 0..<shape[2] {
            var from = a * strides[0] + b * strides[1] + c * strides[2]
            for _ in 0..<shape[3] {
              buffer[at] = values[from]
              at += 1
              from += strides[3]
            }
          }
        }
      }
      count = at
    }
    return SafeTensors.Array(.float32, shape: shape, values: result)
  }
}
