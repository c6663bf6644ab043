import Compute
import Deep
import Foundation
import Scenes
import Settings
import Storage

extension Estimator {
  /// A network of the module Deep.
  init(network: any Architecture.Type) {
    self.init(
      family: .network, component: network, section: "network",
      sections: Set(["loss", "augmentation", "training"] + (network.hasEncoder ? ["encoder"] : [])),
      hasChance: { _ in true },
      check: { settings in
        try settings.training.precision.check("training.precision")
        if let file = settings.encoder.file, !FileManager.default.isReadableFile(atPath: file.path) {
          throw StorageError.unreadable(
            file: file.path,
            reason: "encoder.weights names no file that can be read; docs/experiments.md says how to make one")
        }
      },
      fit: { try NetworkTraining($0).run() },
      open: { file, settings, classSet in
        let unnamed = OutputClasses(classSet, learnsVoid: settings.training.learnsVoid)
        let model = try NetworkModel(from: SafeTensors(contentsOf: file), unnamed: unnamed)
        model.precision = settings.training.precision
        return NetworkSegmenter(model: model)
      },
      estimate: { settings, classSet, sizes, ranks in
        let architecture = try network.init(settings.own)
        let classes = OutputClasses(classSet, learnsVoid: settings.training.learnsVoid)
        let sizes = sizes.brought(to: settings.data.size)
        let (trained, largest) = (try settings.crop() ?? sizes.largestTraining, sizes.largest)
        let cut = BatchCut(pictures: settings.training.batch, shards: settings.training.shards, ranks: ranks)
        let batch = (0..<ranks).map { cut.pictures(ofRank: $0).count }.max() ?? 0
        return (
          architecture.parameterCount(classes: classes),
          max(
            architecture.estimatedTrainingBytes(
              classes: classes, height: trained.height, width: trained.width, batch: batch,
              precision: settings.training.precision),
            architecture.estimatedPredictionBytes(
              classes: classes, height: largest.height, width: largest.width, batch: Evaluation.batch(of: largest),
              precision: settings.training.precision)
              + Evaluation.predictionBytes(largest, classes: classes.count))
        )
      })
  }
}

extension OutputClasses {
  /// Those of a class set, void masked unless it is learned.
  package init(_ classSet: ClassSet, learnsVoid: Bool) {
    self.init(count: classSet.count, masked: learnsVoid ? nil : classSet.void)
  }
}

/// Trains one network: epochs over shuffled scenes, validation after each, the best weights kept, early stopping.
///
/// After every epoch, and every few minutes within one, `last.safetensors` holds all that the next step depends on. So
/// a training that was interrupted goes on to the bits that it would have reached.
struct NetworkTraining {
  private let fitting: Fitting
  private let settings: TrainingSettings
  private let seed: UInt64
  /// What the policy decides about.
  private let augmentation: any Augmentation
  /// What every scene goes through after that; nil where scenes keep their size.
  private let resizing: (any ResizingAugmentation)?
  private let model: NetworkModel
  /// The network that the encoder's first weights are of, where they are those of another run.
  private let encoderNetwork: String?
  private let trainer: Trainer
  private let policy: any AugmentationPolicy
  private let schedule: any LearningRateSchedule
  private let checkpoint: Checkpoint
  private let ranks: TrainingRanks

  init(_ fitting: Fitting) throws {
    self.fitting = fitting
    let cell = fitting.settings
    settings = cell.training
    seed = UInt64(cell.seed)
    let chosen = try Augmentations.make(cell.augmentation)
    (augmentation, resizing) = (chosen.withoutResizing, chosen.resizing)
    policy = try Policies.registry.make(settings.augmentationPolicy)
    schedule = try Schedules.registry.make(settings.schedule)
    model = NetworkModel(
      try Networks.registry.make(Choice(cell.model, cell.own)),
      classes: OutputClasses(fitting.classSet, learnsVoid: settings.learnsVoid), seed: seed)
    model.precision = settings.precision
    ranks = TrainingRanks(communicator: fitting.communicator)
    // The others get all weights from rank 0.
    encoderNetwork =
      fitting.communicator.rank > 0
      ? nil : try cell.encoder.file.flatMap { [model] in try Self.loadEncoder($0, into: model) }
    trainer = try Trainer(
      model, loss: Losses.registry.make(cell.loss), optimizer: Optimizers.registry.make(settings.optimizer),
      settings: UpdateSettings(
        learningRate: Float(settings.learningRate), encoderLearningRate: cell.encoder.learningRate.map { Float($0) },
        weightDecay: Float(settings.weightDecay), clipNorm: Float(settings.clipNorm)),
      seed: seed, shards: settings.shards, communicator: fitting.communicator,
      pixelCounts: { try Self.pixelCounts(fitting) })
    checkpoint = Checkpoint(folder: fitting.folder, classSet: fitting.classSet, progress: fitting.progress)
  }

