import Deep
import Foundation

/// A value of a network in a graph of ONNX, [pictures, channels, height, width].
struct LoweredValue {
  var name: String
  let channels: Int
  /// How far apart the pixels lie that a convolution takes for neighbours.
  var dilation = 1
  /// The numbers that it was rounded to; nil where it wasn't.
  var rounding: Rounding?
}

/// An operation of Deep that ONNX has words for. A new one says here what it is in inference.
protocol LowerableOperation: NetworkOperation {
  /// Adds it to the graph.
  func lower(_ inputs: [LoweredValue], into network: NetworkLowering) -> LoweredValue
}

/// Writes a network down, operation by operation, from the definition that also runs it.
struct NetworkLowering {
  let graph: GraphBuilder
  /// The network, for pictures of one size; what it makes depends on `paddedSize` alone.
  let plan: InferencePlan
  /// Makes height and width of the pictures as the network sees them, a list of two whole numbers.
  let paddedSize: () -> String
  /// What values are rounded to, by their numbers in `plan`; nil for a graph of Float.
  let roundings: [Rounding]?

  /// The logits.
  ///
  /// - Throws: `ONNXError.unknownOperation`.
  func logits(of pictures: String) throws -> LoweredValue {
    graph.layer = "pictures"
    var values = [rounded(LoweredValue(name: pictures, channels: plan.pictures.channels), as: 0)]
    let isRounded = plan.isRounded
    for (index, step) in plan.steps.enumerated() {
      guard let operation = step.operation as? any LowerableOperation else {
        throw ONNXError.unknownOperation(step.operation.description?.name ?? "\(type(of: step.operation))")
      }
      graph.layer = step.name
      let value = operation.lower(step.inputs.map { values[$0] }, into: self)
      values.append(isRounded[index + 1] && value.rounding == nil ? rounded(value, as: index + 1) : value)
    }
    return values[plan.steps.count]
  }

  private func rounded(_ value: LoweredValue, as number: Int) -> LoweredValue {
    guard let roundings else { return value }
    return rounded(value, to: roundings[number])
  }

  /// The value rounded to 256 numbers, where the graph is one of int8.
  func rounded(_ value: LoweredValue, to rounding: Rounding) -> LoweredValue {
    guard roundings != nil else { return value }
    var result = value
    let parts = [graph.float("scale", rounding.scale), graph.array("zero", .uint8, [], Data([rounding.zero]))]
    result.name = graph.add("DequantizeLinear", [graph.add("QuantizeLinear", [value.name] + parts)] + parts)
    result.rounding = rounding
    return result
  }

  // MARK: Parts of operations

  /// Values side by side.
  func concatenated(_ inputs: [LoweredValue]) -> LoweredValue {
    guard inputs.count > 1 else { return inputs[0] }
    let value = LoweredValue(
      name: graph.add("Concat", inputs.map(\.name), ["axis": .int(1)]),
      channels: inputs.reduce(0) { $0 + $1.channels }, dilation: inputs[0].dilation)
    let roundings = inputs.compactMap(\.rounding)
    return roundings.isEmpty ? value : rounded(value, to: Rounding(covering: roundings))
  }

  /// A convolution with a kernel [channels out, channels in / groups, rows, columns].
  ///
  /// - Parameters:
  ///   - input: what is convolved.
  ///   - kernel: its values.
  ///   - extents: the kernel's.
  ///   - bias: one a channel out; nil for none.
  ///   - padding: zeros above, to the left, below and to the right.
  func convolve(
    _ input: LoweredValue, kernel: [Float], _ extents: [Int], bias: [Float]?, stride: Int = 1,
    padding: [Int] = [0, 0, 0, 0], groups: Int = 1
  ) -> LoweredValue {
    var inputs = [input.name]
    if let rounding = input.rounding {
      let rows = RoundedRows(kernel, rows: extents[0])
      let scales = graph.floats("kernel.scale", rows.scales, [extents[0]])
      inputs.append(
        graph.add(
          "DequantizeLinear", [graph.array("kernel", .int8, extents, rows.bytes), scales], ["axis": .int(0)]))
      if let bias {
        let scales = rows.scales.map { $0 * rounding.scale }
        inputs.append(
          graph.add(
            "DequantizeLinear",
            [
              graph.array("bias", .int32, [bias.count], roundedBias(bias, scales)),
              graph.floats("bias.scale", scales, [bias.count]),
            ], ["axis": .int(0)]))
      }
    } else {
      inputs.append(graph.floats("kernel", kernel, extents))
      if let bias { inputs.append(graph.floats("bias", bias, [bias.count])) }
    }
    let dilation = input.dilation
    let name = graph.add(
      "Conv", inputs,
      [
        "kernel_shape": .ints(Array(extents[2...])), "strides": .ints([stride, stride]),
        "pads": .ints(padding.map { $0 * dilation }), "dilations": .ints([dilation, dilation]), "group": .int(groups),
      ])
    return LoweredValue(name: name, channels: extents[0], dilation: dilation)
  }

  /// The value of a function of a value.
  func apply(_ function: ActivationFunction, to input: LoweredValue) -> LoweredValue {
    var result = input
    result.rounding = nil
    switch function {
    case .identity: return input
    case .relu: result.name = graph.add("Relu", [input.name])
    case .relu6:
      result.name = graph.add("Clip", [input.name, graph.float("least", 0), graph.float("most", 6)])
    case .sigmoid: result.name = graph.add("Sigmoid", [input.name])
    case .swish:
      result.name = graph.add("Mul", [input.name, rounded(apply(.sigmoid, to: input), to: .share).name])
    }
    return result
  }
}

extension InferencePlan.Step {
  /// What the names of its parameters begin with, or what it does.
  fileprivate var name: String {
    operation.parameters.first?.layer ?? operation.description?.name ?? "layer"
  }
}
