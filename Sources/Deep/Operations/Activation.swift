import CPixels
import Compute

/// What is done to each value after a convolution or a normalisation.
package enum ActivationFunction: String, CaseIterable, Sendable {
  case identity
  /// max(0, x).
  case relu
  /// min(max(0, x), 6) (Howard et al. 2017, arXiv:1704.04861).
  case relu6
  /// x / (1 + e^-x), also called SiLU (Ramachandran et al. 2017, arXiv:1710.05941).
  case swish
  /// 1 / (1 + e^-x).
  case sigmoid

  var ofPixels: pixels_function {
    switch self {
    case .identity: PIXELS_IDENTITY
    case .relu: PIXELS_RELU
    case .relu6: PIXELS_RELU6
    case .swish: PIXELS_SWISH
    case .sigmoid: PIXELS_SIGMOID
    }
  }
}

/// An activation function, value by value.
package struct Activation: NetworkOperation {
  let function: ActivationFunction

  package static let relu = Activation(.relu)
  package static let relu6 = Activation(.relu6)
  package static let swish = Activation(.swish)
  package static let sigmoid = Activation(.sigmoid)

  package init(_ function: ActivationFunction) {
    self.function = function
  }

  package func shape(of inputs: [Shape]) -> Shape { inputs[0] }

  package var description: OperationDescription? { OperationDescription(function.rawValue) }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let (x, result) = (input.tensor, tape.makeTensor(input.shape))
    forEachPiece(of: result) { activation, place, count in
      pixels_activate(pixelLanes, 1, count, x.pointer + place, activation, result.pointer + place)
    }
    return Output(result) { gradient in
      forEachPiece(of: x) { activation, place, count in
        pixels_gradient(pixelLanes, 1, count, gradient.pointer + place, x.pointer + place, activation, nil, nil)
      }
      input.contribute(gradient)
    }
  }

  /// Calls `body` for ranges of the values, on all threads.
  private func forEachPiece(
    of tensor: Tensor, _ body: @Sendable (UnsafePointer<pixels_activation>, _ place: Int, _ count: Int64) -> Void
  ) {
    let function = function.ofPixels
    PixelPieces(pixels: tensor.shape.count, channels: 1).forEach { range in
      var activation = pixels_activation(function: function, scale: nil, shift: nil, gate: nil)
      body(&activation, range.lowerBound, Int64(range.count))
    }
  }
}

/// The vectors of this processor, in values of Float.
let pixelLanes = pixels_lanes()
