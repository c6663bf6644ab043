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

  /// Writes the function's values of `count` values, to the same place or another, on this thread.
  func apply(to values: MutableValues, count: Int, into target: MutableValues) {
    var activation = pixels_activation(function: ofPixels, scale: nil, shift: nil, gate: nil)
    pixels_activate(pixelLanes, 1, Int64(count), values, &activation, target)
  }
}

/// An activation function, value by value.
package struct Activation: NetworkOperation {
  package let function: ActivationFunction

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
    let (input, function) = (inputs[0], function)
    let (x, result) = (input.tensor, tape.makeTensor(input.shape))
    let pieces = PixelPieces(pixels: x.shape.count, channels: 1)
    pieces.forEach { range in
      function.apply(
        to: x.pointer + range.lowerBound, count: range.count, into: result.pointer + range.lowerBound)
    }
    return Output(result) { gradient in
      pieces.forEach { range in
        var activation = pixels_activation(function: function.ofPixels, scale: nil, shift: nil, gate: nil)
        pixels_gradient(
          pixelLanes, 1, Int64(range.count), gradient.pointer + range.lowerBound, x.pointer + range.lowerBound,
          &activation, nil, nil)
      }
      input.contribute(gradient)
    }
  }
}

/// The vectors of this processor, in values of Float.
let pixelLanes = pixels_lanes()
