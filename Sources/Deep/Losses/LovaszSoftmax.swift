import Compute
import Settings

/// `lovaszSoftmax` as a component.
struct LovaszSoftmaxLoss: Loss {
  static let name = "lovasz"
  static let summary = "Lovász-Softmax, which follows the intersection over union of the batch's classes"

  func evaluate(logits: Tensor, targets: Targets) -> LossResult { lovaszSoftmax(logits: logits, targets: targets) }
}

/// Lovász-Softmax loss: mean over classes of the Lovász extension of the Jaccard loss at the pixels' errors
/// (Berman et al. 2018, arXiv:1705.08790, equations 8, 9 and 11). The error of a pixel for class c is 1 - p[c] where c
/// is its class, else p[c]; with errors sorted downwards each is weighed by how much the Jaccard loss of the worst
/// pixels grows with it. Over all counted pixels of the batch; classes absent from the targets are left out.
///
/// The weights are constant between changes of the order, so that they are the gradient by the errors, too.
///
/// - Parameters:
///   - logits: [batch, height, width, classes].
///   - targets: a class for each pixel, or `Targets.ignored`.
/// - Returns: the loss, 0 where no pixel counts, and its gradient.
package func lovaszSoftmax(logits: Tensor, targets: Targets) -> LossResult {
  targets.require(fitting: logits)
  let channels = logits.shape.channels
  let gradient = softmax(logits)
  let counted = targets.classes.indices.filter { targets.classes[$0] != Targets.ignored }
  let sizes = counted.reduce(into: [Int](repeating: 0, count: channels)) { $0[Int(targets.classes[$1])] += 1 }
  let present = sizes.indices.filter { sizes[$0] > 0 }
  let slopes = FloatBuffer(repeating: 0, count: logits.shape.count)
  let values = FloatBuffer(count: present.count)
  Parallel.forEach(present.count) { index in
    let c = present[index]
    // The bits of numbers of at least 0 are in their order; equal errors stay in the pixels' order.
    var keys = counted.map { pixel in
      let p = gradient.pointer[pixel * channels + c]
      let error = targets.classes[pixel] == c ? 1 - p : p
      return UInt64(~max(0, error).bitPattern) << 32 | UInt64(pixel)
    }
    keys.sort()
    var (value, missed, falseAlarms, before) = (0.0, 0, 0, 0.0)
    for key in keys {
      let pixel = Int(key & 0xffff_ffff)
      let isClass = targets.classes[pixel] == c
      if isClass { missed += 1 } else { falseAlarms += 1 }
      let jaccard = 1 - Double(sizes[c] - missed) / Double(sizes[c] + falseAlarms)
      let weight = (jaccard - before) / Double(present.count)
      before = jaccard
      value += weight * Double(Float(bitPattern: ~UInt32(key >> 32)))
      slopes.pointer[pixel * channels + c] = Float(isClass ? -weight : weight)
    }
    values.pointer[index] = Float(value)
  }
  PixelPieces(pixels: logits.shape.pixels, channels: channels).forEach { pixels in
    for pixel in pixels {
      // Through the softmax: p[c] (g[c] - sum p g), 0 where no slope was set.
      let (p, slope) = (gradient.pointer + pixel * channels, slopes.pointer + pixel * channels)
      var mean: Float = 0
      for c in 0..<channels { mean += p[c] * slope[c] }
      for c in 0..<channels { p[c] *= slope[c] - mean }
    }
  }
  let sum = present.indices.reduce(0.0) { $0 + Double(values.pointer[$1]) }
  return LossResult(value: Float(sum), gradient: gradient)
}
