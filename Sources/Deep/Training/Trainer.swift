import Compute
import Scenes

/// Trains a model, one batch a step.
///
/// The same model, seed and batches give the same weights to the bit, with any thread count, and also where a
/// training was interrupted, stored (`model.safeTensors` and `state`) and gone on with.
public final class Trainer: @unchecked Sendable {
  public let model: NetworkModel
  public let loss: LossDefinition
  public let optimizer: OptimizerSettings
  /// The step size from the next step on.
  public var learningRate: Float
  /// How many steps have been made.
  public private(set) var stepCount = 0
  private let lossSettings: LossSettings
  private let learnsVoid: Bool
  private let seed: UInt64
  private let rule: OptimizerDefinition
  /// What the optimizer remembers, by parameter and slot.
  private var slots: [[FloatBuffer]]
  /// How often each parameter was updated: a layer that was frozen at first starts its count when it is thawed.
  private var updateCounts: [Int64]

  /// - Parameters:
  ///   - seed: names the streams of dropout, one for each step.
  ///   - learnsVoid: whether void is a class like any other; else its pixels don't count.
  /// - Throws: `DeepError.unknown` or `.invalid` for a name or setting.
  public init(
    _ model: NetworkModel, loss: String = "ce", lossSettings: LossSettings = LossSettings(),
    optimizer: OptimizerSettings = OptimizerSettings(), learnsVoid: Bool = false, seed: UInt64
  ) throws {
    guard let definition = Losses.named(loss) else {
      throw DeepError.unknown(what: "loss", name: loss, known: Losses.all.map(\.name))
    }
    guard let rule = Optimizers.named(try optimizer.checked().name) else {
      throw DeepError.unknown(what: "optimizer", name: optimizer.name, known: Optimizers.all.map(\.name))
    }
    (self.model, self.loss, self.optimizer, self.rule) = (model, definition, optimizer, rule)
    self.lossSettings = try lossSettings.checked(for: definition)
    (self.learnsVoid, self.seed) = (learnsVoid, seed)
    updateCounts = [Int64](repeating: 0, count: model.parameters.count)
    learningRate = optimizer.learningRate
    slots = model.parameters.map { parameter in
      parameter.isStatistic ? [] : rule.slots.map { _ in FloatBuffer(repeating: 0, count: parameter.count) }
    }
  }

  /// Learns from pictures of one size and their categories ([height, width], `Category` raw values).
  ///
  /// - Returns: the loss before the step.
  /// - Throws: `DeepError.badBatch`.
  @discardableResult
  public func step(pictures: [Picture], categories: [[UInt8]]) throws -> Float {
    let batch = try Batch(
      pictures, preprocessing: model.preprocessing, multiple: model.definition.sizeMultiple)
    let targets = try batch.targets(categories, learnsVoid: learnsVoid)
    return step(batch.tensor, targets)
  }

  /// Learns from prepared pictures.
  package func step(_ pictures: Tensor, _ targets: Targets) -> Float {
    stepCount += 1
    guard optimizer.clipNorm > 0 else {
      // A layer is updated as soon as its gradients are there, so that those of all layers are never held at once.
      return gradients(pictures, targets) { update(gradientScale: 1) }.loss
    }
    let value = gradients(pictures, targets).loss
    update(gradientScale: clippingScale())
    return value
  }

  /// Leaves the gradients of the loss in the model's parameters.
  ///
  /// - Parameter visit: called whenever further ones are there.
  package func gradients(
    _ pictures: Tensor, _ targets: Targets, visit: () -> Void = {}
  ) -> (loss: Float, logits: Tensor) {
    for parameter in model.parameters { parameter.gradient = nil }
    let tape = Tape(.training(seed: seed, step: UInt64(stepCount)))
    let logits = model.network.logits(Feature(pictures), on: tape)
    let result = loss.evaluate(logits.tensor, targets, lossSettings)
    logits.setGradient(result.gradient)
    tape.unwind(visit: visit)
    return (result.value, logits.tensor)
  }

  /// Lets the optimizer use the gradients that are there, and frees them.
  private func update(gradientScale: Float) {
    let size = 1 << 16
    for (index, parameter) in model.parameters.enumerated() {
      guard parameter.learns, let gradient = parameter.gradient else { continue }
      updateCounts[index] += 1
      let memory = slots[index].map(\.pointer)
      let keep = parameter.role == .kernel ? 1 - learningRate * optimizer.weightDecay : 1
      Parallel.forEach((parameter.count + size - 1) / size) { piece in
        let range = piece * size..<min(parameter.count, (piece + 1) * size)
        if keep != 1 { for place in range { parameter.values.pointer[place] *= keep } }
        rule.update(
          OptimizerUpdate(
            settings: optimizer, learningRate: learningRate, count: Int(updateCounts[index]),
            values: parameter.values.pointer, gradient: gradient.pointer, gradientScale: gradientScale, slots: memory,
            range: range))
      }
      parameter.gradient = nil
      parameter.touch()
    }
  }

  /// What brings the norm of all gradients together down to the bound.
  private func clippingScale() -> Float {
    let square = model.parameters.reduce(0.0) { total, parameter in
      guard let gradient = parameter.gradient else { return total }
      return PixelPieces(pixels: gradient.count, channels: 1, values: 1 << 12).sums(width: 1) { range, sums in
        for place in range { sums[0] += gradient.pointer[place] * gradient.pointer[place] }
      }.reduce(total, +)
    }
    return min(1, optimizer.clipNorm / Float(square.squareRoot()))
  }

  /// What a training needs besides the weights to go on to the same bits: the optimizer's memory, the step count and
  /// the learning rate.
  public var state: SafeTensors {
    var arrays: [String: SafeTensors.Array] = [
      "step": SafeTensors.Array(.int64, shape: [], values: [Int64(stepCount)]),
      "updates": SafeTensors.Array(.int64, shape: [updateCounts.count], values: updateCounts),
      "learningRate": SafeTensors.Array(.float32, shape: [], values: [learningRate]),
    ]
    for memory in memories {
      arrays[memory.name] = memory.array
    }
    return SafeTensors(metadata: ["optimizer": optimizer.name], arrays: arrays)
  }

  /// Takes up the state that `state` gave for the same network and optimizer.
  ///
  /// - Throws: `DeepError.badCheckpoint` or `.mismatch`; nothing is changed then.
  public func restore(_ state: SafeTensors) throws {
    guard state.metadata["optimizer"] == optimizer.name else {
      throw DeepError.badCheckpoint(
        reason: "its optimizer is \(state.metadata["optimizer"] ?? "not named"), not \(optimizer.name)")
    }
    var arrays = state.arrays
    guard let step = arrays.removeValue(forKey: "step")?.values(Int64.self, as: .int64)?.first, step >= 0,
      let updates = arrays.removeValue(forKey: "updates")?.values(Int64.self, as: .int64),
      updates.count == updateCounts.count, updates.allSatisfy({ $0 >= 0 }),
      let rate = arrays.removeValue(forKey: "learningRate")?.values(Float.self, as: .float32)?.first
    else { throw DeepError.badCheckpoint(reason: "step, updates or learning rate is missing") }
    try memories.load(arrays)
    (stepCount, updateCounts, learningRate) = (Int(step), updates, rate)
  }

  /// The optimizer's memory under names of its own.
  private var memories: [Parameter] {
    zip(model.parameters, slots).flatMap { parameter, memory in
      zip(rule.slots, memory).map { slot, values in
        Parameter(name: "\(parameter.name).\(slot)", extents: parameter.extents, role: .statistic, values: values)
      }
    }
  }
}
