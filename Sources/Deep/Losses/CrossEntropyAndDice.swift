/// `crossEntropyAndDice` as a component.
struct CrossEntropyAndDiceLoss: Loss {
  static let name = "ce+dice"
  static let summary = "cross-entropy plus Dice loss"

  func evaluate(logits: Tensor, targets: Targets) -> LossResult {
    crossEntropyAndDice(logits: logits, targets: targets)
  }
}

/// The sum of `crossEntropy` and `dice`.
package func crossEntropyAndDice(logits: Tensor, targets: Targets) -> LossResult {
  let (entropy, overlap) = (crossEntropy(logits: logits, targets: targets), dice(logits: logits, targets: targets))
  entropy.gradient.buffer.add(overlap.gradient.buffer)
  return LossResult(value: entropy.value + overlap.value, gradient: entropy.gradient)
}
