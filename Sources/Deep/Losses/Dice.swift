/// Dice loss: 1 - mean over classes of (2 sum y p + s) / (sum y + sum p + s), s = 1e-5, sums over all counted pixels of
/// the batch; classes absent from the targets are left out (Milletari et al. 2016, arXiv:1606.04797).
///
/// - Parameters:
///   - logits: [batch, height, width, classes].
///   - targets: a class for each pixel, or `Targets.ignored`.
public func dice(logits: Tensor, targets: Targets) -> LossResult {
  let smoothing = 1e-5
  return overlapLoss(logits: logits, targets: targets) { hit, predicted, actual in
    let (above, below) = (2 * hit + smoothing, actual + predicted + smoothing)
    return (1 - above / below, -2 / below, above / (below * below))
  }
}

/// The sum of `crossEntropy` and `dice`.
public func crossEntropyAndDice(logits: Tensor, targets: Targets) -> LossResult {
  let (entropy, overlap) = (crossEntropy(logits: logits, targets: targets), dice(logits: logits, targets: targets))
  entropy.gradient.buffer.add(overlap.gradient.buffer)
  return LossResult(value: entropy.value + overlap.value, gradient: entropy.gradient)
}