  /// Starts a model's encoder from a file.
  ///
  /// - Returns: the network that the weights are of, where they are another run's.
  /// - Throws: `SettingError.invalid` with the file where its arrays are not those of the encoder.
  private static func loadEncoder(_ file: URL, into model: NetworkModel) throws -> String? {
    let stored = try SafeTensors(contentsOf: file)
    do {
      return try model.loadEncoder(stored)
    } catch let error as DeepError {
      throw SettingError.invalid(
        setting: "encoder.weights", value: file.path,
        bound: "weights of the encoder of \(model.architecture.name) (\(error))")
    }
  }

  func run() throws -> (segmenter: any Segmenter, summary: FitSummary) {
    var state = try checkpoint.restore(model, trainer)
    try checkpoint.reconcileBest(model, state, bestEpoch: bestEpoch(state.history))
    if !state.history.isEmpty { try EpochTable.write(state.history, to: fitting.folder) }
    try bringOthers()
    defer { ranks.begin(nil) }
    while state.history.count < settings.epochs, state.history.count - bestEpoch(state.history) < settings.patience {
      try train(&state)
      // In this order, so that a kill in between can be told from the epochs' numbers and made good.
      try store(state)
      if bestEpoch(state.history) == state.history.count {
        try checkpoint.storeBest(model, epoch: state.history.count)
      }
      try EpochTable.write(state.history, to: fitting.folder)
    }
    let (history, best) = (state.history, bestEpoch(state.history))
    try checkpoint.restoreBest(model, epoch: best)
    return (
      NetworkSegmenter(model: model),
      FitSummary(
        seconds: history.reduce(0) { $0 + $1.seconds }, parameters: model.parameterCount,
        pixels: pixelCount, epochs: history.count,
        bestEpoch: best, validationMeanIoU: history[best - 1].validationMeanIoU,
        waitingSeconds: state.waitingSeconds, encoderNetwork: encoderNetwork)
    )
  }

  /// How many pixels an epoch has where each scene comes once.
  private var pixelCount: Int {
    let sizes = fitting.scenes.sizes.training
    return resizing.map { sizes.count * $0.outputSize.area } ?? sizes.reduce(0) { $0 + $1.area }
  }

  /// The epoch, counted from 1, whose weights are the best so far; 0 before the first.
  private func bestEpoch(_ history: [Epoch]) -> Int {
    var best: Epoch?
    for epoch in history where best.map({ epoch.validationMeanIoU > $0.validationMeanIoU + settings.minDelta }) ?? true
    {
      best = epoch
    }
    return best?.epoch ?? 0
  }

  /// Gives the other ranks the training with all that its next step depends on.
  private func bringOthers() throws {
    guard ranks.areSeveral else { return }
    let parts = try [model.safeTensors, trainer.state].map { try $0.encoded() }
    RankTask.train(fitting.settings, data: fitting.scenes.fingerprint).send(to: fitting.communicator)
    for part in parts { _ = fitting.communicator.broadcast(part) }
    fitting.progress.record("  \(settings.shards) shards on \(fitting.communicator.count) ranks")
  }

  /// Takes part in a training that rank 0 leads, until it is over.
  func follow() throws {
    func receive() throws -> SafeTensors { try SafeTensors(fitting.communicator.broadcast(nil), file: "rank 0") }
    try model.load(receive())
    try trainer.restore(receive())
    while let task = try ranks.nextEpoch() {
      model.frozenLayers = frozenLayers(epoch: task.epoch)
      let left = batches(epoch: task.epoch).dropFirst(task.batches)
      guard try followSteps(left, epoch: task.epoch) else { continue }
      FloatBuffer.releaseUnused()
      do {
        _ = try validate()
      } catch let error as HarnessError where error.isInterruption {
        // Rank 0 knows.
      }
    }
  }

  /// - Returns: whether all steps were made.
  private func followSteps(_ batches: ArraySlice<[AugmentationItem]>, epoch: Int) throws -> Bool {
    let queue = queue(batches, epoch: epoch)
    defer { queue.stop() }
    for items in batches {
      let batch = try queue.next(own(items).count)
      let (intent, rate) = ranks.meet(Interrupts.isRequested ? .interrupted : .step)
      guard intent == .step else { return false }
      trainer.learningRate = rate
      try trainer.step(
        pictures: batch.map { ImageData($0.picture) }, labels: batch.map(\.classes), of: items.count)
    }
    return ranks.meet(Interrupts.isRequested ? .interrupted : .step).intent == .step
  }

