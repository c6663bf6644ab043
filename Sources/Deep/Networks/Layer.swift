/// A layer of a network as it would run on one picture of a given size.
public struct Layer: Equatable, Sendable {
  /// What a layer does.
  public enum Kind: Equatable, Sendable {
    /// Of stride 1, `size` rows and columns.
    case convolution(size: Int)
    /// 2x2, of stride 2.
    case transposedConvolution
    /// The maximum of each 2x2 square.
    case maxPool
    /// Averages over `bins` x `bins` regions.
    case averagePool(bins: Int)
    /// Each pixel as a square of 2x2.
    case upsampling
    /// Bilinear, to another size.
    case resizing
  }

  public let kind: Kind
  /// What the names of its parameters begin with, such as `encoder.block1.conv1`; empty where it has none.
  public let name: String
  /// The size of its result.
  public let height, width, channels: Int
  /// The channels of all that it reads, side by side.
  public let inputChannels: Int
  /// Its parameters, those of its normalisation and the moving statistics included.
  public internal(set) var parameters: Int
  /// Products of two values that it sums, by definition rather than by algorithm.
  public let multiplyAdds: Int
  /// The places of the layers whose results it reads, in the list that it is in; the picture has none.
  public let sources: [Int]
}

/// Gathers the layers of a pass that only plans.
struct LayerPlan {
  private(set) var layers: [Layer] = []
  /// The layer that made each tensor. Tensors are kept, so that none is taken for another; they hold no values.
  private var makers: [ObjectIdentifier: (layer: Int, tensor: Tensor)] = [:]

  /// Adds a layer that reads `inputs` and makes `result`.
  mutating func add(_ kind: Layer.Kind, _ inputs: [Feature], kernel: Parameter?, result: Feature) {
    let shape = result.shape
    // Each pixel of a transposed convolution's input, of others' result, meets every value of the kernel once.
    let pixels = kind == .transposedConvolution ? inputs[0].shape : shape
    layers.append(
      Layer(
        kind: kind, name: kernel.map { String($0.name.dropLast(".kernel".count)) } ?? "",
        height: shape.height, width: shape.width, channels: shape.channels,
        inputChannels: inputs.reduce(0) { $0 + $1.shape.channels }, parameters: 0,
        multiplyAdds: pixels.batch * pixels.height * pixels.width * (kernel?.count ?? 0),
        sources: inputs.compactMap { makers[ObjectIdentifier($0.tensor)]?.layer }))
    makers[ObjectIdentifier(result.tensor)] = (layers.count - 1, result.tensor)
  }
}
