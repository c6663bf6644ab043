import CPixels
import Compute

/// Leaves out the whole branch of some pictures while training, with probability `rate`, and divides the others by
/// 1 - rate (Huang et al. 2016, arXiv:1603.09382); in inference it does nothing.
///
/// Nothing is stored: readers of the result multiply as they load it.
package struct StochasticDepth: NetworkOperation {
  let rate: Float
  let key: UInt64

  /// - Parameters:
  ///   - rate: in 0..<1.
  ///   - key: tells the streams of several layers apart.
  package init(rate: Float, key: UInt64) {
    precondition(rate >= 0 && rate < 1, "a rate of \(rate) is not in 0..<1")
    (self.rate, self.key) = (rate, key)
  }

  init(_ make: LayerMaker, rate: Float) {
    self.init(rate: rate, key: make.nextDropoutKey())
  }

  package func shape(of inputs: [Shape]) -> Shape { inputs[0] }

  package var description: OperationDescription? { nil }

  package func onPlanes(_ inputs: [Shape], isLearning: Bool) -> (any PlaneOperation)? {
    isLearning ? nil : PlaneIdentity()
  }

  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .all }

  package func planned(_ inputs: [Variable], on tape: Tape) -> Variable {
    Variable(inputs[0].tensor, activation: inputs[0].activation)
  }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    guard case .training(let seed, let step) = tape.mode, rate > 0 else {
      return Output(input.tensor, activation: input.activation) { input.contribute($0) }
    }
    let shape = input.shape
    var stream = RandomStream(seed: seed, step, key)
    let factors = (0..<shape.batch).map { _ in stream.uniform(0...1) < rate ? 0 : 1 / (1 - rate) }
    let gate = FloatBuffer(count: shape.batch * shape.channels)
    for (picture, factor) in factors.enumerated() {
      (gate.pointer + picture * shape.channels).update(repeating: factor, count: shape.channels)
    }
    let activation = ChannelActivation.gated(input.activation, by: gate, channels: shape.channels)
    return Output(input.tensor, activation: activation) { gradient in
      let zeros = FloatBuffer(repeating: 0, count: shape.channels)
      PicturePieces(shape).forEach { picture, pixels, _ in
        pixels_scale(
          pixelLanes, Int64(pixels.count), Int64(shape.channels), gradient.pointer + pixels.lowerBound * shape.channels,
          gate.pointer + picture * shape.channels, zeros.pointer)
      }
      input.contribute(gradient)
    }
  }
}