  /// What this rank has of a batch.
  private func own(_ items: [AugmentationItem]) -> ArraySlice<AugmentationItem> {
    items[trainer.cut(items.count).pictures(ofRank: fitting.communicator.rank)]
  }

  /// The scores on all validation scenes, of which each rank predicts some, and the seconds that this one waited for
  /// pictures.
  ///
  /// - Throws: `HarnessError.interrupted` where the user stopped any rank.
  private func validate() throws -> (scores: Scores, waitingSeconds: Double) {
    let (scenes, scoringProtocol) = (fitting.scenes, settings.learnsVoid ? ScoringProtocol.withVoid : .withoutVoid)
    let (rank, count, classCount) = (fitting.communicator.rank, fitting.communicator.count, fitting.classSet.count)
    let entries = scenes.split.validation
    var waitingSeconds = 0.0
    let own = Result {
      let outcome = try Evaluation.score(
        NetworkSegmenter(model: model),
        on: entries.indices.filter { $0 % count == rank }.map { entries[$0] }, loader: scenes.loader)
      waitingSeconds = outcome.waitingSeconds
      return outcome.tally.sums[scoringProtocol]?.confusion ?? ConfusionMatrix(classCount: classCount)
    }
    guard let sum = try ranks.sum(own, classCount: classCount) else {
      throw HarnessError.interrupted(next: Interrupts.next)
    }
    let scores = Scores(confusion: sum, pictures: entries.count, of: fitting.classSet, under: scoringProtocol)
    return (scores, waitingSeconds)
  }

  /// The rest of the epoch that `state` is in, then validation. Where the user stops it, the state is stored first.
  private func train(_ state: inout TrainingState) throws {
    let number = state.history.count + 1
    let (start, before) = (ContinuousClock.now, state.part.seconds)
    var stored = (batches: state.part.batches, time: start)
    do {
      try pass(&state) { state in
        state.part.seconds = before + (ContinuousClock.now - start) / .seconds(1)
        guard ContinuousClock.now - stored.time >= fitting.checkpointInterval else { return }
        try store(state)
        stored = (state.part.batches, .now)
      }
      // What steps take is not what predictions take.
      FloatBuffer.releaseUnused()
      let (validation, waitingSeconds) = try validate()
      state.waitingSeconds = (state.waitingSeconds ?? 0) + waitingSeconds
      let epoch = Epoch(
        epoch: number, loss: state.part.loss / Double(state.part.scenes),
        validationMeanIoU: validation.meanIoU ?? 0, validationAccuracy: validation.accuracy ?? 0,
        learningRate: Double(trainer.learningRate), seconds: before + (ContinuousClock.now - start) / .seconds(1))
      state.history.append(epoch)
      fitting.progress.record("  \(epoch.line(of: settings.epochs))")
      if let text = trainer.traffic.text { fitting.progress.record("  \(text)") }
      state.part = TrainingState.Part()
    } catch HarnessError.interrupted(let next) {
      if state.part.batches > stored.batches { try store(state) }
      throw HarnessError.interrupted(next: "\(next), \(Checkpoint.place(state))")
    }
  }

  /// The batches of the epoch that aren't done yet.
  private func pass(_ state: inout TrainingState, afterStep: (inout TrainingState) throws -> Void) throws {
    let number = state.history.count + 1
    let batches = batches(epoch: number)
    let scores = state.history.map(\.validationMeanIoU)
    model.frozenLayers = frozenLayers(epoch: number)
    let left = batches.dropFirst(state.part.batches)
    let queue = queue(left, epoch: number)
    defer { queue.stop() }
    let waitedBefore = state.waitingSeconds ?? 0
    ranks.begin(TrainingRanks.EpochTask(epoch: number, batches: state.part.batches))
    // Whether all ranks have left the epoch's steps: until then the others wait for this one.
    var areTogether = false
    func meet() throws {
      let own = Interrupts.isRequested ? TrainingRanks.Intent.interrupted : .step
      guard ranks.meet(own, learningRate: trainer.learningRate).intent == .step else {
        areTogether = true
        throw HarnessError.interrupted(next: Interrupts.next)
      }
    }
    do {
      for (index, items) in zip(left.indices, left) {
        let batch = try queue.next(own(items).count)
        state.waitingSeconds = waitedBefore + queue.waitingSeconds
        trainer.learningRate =
          Float(settings.learningRate)
          * schedule.factor(
            step: trainer.stepCount, of: settings.epochs * batches.count, warmUpSteps: settings.warmUpSteps,
            scores: scores)
        try meet()
        let loss = try trainer.step(
          pictures: batch.map { ImageData($0.picture) }, labels: batch.map(\.classes), of: items.count)
        guard loss.isFinite else { throw diverged(epoch: number, "the loss of batch \(index + 1) is \(loss)") }
        state.part.batches += 1
        state.part.scenes += items.count
        state.part.loss += Double(loss) * Double(items.count)
        report(state.history, done: Double(index + 1) / Double(batches.count), loss: Double(loss))
        try afterStep(&state)
      }
      // Weights that are no numbers would be scored and stored as if they were.
      try checkWeights(epoch: number)
      try meet()
    } catch {
      if !areTogether { _ = ranks.meet(.stop) }
      throw error
    }
  }

