import Compute
import Deep

// What each operation of Deep is in ONNX. Kernels of Deep are [rows, columns, channels in, channels out], those of ONNX
// [channels out, channels in, rows, columns].

extension Convolution: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    let (kernel, bias) = inferenceWeights
    let extents = [kernel.extents[3], kernel.extents[2], window.size, window.size]
    return network.convolve(
      network.concatenated(inputs), kernel: kernel.transposed(rows: window.size * window.size), extents,
      bias: bias?.array, stride: window.stride, padding: window.onnxPadding)
  }
}

extension DepthwiseConvolution: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    let (kernel, bias) = inferenceWeights
    let channels = kernel.extents[2]
    return network.convolve(
      inputs[0], kernel: kernel.transposed(rows: window.size * window.size),
      [channels, 1, window.size, window.size], bias: bias?.array, stride: window.stride, padding: window.onnxPadding,
      groups: channels)
  }
}

extension KernelWindow {
  /// The zeros above, to the left, below and to the right. Sides are multiples of the stride wherever networks have one,
  /// so that they don't depend on the size.
  fileprivate var onnxPadding: [Int] {
    let before = before(stride * size)
    let after = stride * (size - 1) + size - stride * size - before
    return [before, before, max(0, after), max(0, after)]
  }
}

/// As a convolution that makes all four pixels of a square, which are then put in their places: of both forms this is the
/// one that there is for int8.
extension TransposedConvolution: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    let (inner, outputs) = (kernel.extents[2], kernel.extents[3])
    // [rows, columns, in, out] to [(rows, columns, out), in].
    var weights: [Float] = []
    weights.reserveCapacity(kernel.count)
    for place in 0..<4 {
      for output in 0..<outputs {
        for input in 0..<inner { weights.append(kernel.values.pointer[(place * inner + input) * outputs + output]) }
      }
    }
    let bias = (0..<4).flatMap { _ in self.bias.array }
    var squares = network.convolve(inputs[0], kernel: weights, [4 * outputs, inner, 1, 1], bias: bias)
    squares.name = network.graph.add(
      "DepthToSpace", [squares.name], ["blocksize": .int(2), "mode": .string("DCR")])
    return LoweredValue(name: squares.name, channels: outputs)
  }
}

/// One that wasn't joined to a convolution.
extension BatchNormalisation: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    let (graph, channels, activation) = (network.graph, scale.count, inferenceActivation())
    func array(_ name: String, _ values: FloatBuffer) -> String {
      graph.floats(name, Array(UnsafeBufferPointer(start: values.pointer, count: channels)), [channels, 1, 1])
    }
    let scaled = graph.add("Mul", [inputs[0].name, array("scale", activation.scale)])
    var result = inputs[0]
    (result.name, result.rounding) = (graph.add("Add", [scaled, array("shift", activation.shift)]), nil)
    return network.apply(function, to: result)
  }
}

extension Activation: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    network.apply(function, to: inputs[0])
  }
}

extension MaxPooling: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    var result = inputs[0]
    result.name = network.graph.add(
      "MaxPool", [result.name], ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
    return network.roundedAgain(result)
  }
}

extension Upsampling: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    var result = inputs[0]
    result.name = network.graph.add(
      "Resize", [result.name, "", network.graph.floats("scales", [1, 1, 2, 2], [4])],
      [
        "mode": .string("nearest"), "coordinate_transformation_mode": .string("asymmetric"),
        "nearest_mode": .string("floor"),
      ])
    return network.roundedAgain(result)
  }
}

extension NetworkLowering {
  /// A value that holds nothing but values of one that was rounded: to the same numbers, which loses nothing.
  fileprivate func roundedAgain(_ value: LoweredValue) -> LoweredValue {
    value.rounding.map { rounded(value, to: $0) } ?? value
  }
}

extension AveragePooling: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    let graph = network.graph
    let result = [3, 2].reduce(inputs[0].name) { value, axis in
      graph.resample(value, axis: axis, by: graph.averaging(of: graph.extent(axis, of: value), bins: bins))
    }
    return LoweredValue(name: result, channels: inputs[0].channels)
  }
}

extension Resizing: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    let (graph, pictures) = (network.graph, network.plan.pictures)
    precondition(
      pictures.height % height == 0 && pictures.width % width == 0,
      "resizing to \(width)x\(height), no part of \(pictures)")
    let size = graph.add(
      "Div", [network.paddedSize(), graph.integers([pictures.height / height, pictures.width / width])])
    return LoweredValue(name: graph.resize(inputs[0].name, to: size), channels: inputs[0].channels)
  }
}

extension Sum: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    inputs.dropFirst().reduce(inputs[0]) { sum, input in
      LoweredValue(name: network.graph.add("Add", [sum.name, input.name]), channels: sum.channels)
    }
  }
}

extension SqueezeExcitation: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    var input = inputs[0]
    let rounded = input.name
    // The small layers stay in Float: they take no time.
    input.rounding = nil
    input.name = network.graph.add("GlobalAveragePool", [rounded])
    func layer(_ part: (kernel: Parameter, bias: Parameter), _ value: LoweredValue) -> LoweredValue {
      let extents = part.kernel.extents
      network.graph.layer = part.kernel.layer
      return network.convolve(
        value, kernel: part.kernel.transposed(rows: 1), [extents[3], extents[2], 1, 1], bias: part.bias.array)
    }
    let hidden = layer(reduce, input)
    var share = hidden
    share.name = network.graph.add("Mul", [hidden.name, network.graph.add("Sigmoid", [hidden.name])])
    let gate = network.rounded(network.apply(.sigmoid, to: layer(expand, share)), to: .share)
    return LoweredValue(name: network.graph.add("Mul", [rounded, gate.name]), channels: input.channels)
  }
}

/// Convolutions between this and `BatchToSpace` are written as dilated ones of the whole pictures.
extension SpaceToBatch: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    var result = inputs[0]
    result.dilation *= factor
    return result
  }
}

extension BatchToSpace: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue {
    var result = inputs[0]
    result.dilation /= factor
    return result
  }
}

/// Does nothing in inference, as `StochasticDepth`.
extension Dropout: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue { inputs[0] }
}

extension StochasticDepth: LowerableOperation {
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue { inputs[0] }
}

extension Parameter {
  /// Its values.
  fileprivate var array: [Float] { Array(UnsafeBufferPointer(start: values.pointer, count: count)) }

  /// What its name begins with.
  var layer: String { name.split(separator: ".").dropLast().joined(separator: ".") }

  /// [rows, columns] as [columns, rows], where columns are all that is no row.
  fileprivate func transposed(rows: Int) -> [Float] {
    let (pointer, inner) = (values.pointer, extents[2])
    let outputs = extents[3]
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      for place in 0..<rows {
        for input in 0..<inner {
          let from = (place * inner + input) * outputs
          for output in 0..<outputs { buffer[(output * inner + input) * rows + place] = pointer[from + output] }
        }
      }
      filled = count
    }
  }
}
