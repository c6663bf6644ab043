import Compute
import Settings
import Storage

/// Trains a model, one batch a step.
///
/// The same model, seed, batches and shards give the same weights to the bit, with any thread count, on any number of
/// ranks, and also where a training was interrupted, stored (`model.safeTensors` and `state`) and gone on with.
///
/// A batch may be cut into shards, whose passes are made apart, on one process or on several. What they sum is that of the
/// whole batch, added in the order of a `ReductionTree`: gradients, the sums of batch normalisation forward and back, and
/// the loss, as the mean of the shards' losses weighed by their counted pixels. For cross-entropy without class weights
/// and for the divergence that is the loss of the batch; the overlap losses are those of the shards. Dropout draws from a
/// stream of each shard.
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
  /// Into how many parts a batch is cut, and who has them.
  private let shards: Int
  private let communicator: any Communicator
  /// Of all steps so far that were made with others.
  package private(set) var traffic = Traffic()
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
  ///   - shards: into how many parts a batch is cut.
  ///   - communicator: the processes that share them; each calls `step` at the same time.
  ///   - pixelCounts: the pixels of each class in all training pictures, for losses that ask for them.
  /// - Throws: what `pixelCounts` throws.
  package init(
    _ model: NetworkModel, loss: any Loss = CrossEntropyLoss(), optimizer: any Optimizer = Adam(),
    settings: UpdateSettings = UpdateSettings(), seed: UInt64, shards: Int = 1,
    communicator: any Communicator = SingleProcess(), pixelCounts: () throws -> [Int] = { [] }
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
    (self.seed, self.shards, self.communicator) = (seed, shards, communicator)
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

  /// How a batch of so many pictures is cut.
  package func cut(_ pictures: Int) -> BatchCut {
    BatchCut(pictures: pictures, shards: shards, ranks: communicator.count)
  }

  /// Learns from pictures of one size and their labels, a class for each pixel, [height, width].
  ///
  /// - Parameters:
  ///   - pictures: those of this process.
  ///   - labels: theirs.
  ///   - count: how many the batch has on all ranks, where there are several.
  /// - Returns: the loss before the step; 0 on a rank without pictures.
  /// - Throws: `DeepError.badBatch`, before anything is exchanged.
  @discardableResult
  package func step(pictures: [ImageData], labels: [[UInt8]], of count: Int? = nil) throws -> Float {
    let count = count ?? pictures.count
    guard count > 0 else { throw DeepError.badBatch(reason: "there are no pictures") }
    guard labels.count == pictures.count else {
      throw DeepError.badBatch(reason: "\(pictures.count) pictures, \(labels.count) label maps")
    }
    let cut = cut(count)
    let own = cut.pictures(ofRank: communicator.rank)
    precondition(own.count == pictures.count, "\(pictures.count) pictures on a rank that has \(own.count) of a batch")
    let parts = try cut.shards(of: communicator.rank).map { shard in
      let range = cut.pictures(of: shard)
      let part = range.lowerBound - own.lowerBound..<range.upperBound - own.lowerBound
      let batch = try Batch(Array(pictures[part]), for: model.architecture)
      return (pictures: batch.tensor, targets: try batch.targets(Array(labels[part]), classes: model.classes))
    }
    guard cut.shards > 1 || cut.ranks > 1 else { return step(parts[0].pictures, parts[0].targets) }
    return step(parts, cut)
  }

  /// Learns from the shards of this process.
  private func step(_ parts: [(pictures: Tensor, targets: Targets)], _ cut: BatchCut) -> Float {
    stepCount += 1
    for parameter in model.parameters { parameter.gradient = nil }
    let team = ShardTeam(cut, communicator)
    let gradients = GradientSums(model.parameters.filter(\.learns), cut, communicator)
    var losses = [Float](repeating: 0, count: parts.count)
    team.run { [self] shard in
      let part = parts[shard - team.own.lowerBound]
      let place = cut.shards > 1 ? Shard(team: team, index: shard) : nil
      let tape = Tape(
        .training(seed: seed(of: place), step: UInt64(stepCount)), precision: model.precision, shard: place)
      let logits = model.logits(part.pictures, on: tape)
      let result = learned(logits.tensor, part.targets)
      var value = result.value
      if let place {
        let (counted, share) = (Double(part.targets.count), 1 / Double(cut.shards))
        let total = place.sum([counted])[0]
        let weight = total > 0 ? counted / total : share
        result.gradient.scale(by: Float(weight))
        value = Float(place.sum([weight * Double(result.value)])[0])
      }
      losses[shard - team.own.lowerBound] = value
      logits.setGradient(result.gradient)
      tape.backward { parameter in
        gradients.take(parameter, of: shard)
        // As soon as a sum is there, so that those of all parameters are never held at once.
        if settings.clipNorm == 0 { for parameter in gradients.ready() { update(parameter, gradientScale: 1) } }
      }
    }
    let rest = gradients.finish()
    if settings.clipNorm == 0 {
      for parameter in rest.parameters { update(parameter, gradientScale: 1) }
    } else {
      let scale = clippingScale()
      for parameter in model.parameters { update(parameter, gradientScale: scale) }
    }
    if cut.holders.count < cut.ranks { sendStatistics(cut) }
    traffic.count(rest.seconds, waited: rest.waited, bytes: rest.bytes)
    return losses.first ?? 0
  }

  /// Names the streams of dropout: each shard has its own.
  private func seed(of shard: Shard?) -> UInt64 {
    guard let shard else { return seed }
    return RandomStream(seed: seed, RandomStream.key("shard"), UInt64(shard.index)).state
  }

  /// Passes on the moving statistics to ranks that had no shard to gather them from.
  private func sendStatistics(_ cut: BatchCut) {
    let statistics = model.parameters.filter(\.isStatistic)
    let values = statistics.flatMap { Array(UnsafeBufferPointer(start: $0.values.pointer, count: $0.count)) }
    let all = communicator.share(values, .sums)[0]
    guard cut.shards(of: communicator.rank).isEmpty else { return }
    var first = 0
    for statistic in statistics {
      for place in 0..<statistic.count { statistic.values.pointer[place] = all[first + place] }
      first += statistic.count
      statistic.touch()
    }
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

/// How the exchange of gradients went.
package struct Traffic: Sendable {
  package private(set) var steps = 0
  /// Seconds that exchanges took, and those of them that no pass went on beside.
  package private(set) var seconds = 0.0
  package private(set) var waited = 0.0
  /// What this process sent.
  package private(set) var bytes = 0

  /// What is to be said of it; nil without others.
  package var text: String? {
    guard seconds > 0 else { return nil }
    let megabytes = Int((Double(bytes) / Double(steps) / 1e6).rounded(.up))
    return "gradients: \(megabytes) MB sent a step in \(Int((1000 * seconds / Double(steps)).rounded())) ms, "
      + "\(Int((100 * max(0, 1 - waited / seconds)).rounded())) % of them beside the pass"
  }

  fileprivate mutating func count(_ seconds: Double, waited: Double, bytes: Int) {
    steps += 1
    self.bytes += bytes
    self.seconds += seconds
    self.waited += waited
  }
}