  /// Stores a state whose weights are numbers.
  private func store(_ state: TrainingState) throws {
    if state.part.batches > 0 { try checkWeights(epoch: state.history.count + 1) }
    try checkpoint.store(model, trainer, state)
  }

  private func checkWeights(epoch: Int) throws {
    guard model.isFinite else { throw diverged(epoch: epoch, "weights are no longer numbers") }
  }

  private func diverged(epoch: Int, _ reason: String) -> HarnessError {
    .diverged(cell: fitting.folder.lastPathComponent, epoch: epoch, reason: reason)
  }

  /// The encoder's layers that don't learn in an epoch.
  private func frozenLayers(epoch: Int) -> Set<String> {
    let encoder = fitting.settings.encoder
    let layers = model.encoderLayers
    let learning = epoch <= encoder.freeze ? 0 : Int((Double(layers.count) * encoder.unfreeze).rounded())
    return Set(layers.dropLast(learning))
  }

  /// The pixels of each class in the training scenes.
  private static func pixelCounts(_ fitting: Fitting) throws -> [Int] {
    var counts = [Int](repeating: 0, count: fitting.classSet.count)
    let (entries, loader) = (fitting.scenes.split.training, fitting.scenes.loader)
    let queue = SceneQueue(count: entries.count, minimum: 2) { try loader.scene(entries[$0]) }
    defer { queue.stop() }
    for _ in entries {
      for place in try queue.next(1)[0].classes { counts[Int(place)] += 1 }
    }
    return counts
  }

  /// The scenes of an epoch, augmented copies among them, in its order, cut into batches; the last may be smaller.
  private func batches(epoch: Int) -> [[AugmentationItem]] {
    // Without augmentation each scene comes once, whatever the policy would add.
    let names = fitting.scenes.split.training.map(\.name)
    let items =
      augmentation is NoAugmentation
      ? names.indices.map { AugmentationItem(scene: $0, isAugmented: false, copy: 0) }
      : policy.items(seed: seed, epoch: epoch, names: names)
    var random = RandomStream(seed: seed, RandomStream.key("order"), UInt64(epoch))
    let order = items.shuffled(using: &random)
    return stride(from: 0, to: order.count, by: settings.batch).map {
      Array(order[$0..<min(order.count, $0 + settings.batch)])
    }
  }

  /// The scenes of batches, loaded and augmented on other threads.
  private func queue(_ batches: ArraySlice<[AugmentationItem]>, epoch: Int) -> SceneQueue {
    let (entries, loader) = (fitting.scenes.split.training, fitting.scenes.loader)
    let (seed, augmentation, resizing) = (seed, augmentation, resizing)
    let items = batches.flatMap(own)
    return SceneQueue(count: items.count, minimum: 2 * settings.batch) { place in
      let item = items[place]
      var scene = try loader.scene(entries[item.scene])
      if item.isAugmented {
        var random = item.stream(seed: seed, epoch: epoch, name: scene.name)
        scene = augmentation.apply(to: scene, random: &random)
      }
      guard let resizing else { return scene }
      var random = item.resizingStream(seed: seed, epoch: epoch, name: scene.name)
      return resizing.apply(to: scene, random: &random)
    }
  }

  private func report(_ history: [Epoch], done: Double, loss: Double) {
    let best = history.map(\.validationMeanIoU).max().map { String(format: ", best mean IoU %.4f", $0) } ?? ""
    fitting.progress.update(
      (Double(history.count) + done) / Double(settings.epochs),
      String(format: "epoch %d/%d, loss %.4f", history.count + 1, settings.epochs, loss) + best)
  }
}
