import Compute
import Deep
import Storage
import TestSupport
import Testing

/// A class that is not learned is not there: neither for the loss nor in predictions.
@Suite struct MaskedClassTests {
  private var small: any Architecture { get throws { try network("unet-mini", width: 0.25, dropout: 0) } }
  private static let masked = [UInt8](0..<8)

  /// Without the values of one channel, which is the last extent.
  private func removing(_ channel: Int, of values: [Float], channels: Int) -> [Float] {
    values.indices.filter { $0 % channels != channel }.map { values[$0] }
  }

  @Test("a masked class has probability 0, the others sum to one", arguments: masked)
  func neverPredicted(_ masked: UInt8) throws {
    let classes = OutputClasses(count: 8, masked: masked)
    let model = try NetworkModel(small, classes: classes, seed: 1)
    let head = try #require(model.parameters.first { $0.name == "head.bias" })
    // As if it were the likeliest by far.
    head.values.pointer[Int(masked)] = 1e6
    let probabilities = try model.probabilities(of: simpleScenes(1, width: 20, height: 12).pictures)[0]
    for start in stride(from: 0, to: probabilities.count, by: 8) {
      #expect(probabilities[start + Int(masked)] == 0)
      expectClose([probabilities[start..<start + 8].reduce(0, +)], [1], absolute: 1e-5)
    }
  }

  @Test("a masked class' weights in the head have no gradient and never move")
  func noGradient() throws {
    let model = try NetworkModel(small, classes: OutputClasses(count: 8, masked: 3), seed: 1)
    let trainer = try Trainer(model, seed: 1)
    let (pictures, maps) = simpleScenes(2, width: 20, height: 12)
    func head() -> [[Float]] { model.parameters.suffix(2).map { array($0.values) } }
    let before = head()
    for _ in 0..<3 { try trainer.step(pictures: pictures, labels: maps) }
    for (old, new) in zip(before, head()) {
      for index in old.indices { #expect((old[index] == new[index]) == (index % 8 == 3), "\(index)") }
    }
  }

  @Test("training with a masked class is training without its channel", arguments: masked)
  func asIfAbsent(_ masked: UInt8) throws {
    let whole = try NetworkModel(
      small, classes: OutputClasses(count: 8, masked: masked), seed: 1)
    let without = try NetworkModel(small, classes: OutputClasses(count: 7), seed: 1)
    for (parameter, source) in zip(without.parameters, whole.parameters) {
      let values = array(source.values)
      let kept =
        source.name.hasPrefix("head") ? removing(Int(masked), of: values, channels: 8) : values
      for index in kept.indices { parameter.values.pointer[index] = kept[index] }
    }
    let x = randomTensor(Shape(1, 12, 20, 3), seed: 2)
    let labels = (0..<240).map { UInt8($0 % 8) }
    let seen = labels.map { $0 == masked ? Targets.ignored : $0 }
    let renumbered = labels.map { $0 == masked ? Targets.ignored : $0 > masked ? $0 - 1 : $0 }
    let (first, second) = (try Trainer(whole, seed: 1), try Trainer(without, seed: 1))
    let loss = first.gradients(x, Targets(classes: seen)).loss
    expectClose([loss], [second.gradients(x, Targets(classes: renumbered)).loss], absolute: 1e-6)
    for (parameter, other) in zip(whole.parameters, without.parameters) {
      let gradient = array(parameter.gradient)
      let isHead = parameter.name.hasPrefix("head")
      expectClose(
        isHead ? removing(Int(masked), of: gradient, channels: 8) : gradient, array(other.gradient), absolute: 1e-6,
        relative: 1e-4, parameter.name)
      if isHead {
        #expect(gradient.indices.allSatisfy { $0 % 8 != Int(masked) || gradient[$0] == 0 })
      }
    }
  }

  @Test("which class is masked is stored with the weights")
  func storing() throws {
    let classes = OutputClasses(count: 5, masked: 4)
    let model = try NetworkModel(small, classes: classes, seed: 1)
    #expect(try NetworkModel(from: model.safeTensors, unnamed: eight).classes == classes)
    var unnamed = model.safeTensors
    unnamed.metadata["classes"] = nil
    #expect(try NetworkModel(from: unnamed, unnamed: OutputClasses(count: 5)).classes == OutputClasses(count: 5))
  }
}
