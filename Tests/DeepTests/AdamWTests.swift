import Compute
import Deep
import Settings
import TestSupport
import Testing

@Suite struct AdamWTests {
  /// A network's parameters after some steps.
  private func trained(_ optimizer: Choice, _ settings: UpdateSettings, steps: Int) throws -> (
    parameters: [Parameter], before: [[Float]]
  ) {
    let model = try NetworkModel(network("unet-mini", width: 0.25, dropout: 0), classes: eight, seed: 1)
    let trainer = try Trainer(model, optimizer: Optimizers.registry.make(optimizer), settings: settings, seed: 1)
    let before = model.parameters.map { array($0.values) }
    let targets = Targets(classes: (0..<64).map { UInt8($0 % 8) })
    for _ in 0..<steps { _ = trainer.step(randomTensor(Shape(1, 8, 8, 3), seed: 2), targets) }
    return (model.parameters, before)
  }

  @Test("without the trust ratio it is Adam with decay, to the bit")
  func isAdamWithDecay() throws {
    let own = try trained("adamw", UpdateSettings(), steps: 3).parameters
    let adam = try trained("adam", UpdateSettings(weightDecay: 0.01), steps: 3).parameters
    for (a, b) in zip(own, adam) { #expect(array(a.values) == array(b.values), "\(a.name)") }
  }

  @Test("with the trust ratio a kernel moves by the rate times its norm, a bias as by Adam")
  func trustRatio() throws {
    let rate: Float = 0.01
    let choice = Choice("adamw", ["trustRatio": .flag(true)])
    let (lamb, before) = try trained(choice, UpdateSettings(learningRate: rate), steps: 1)
    let adam = try trained("adam", UpdateSettings(learningRate: rate), steps: 1).parameters
    for (index, parameter) in lamb.enumerated() {
      let after = array(parameter.values)
      guard parameter.role == .kernel else {
        #expect(after == array(adam[index].values), "\(parameter.name)")
        continue
      }
      let moved = zip(after, before[index]).map { $0 - $1 }
      let (step, norm) = (dot(moved, moved).squareRoot(), dot(before[index], before[index]).squareRoot())
      expectClose([step / norm], [Double(rate)], relative: 1e-3, parameter.name)
    }
  }
}
