import RealModule

/// Half a cosine from the learning rate to zero over the whole training (Loshchilov and Hutter 2017, arXiv:1608.03983).
struct CosineSchedule: LearningRateSchedule {
  static let name = "cosine"
  static let summary = "half a cosine down to zero"

  let plansLength = true

  func factor(step: Int, of total: Int, scores: [Double]) -> Float {
    (1 + .cos(.pi * min(1, Float(step) / Float(max(1, total))))) / 2
  }
}
