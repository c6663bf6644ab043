import RealModule
import Settings

/// `focalTversky` as a component.
struct FocalTverskyLoss: Loss {
  static let name = "focal-tversky"
  static let summary = "focal Tversky loss, which weighs misses and false alarms apart"

  var fnWeight = 0.7
  var fpWeight = 0.3
  var gamma = 0.75

  static let fields: [Field<Self>] = [
    .number("fnWeight", \.fnWeight, .from(0, to: 10), "weight of what is missed of a class"),
    .number("fpWeight", \.fpWeight, .from(0, to: 10), "weight of what is taken for a class"),
    .number("gamma", \.gamma, .above(0, to: 10), "exponent of the loss of a class; below 1 it favours poor classes"),
  ]

  func validate() throws {
    guard fnWeight + fpWeight > 0 else {
      throw SettingError.invalid(setting: "fnWeight", value: "\(fnWeight)", bound: "above 0 where fpWeight is 0")
    }
  }

  func evaluate(logits: Tensor, targets: Targets) -> LossResult {
    focalTversky(logits: logits, targets: targets, fnWeight: fnWeight, fpWeight: fpWeight, gamma: gamma)
  }
}

/// Focal Tversky loss: mean over classes of (1 - (TP + s) / (TP + a FN + b FP + s))^gamma, where TP = sum y p,
/// FN = sum y (1 - p), FP = sum (1 - y) p over all counted pixels of the batch and s = 1e-5; classes absent from the
/// targets are left out (Abraham and Khan 2019, arXiv:1810.07842).
///
/// - Parameters:
///   - logits: [batch, height, width, classes].
///   - targets: a class for each pixel, or `Targets.ignored`.
///   - fnWeight: a; above b it favours finding all of a class.
///   - fpWeight: b.
///   - gamma: the exponent.
package func focalTversky(
  logits: Tensor, targets: Targets, fnWeight: Double = 0.7, fpWeight: Double = 0.3, gamma: Double = 0.75
) -> LossResult {
  let smoothing = 1e-5
  return overlapLoss(logits: logits, targets: targets) { hit, predicted, actual in
    let above = hit + smoothing
    let below = above + fnWeight * (actual - hit) + fpWeight * (predicted - hit)
    // The root is infinitely steep at 0, where nothing is left to learn.
    let rest = max(1 - above / below, 1e-7)
    let slope = gamma * .pow(rest, gamma - 1)
    let byBelow = above / (below * below)
    return (.pow(rest, gamma), slope * (byBelow * (1 - fnWeight - fpWeight) - 1 / below), slope * byBelow * fpWeight)
  }
}
