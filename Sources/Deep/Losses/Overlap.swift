import Compute

/// The mean of a term over the classes present in the targets.
///
/// - Parameter term: of one class' sums (hit, predicted, actual): its value, and its derivatives by `hit` and
///   `predicted`.
func overlapLoss(
  logits: Tensor, targets: Targets,
  _ term: (_ hit: Double, _ predicted: Double, _ actual: Double) -> (value: Double, byHit: Double, byPredicted: Double)
) -> LossResult {
  let shape = logits.shape
  let channels = shape.channels
  targets.require(fitting: logits)
  let gradient = softmax(logits)
  let pieces = PixelPieces(pixels: shape.pixels, channels: channels)
  let sums = pieces.sums(width: 3 * channels) { pixels, sums in
    for pixel in pixels where targets.classes[pixel] != Targets.ignored {
      let p = gradient.pointer + pixel * channels
      let target = Int(targets.classes[pixel])
      sums[target] += p[target]
      for c in 0..<channels { sums[channels + c] += p[c] }
      sums[2 * channels + target] += 1
    }
  }
  let present = (0..<channels).filter { sums[2 * channels + $0] > 0 }
  var value = 0.0
  var (byHit, byPredicted) = ([Float](repeating: 0, count: channels), [Float](repeating: 0, count: channels))
  for c in present {
    let result = term(sums[c], sums[channels + c], sums[2 * channels + c])
    value += result.value / Double(present.count)
    byHit[c] = Float(result.byHit / Double(present.count))
    byPredicted[c] = Float(result.byPredicted / Double(present.count))
  }
  pieces.forEach { [byHit, byPredicted] pixels in
    for pixel in pixels {
      let p = gradient.pointer + pixel * channels
      guard targets.classes[pixel] != Targets.ignored else {
        p.update(repeating: 0, count: channels)
        continue
      }
      let target = Int(targets.classes[pixel])
      // Through the softmax: p[c] (g[c] - sum p g).
      var mean = p[target] * byHit[target]
      for c in 0..<channels { mean += p[c] * byPredicted[c] }
      for c in 0..<channels { p[c] *= byPredicted[c] + (c == target ? byHit[c] : 0) - mean }
    }
  }
  return LossResult(value: Float(value), gradient: gradient)
}
