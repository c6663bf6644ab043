import Compute

/// Zeroes values with probability `rate` and divides the others by 1 - rate while training (Srivastava et al. 2014); in
/// inference it does nothing.
package struct Dropout: NetworkOperation {
  let rate: Float
  let key: UInt64

  /// - Parameters:
  ///   - rate: in 0..<1.
  ///   - key: tells the streams of several layers apart.
  package init(rate: Float, key: UInt64) {
    precondition(rate >= 0 && rate < 1, "dropout rate \(rate) is not in 0..<1")
    (self.rate, self.key) = (rate, key)
  }

  init(_ make: LayerMaker, rate: Float) {
    self.init(rate: rate, key: make.nextDropoutKey())
  }

  package func shape(of inputs: [Shape]) -> Shape { inputs[0] }

  package var description: OperationDescription? { OperationDescription("dropout") }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    guard tape.isTraining, rate > 0 else { return Output(input.tensor) { input.contribute($0) } }
    let result = tape.makeTensor(input.shape)
    result.buffer.copy(input.tensor.buffer)
    drop(result, on: tape)
    return Output(result) { gradient in
      // The same stream drops the same values.
      drop(gradient, on: tape)
      input.contribute(gradient)
    }
  }

  /// Drops values in place, while training.
  ///
  /// - Returns: what the others were multiplied by.
  @discardableResult
  func drop(_ tensor: Tensor, on tape: Tape) -> Float {
    guard case .training(let seed, let step) = tape.mode, rate > 0 else { return 1 }
    let threshold = Int32((rate * 65_536).rounded())
    let scale = 1 / (1 - rate)
    let count = tensor.shape.count
    let size = 1 << 16
    Parallel.forEach((count + size - 1) / size) { piece in
      var stream = RandomStream(seed: seed, step, key, UInt64(piece))
      let end = min(count, (piece + 1) * size)
      for first in stride(from: piece * size, to: end, by: laneCount) {
        // Eight numbers of 16 bits from two draws; all bits of a lane are set where its number is below the threshold.
        let bits = unsafeBitCast(SIMD2(stream.next(), stream.next()), to: SIMD4<UInt32>.self)
        let low = unsafeBitCast(bits & 0xffff, to: SIMD4<Int32>.self)
        let high = unsafeBitCast(bits &>> 16, to: SIMD4<Int32>.self)
        let dropped = SIMD8(lowHalf: (low &- threshold) &>> 31, highHalf: (high &- threshold) &>> 31)
        if first + laneCount <= end {
          let lanes = unsafeBitCast(load(tensor.pointer + first) * scale, to: SIMD8<Int32>.self)
          store(unsafeBitCast(lanes & ~dropped, to: Lanes.self), tensor.pointer + first)
        } else {
          for index in first..<end { tensor.pointer[index] *= dropped[index - first] == 0 ? scale : 0 }
        }
      }
    }
    return scale
  }
}
