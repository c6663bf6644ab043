import Compute
import Settings
import Storage

/// Trains a model, one batch a step.
///
/// The same model, seed and batches give the same weights to the bit, with any thread count, and also where a
/// training was interrupted, stored (`model.safeTensors` and `state`) and gone on with.
package final class Trainer: @unchecked Sendable {
  package let model: NetworkModel
  package let loss: any Loss
  package let optimizer: any Optimizer
  package let settings: UpdateSettings
  /// The step size from the next step on; that of an encoder with a learning rate of its own goes up and down with it.
  package var learningRate: Float
  /// How many steps have been made.
  package private(set) var stepCount = 0
  private let seed: UInt64
  /// The place of each parameter among the model's.
  private let places: [ObjectIdentifier: Int]
  /// What each parameter's step size is of `learningRate`.
  private let rateFactors: [Float]
  /// What the optimizer remembers, by parameter and slot.
  private var slots: [[FloatBuffer]]
  /// How often each parameter was updated: a layer that was frozen at first starts its count when it is unfrozen.
  private var updateCounts: [Int64]

  /// - Parameters:
  ///   - model: what is trained.
  ///   - loss: what is lowered.
  ///   - optimizer: how a gradient becomes a change.
  ///   - settings: learning rates, decay and clipping.
  ///   - seed: names the streams of dropout, one for each step.
  ///   - pixelCounts: the pixels of each class in all training pictures, for losses that ask for them.
  /// - Throws: what `pixelCounts` throws.
  package init(
    _ model: NetworkModel, loss: any Loss = CrossEntropyLoss(), optimizer: any Optimizer = Adam(),
    settings: UpdateSettings = UpdateSettings(), seed: UInt64, pixelCounts: () throws -> [Int] = { [] }
  ) throws {
    var loss = loss
    try loss.prepare {
      var counts = try pixelCounts()
      precondition(
        counts.isEmpty || counts.count == model.classes.count,
        "\(counts.count) counts of pixels, \(model.classes.count) classes")
      if let masked = model.classes.masked, !counts.isEmpty { counts.remove(at: Int(masked)) }
      return counts
    }
    (self.model, self.loss, self.optimizer, self.settings) = (model, loss, optimizer, settings)
    self.seed = seed
    places = Dictionary(
      uniqueKeysWithValues: model.parameters.enumerated().map { (ObjectIdentifier($1), $0) })
    updateCounts = [Int64](repeating: 0, count: model.parameters.count)
    learningRate = settings.learningRate
    let encoderFactor = (settings.encoderLearningRate ?? settings.learningRate) / settings.learningRate
    rateFactors = model.parameters.map { $0.isOfEncoder ? encoderFactor : 1 }
    let slotCount = type(of: optimizer).slots.count
    slots = model.parameters.map { parameter in
      parameter.isStatistic
        ? [] : (0..<slotCount).map { _ in FloatBuffer(repeating: 0, count: parameter.count) }
    }
  }

  /// Learns from pictures of one size and their labels, a class for each pixel, [height, width].
  ///
  /// - Returns: the loss before the step.
  /// - Throws: `DeepError.badBatch`.
  @discardableResult
  package func step(pictures: [ImageData], labels: [[UInt8]]) throws -> Float {
    let batch = try Batch(pictures, for: model.architecture)
    let targets = try batch.targets(labels, classes: model.classes)
    return step(batch.tensor, targets)
  }

  /// Learns from prepared pictures.
  package func step(_ pictures: Tensor, _ targets: Targets) -> Float {
    stepCount += 1
    guard settings.clipNorm > 0 else {
      // A parameter is updated as soon as its gradient is there, so that those of all are never held at once.
      return gradients(pictures, targets) { update($0, gradientScale: 1) }.loss
    }
    let value = gradients(pictures, targets).loss
    let scale = clippingScale()
    for parameter in model.parameters { update(parameter, gradientScale: scale) }
    return value
  }

  /// Leaves the gradients of the loss in the model's parameters.
  ///
  /// - Parameters:
  ///   - pictures: [batch, height, width, 3].
  ///   - targets: the truth of every pixel of `pictures`.
  ///   - visit: called with each parameter when its gradient is there.
  package func gradients(
    _ pictures: Tensor, _ targets: Targets, visit: (Parameter) -> Void = { _ in }
  ) -> (loss: Float, logits: Tensor) {
    for parameter in model.parameters { parameter.gradient = nil }
    let tape = Tape(.training(seed: seed, step: UInt64(stepCount)), precision: model.precision)
    let logits = model.logits(pictures, on: tape)
    let result = learned(logits.tensor, targets)
    logits.setGradient(result.gradient)
    tape.backward(visit: visit)
    return (result.value, logits.tensor)
  }

  /// The loss over the classes that are learned: the masked one's channel is left out, as if its logit were minus
  /// infinity, and has no gradient.
  private func learned(_ logits: Tensor, _ targets: Targets) -> LossResult {
    guard let masked = model.classes.masked.map({ Int($0) }) else {
      return loss.evaluate(logits: logits, targets: targets)
    }
    let classes = targets.classes.map { label in
      label == masked ? Targets.ignored : label != Targets.ignored && label > masked ? label - 1 : label
    }
    let result = loss.evaluate(logits: logits.removing(channel: masked), targets: Targets(classes: classes))
    return LossResult(value: result.value, gradient: result.gradient.inserting(channel: masked))
  }

  /// Lets the optimizer use a parameter's gradient, if it is there, and frees it.
  private func update(_ parameter: Parameter, gradientScale: Float) {
    guard parameter.learns, let gradient = parameter.gradient, let index = places[ObjectIdentifier(parameter)] else {
      return
    }
    updateCounts[index] += 1
    let rate = learningRate * rateFactors[index]
    let update = ParameterUpdate(
      learningRate: rate, number: Int(updateCounts[index]), count: parameter.count,
      values: parameter.values.pointer, gradient: gradient.pointer, gradientScale: gradientScale,
      slots: slots[index].map(\.pointer), isKernel: parameter.role == .kernel)
    if update.isKernel { update.scaleValues(by: 1 - rate * settings.weightDecay) }
    optimizer.update(update)
    parameter.gradient = nil
    parameter.touch()
  }

  /// What brings the norm of all gradients together down to the bound.
  private func clippingScale() -> Float {
    let square = model.parameters.reduce(0.0) { total, parameter in
      guard let gradient = parameter.gradient else { return total }
      return PixelPieces(pixels: gradient.count, channels: 1, values: 1 << 12).sums(width: 1) { range, sums in
        for place in range { sums[0] += gradient.pointer[place] * gradient.pointer[place] }
      }.reduce(total, +)
    }
    return min(1, settings.clipNorm / Float(square.squareRoot()))
  }

  /// What a training needs besides the weights to go on to the same bits: the optimizer's memory, the step count and
  /// the learning rate.
  package var state: SafeTensors {
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
  package func restore(_ state: SafeTensors) throws {
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
      zip(type(of: optimizer).slots, memory).map { slot, values in
        Parameter(name: "\(parameter.name).\(slot)", extents: parameter.extents, role: .statistic, values: values)
      }
    }
  }
}
