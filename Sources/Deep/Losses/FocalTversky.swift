import RealModule

/// Focal Tversky loss: mean over classes of (1 - (TP + s) / (TP + a FN + b FP + s))^0.75, where TP = sum y p,
/// FN = sum y (1 - p), FP = sum (1 - y) p over all counted pixels of the batch and s = 1e-5; classes absent from the
/// targets are left out (Abraham and Khan 2019, arXiv:1810.07842).
///
/// - Parameters:
///   - logits: [batch, height, width, classes].
///   - targets: a class for each pixel, or `Targets.ignored`.
///   - missWeight: a; above b it favours finding all of a class.
///   - falseAlarmWeight: b.
public func focalTversky(
  logits: Tensor, targets: Targets, missWeight: Double = 0.7, falseAlarmWeight: Double = 0.3
) -> LossResult {
  let (smoothing, exponent) = (1e-5, 0.75)
  return overlapLoss(logits: logits, targets: targets) { hit, predicted, actual in
    let above = hit + smoothing
    let below = above + missWeight * (actual - hit) + falseAlarmWeight * (predicted - hit)
    // The root is infinitely steep at 0, where nothing is left to learn.
    let rest = max(1 - above / below, 1e-7)
    let slope = exponent * .pow(rest, exponent - 1)
    let byBelow = above / (below * below)
    return (
      .pow(rest, exponent), slope * (byBelow * (1 - missWeight - falseAlarmWeight) - 1 / below),
      slope * byBelow * falseAlarmWeight
    )
  }
}
