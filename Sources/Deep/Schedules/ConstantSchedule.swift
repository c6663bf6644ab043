/// The same learning rate all the time.
package struct ConstantSchedule: LearningRateSchedule {
  package static let name = "constant"
  package static let summary = "the same all the time"

  package let plansLength = false

  package init() {}

  package func factor(step: Int, of total: Int, scores: [Double]) -> Float { 1 }
}
