/// A layer of a network as it would run on one picture of a given size.
package struct LayerSummary: Equatable, Sendable {
  /// What it does.
  package let operation: OperationDescription
  /// What the names of its parameters begin with, such as `encoder.block1.conv1`; empty where it has none.
  package let name: String
  /// The size of its result, put together where pictures are split for dilated convolutions.
  package let height, width, channels: Int
  /// How far apart the pixels lie that it takes for neighbours; 1 but in dilated convolutions.
  package let dilation: Int
  /// The channels of all that it reads, side by side.
  package let inputChannels: Int
  /// Its parameters, those of its normalisation and the moving statistics included, but not what an earlier layer has
  /// in common with it.
  package let parameters: Int
  /// Products of two values that it sums, by definition rather than by algorithm.
  package let multiplyAdds: Int
  /// The places of the layers whose results it reads, in the list that it is in; the picture has none.
  package let sources: [Int]
}

/// Gathers the layers of a pass that only plans.
struct NetworkSummary {
  private(set) var layers: [LayerSummary] = []
  /// The layer that made each variable, nil for pictures, and how convolutions of it are dilated. Variables are kept, so
  /// that none is taken for another; they hold no values.
  private var makers: [ObjectIdentifier: (layer: Int?, dilation: Int, variable: Variable)] = [:]
  private var counted: Set<ObjectIdentifier> = []

  /// Adds an operation that reads `inputs` and makes `result`.
  mutating func add(_ operation: any NetworkOperation, _ inputs: [Variable], result: Variable) {
    let read = inputs.compactMap { makers[ObjectIdentifier($0)] }
    let dilation = operation.dilation(after: read.first?.dilation ?? 1)
    guard let description = operation.description else {
      makers[ObjectIdentifier(result)] = (read.first?.layer, dilation, result)
      return
    }
    let (shape, shapes) = (result.shape, inputs.map(\.shape))
    let own = operation.parameters.filter { counted.insert(ObjectIdentifier($0)).inserted }
    let name = operation.parameters.first?.name.split(separator: ".").dropLast().joined(separator: ".")
    layers.append(
      LayerSummary(
        operation: description, name: name ?? "", height: shape.height * dilation, width: shape.width * dilation,
        channels: shape.channels, dilation: dilation, inputChannels: shapes.reduce(0) { $0 + $1.channels },
        parameters: own.reduce(0) { $0 + $1.count }, multiplyAdds: operation.multiplyAdds(shapes),
        sources: read.compactMap(\.layer)))
    makers[ObjectIdentifier(result)] = (layers.count - 1, dilation, result)
  }
}
