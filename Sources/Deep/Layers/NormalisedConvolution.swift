import Compute

/// A convolution, batch normalisation and ReLU.
///
/// In inference the normalisation is folded into the kernel and bias, so it costs nothing.
struct NormalisedConvolution {
  private let kernel: Parameter
  private let bias: Parameter?
  private let normalisation: NormalisationParameters
  private let folding = Folding()
  let outputs: Int

  /// - Parameter name: its parameters are `name.kernel`, `name.bias`, `name.scale`, `name.shift` and the statistics
  ///   `name.mean` and `name.variance`.
  init(
    _ make: LayerMaker, _ name: String, size: Int = 3, from inputs: Int, to outputs: Int, hasBias: Bool = true
  ) {
    kernel = make.kernel("\(name).kernel", size, inputs, outputs)
    bias = hasBias ? make.vector("\(name).bias", outputs, .offset) : nil
    normalisation = NormalisationParameters(
      scale: make.vector("\(name).scale", outputs, .offset, startingAt: 1),
      shift: make.vector("\(name).shift", outputs, .offset),
      mean: make.vector("\(name).mean", outputs, .statistic),
      variance: make.vector("\(name).variance", outputs, .statistic, startingAt: 1))
    self.outputs = outputs
  }

  /// Applies it to `inputs`, side by side as if concatenated.
  func callAsFunction(_ inputs: Feature..., on tape: Tape) -> Feature {
    self(inputs, on: tape)
  }

  func callAsFunction(_ inputs: [Feature], on tape: Tape) -> Feature {
    if case .inference = tape.mode {
      let (kernel, bias) = folding.current(of: dependencies) { folded() }
      return convolve(inputs, kernel: kernel, bias: bias, .rectifier, on: tape)
    }
    folding.forget()
    let sum = convolve(inputs, kernel: kernel, bias: bias, .normalisation, on: tape)
    return normaliseAndRectify(sum, normalisation, on: tape)
  }

  /// What the folded kernel and bias depend on.
  private var dependencies: [Parameter] {
    [kernel, normalisation.scale, normalisation.shift, normalisation.mean, normalisation.variance]
      + (bias.map { [$0] } ?? [])
  }

  /// Kernel and bias with the moving statistics' normalisation applied.
  private func folded() -> (kernel: Parameter, bias: Parameter) {
    let activation = normalisation.inferenceActivation()
    let values = FloatBuffer(count: kernel.count)
    Parallel.forEach(kernel.count / outputs) { row in
      for c in 0..<outputs {
        values.pointer[row * outputs + c] = kernel.values.pointer[row * outputs + c] * activation.scale.pointer[c]
      }
    }
    let offsets = FloatBuffer(count: outputs)
    for c in 0..<outputs {
      let own = bias?.values.pointer[c] ?? 0
      offsets.pointer[c] = own * activation.scale.pointer[c] + activation.shift.pointer[c]
    }
    return (
      Parameter(name: kernel.name, extents: kernel.extents, role: .kernel, values: values),
      Parameter(name: "\(kernel.name).bias", extents: [outputs], role: .offset, values: offsets)
    )
  }
}

/// The folded kernel and bias of a layer, kept until what they were made from changes.
private final class Folding: Sendable {
  private struct Kept: @unchecked Sendable {
    let versions: [Int]
    let parts: (kernel: Parameter, bias: Parameter)
  }
  private let kept = Locked<Kept?>(nil)

  func current(
    of dependencies: [Parameter], _ make: () -> (kernel: Parameter, bias: Parameter)
  ) -> (kernel: Parameter, bias: Parameter) {
    let versions = dependencies.map(\.version)
    if let kept = kept.withLock({ $0 }), kept.versions == versions { return kept.parts }
    let made = Kept(versions: versions, parts: make())
    kept.withLock { $0 = made }
    return made.parts
  }

  /// Frees the memory, as training changes the values anyway.
  func forget() { kept.withLock { $0 = nil } }
}

/// Two normalised 3x3 convolutions, one after the other.
struct NormalisedPair {
  let first, second: NormalisedConvolution

  init(_ make: LayerMaker, _ name: String, from inputs: Int, to outputs: Int) {
    first = NormalisedConvolution(make, "\(name).1", from: inputs, to: outputs)
    second = NormalisedConvolution(make, "\(name).2", from: outputs, to: outputs)
  }

  func callAsFunction(_ inputs: Feature..., on tape: Tape) -> Feature {
    second(first(inputs, on: tape), on: tape)
  }
}
