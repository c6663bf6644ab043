import RealModule

/// How the learning rate goes down in a training.
public struct LearningRateSchedule: Codable, Equatable, Sendable {
  public enum Kind: String, Codable, CaseIterable, Sendable {
    /// The same all the time.
    case constant
    /// Half a cosine from the rate to zero over the whole training (Loshchilov and Hutter 2017, arXiv:1608.03983).
    case cosine
    /// Times `factor` whenever the score has not improved for `patience` epochs.
    case plateau
  }

  public var kind: Kind
  /// Over how many steps the rate rises linearly at first.
  public var warmUpSteps: Int
  /// What the plateau multiplies the rate by.
  public var factor: Float
  /// How many epochs without improvement make a plateau.
  public var patience: Int

  public init(kind: Kind = .constant, warmUpSteps: Int = 0, factor: Float = 0.5, patience: Int = 3) {
    (self.kind, self.warmUpSteps, self.factor, self.patience) = (kind, warmUpSteps, factor, patience)
  }

  /// - Throws: `DeepError.invalid` with the setting, its value and the bound.
  public func checked() throws -> LearningRateSchedule {
    guard warmUpSteps >= 0 else {
      throw DeepError.invalid(setting: "warmUpSteps", value: "\(warmUpSteps)", bound: "at least 0")
    }
    guard factor > 0, factor < 1 else {
      throw DeepError.invalid(setting: "factor", value: "\(factor)", bound: "between 0 and 1")
    }
    guard patience >= 1 else {
      throw DeepError.invalid(setting: "patience", value: "\(patience)", bound: "at least 1")
    }
    return self
  }

  /// What the first learning rate is to be multiplied by.
  ///
  /// - Parameters:
  ///   - step: counts from 0.
  ///   - total: steps of the whole training.
  ///   - scores: of the epochs that are over, larger is better; the plateau goes by them.
  public func factor(step: Int, of total: Int, scores: [Double]) -> Float {
    if step < warmUpSteps { return Float(step + 1) / Float(warmUpSteps) }
    switch kind {
    case .constant: return 1
    case .cosine:
      let progress = Float(step - warmUpSteps) / Float(max(1, total - warmUpSteps))
      return (1 + .cos(.pi * min(1, progress))) / 2
    case .plateau:
      var (best, waited, result) = (-Double.infinity, 0, Float(1))
      for score in scores {
        waited = score > best ? 0 : waited + 1
        best = max(best, score)
        if waited == patience { (waited, result) = (0, result * factor) }
      }
      return result
    }
  }
}
