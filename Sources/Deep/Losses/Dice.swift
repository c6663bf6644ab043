/// `dice` as a component.
struct DiceLoss: Loss {
  static let name = "dice"
  static let summary = "one minus the soft Dice score, mean over the batch's classes"

  func evaluate(logits: Tensor, targets: Targets) -> LossResult { dice(logits: logits, targets: targets) }
}

/// Dice loss: 1 - mean over classes of (2 sum y p + s) / (sum y + sum p + s), s = 1e-5, sums over all counted pixels of
/// the batch; classes absent from the targets are left out (Milletari et al. 2016, arXiv:1606.04797).
///
/// - Parameters:
///   - logits: [batch, height, width, classes].
///   - targets: a class for each pixel, or `Targets.ignored`.
package func dice(logits: Tensor, targets: Targets) -> LossResult {
  let smoothing = 1e-5
  return overlapLoss(logits: logits, targets: targets) { hit, predicted, actual in
    let (above, below) = (2 * hit + smoothing, actual + predicted + smoothing)
    return (1 - above / below, -2 / below, above / (below * below))
  }
}
