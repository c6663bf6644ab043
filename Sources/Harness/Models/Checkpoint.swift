import Compute
import Deep
import Foundation
import Scenes
import Storage

/// How far a training has come.
struct TrainingState: Codable, Equatable {
  /// An epoch that isn't finished.
  struct Part: Codable, Equatable {
    /// Batches done, and the scenes in them.
    var batches = 0
    var scenes = 0
    /// The sum of the scenes' losses.
    var loss = 0.0
    var seconds = 0.0
  }

  /// The finished epochs.
  var history: [Epoch] = []
  /// The one that has begun. Its order, augmentations and dropout are drawn from streams that are named by seed, epoch,
  /// scene and step, so that no random state needs to be kept.
  var part = Part()
  /// Seconds that training and validation waited for pictures so far; nil before the first, and in states of versions
  /// that didn't count them.
  var waitingSeconds: Double?
}

/// The stored state of a training: `last.safetensors`, from which it goes on, the one before as `previous.safetensors`,
/// and `best.safetensors`.
///
/// All three hold checksums. Whenever the program is killed, at least one of `last` and `previous` is whole, and `best`
/// holds the weights of its history's best epoch, or is made from `last` again: it is written right after the state in
/// which its epoch ended, and carries the epoch's number.
struct Checkpoint {
  let folder: URL
  /// What the model tells apart; stored with the best weights.
  let classSet: ClassSet
  let progress: ProgressReporter

  private var last: URL { folder.appendingPathComponent("last.safetensors") }
  private var previous: URL { Self.previous(in: folder) }
  private var best: URL { RunStore.weights(in: folder) }

  /// The stored states in a folder, those that are there, the last one first.
  static func files(in folder: URL) -> [URL] {
    [folder.appendingPathComponent("last.safetensors"), previous(in: folder)]
      .filter { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// The state before the last one.
  static func previous(in folder: URL) -> URL { folder.appendingPathComponent("previous.safetensors") }

  /// Stores weights, optimizer state and how far it has come in one file, so that they can't fall apart.
  func store(_ model: NetworkModel, _ trainer: Trainer, _ state: TrainingState) throws {
    // What a step holds between steps would add to the copy that is being written.
    FloatBuffer.releaseUnused()
    let parts = [("weights/", model.safeTensors), ("trainer/", trainer.state)]
    var stored = SafeTensors()
    for (prefix, part) in parts {
      for (name, array) in part.arrays { stored.arrays[prefix + name] = array }
      for (name, text) in part.metadata { stored.metadata[prefix + name] = text }
    }
    stored.metadata["state"] = String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
    try stored.write(to: last, keeping: previous)
  }

  /// Takes up the last stored state, or the one before where that is damaged.
  ///
  /// - Returns: how far it had come; the very start where nothing is stored, or the first state of all is damaged.
  /// - Throws: `StorageError` where both are damaged; `DeepError` for the state of another training.
  func restore(_ model: NetworkModel, _ trainer: Trainer) throws -> TrainingState {
    var failures: [any Error] = []
    for file in [last, previous] where FileManager.default.fileExists(atPath: file.path) {
      do {
        let (stored, state) = try read(file)
        try model.load(part("weights/", of: stored))
        try trainer.restore(part("trainer/", of: stored))
        if file == previous { progress.note("going on from \(Self.place(state)), as \(file.lastPathComponent) has it") }
        return state
      } catch let error as StorageError {
        progress.note("\(error)")
        failures.append(error)
      }
    }
    if failures.count == 2 { throw failures[0] }
    return TrainingState()
  }

  private func read(_ file: URL) throws -> (SafeTensors, TrainingState) {
    let stored = try SafeTensors(contentsOf: file)
    let text = Data((stored.metadata["state"] ?? "").utf8)
    guard let state = try? JSONDecoder().decode(TrainingState.self, from: text),
      state.history.indices.allSatisfy({ state.history[$0].epoch == $0 + 1 })
    else { throw StorageError.malformed(file: file.path, reason: "its history of epochs can't be read") }
    return (stored, state)
  }

  private func part(_ prefix: String, of stored: SafeTensors) -> SafeTensors {
    func strip<Value>(_ values: [String: Value]) -> [String: Value] {
      Dictionary(
        uniqueKeysWithValues: values.compactMap { key, value in
          key.hasPrefix(prefix) ? (String(key.dropFirst(prefix.count)), value) : nil
        })
    }
    return SafeTensors(metadata: strip(stored.metadata), arrays: strip(stored.arrays))
  }

  /// Where a state is, for people.
  static func place(_ state: TrainingState) -> String {
    let epoch = state.history.count
    return state.part.batches == 0 ? "the end of epoch \(epoch)" : "batch \(state.part.batches) of epoch \(epoch + 1)"
  }

  // MARK: Best

  /// Stores the model as the best so far, that of `epoch`.
  func storeBest(_ model: NetworkModel, epoch: Int) throws {
    var stored = model.safeTensors
    stored.metadata["epoch"] = "\(epoch)"
    stored.metadata[ClassSet.metadataKey] = try classSet.json()
    try stored.write(to: best)
  }

  /// Brings `best` in line with a state just restored, whose best epoch is given: a kill may have come between both.
  ///
  /// - Throws: `StorageError.malformed` where the best weights are damaged or of another epoch, and the model that was
  ///   restored isn't the best either.
  func reconcileBest(_ model: NetworkModel, _ state: TrainingState, bestEpoch: Int) throws {
    guard bestEpoch > 0 else {
      // Weights without a state are of a training that can't be gone on with.
      try? FileManager.default.removeItem(at: best)
      return
    }
    do {
      // Weights of a later epoch are those of a state that was damaged; that epoch will be made again.
      guard try storedBest().epoch < bestEpoch else { return }
    } catch let error as StorageError where bestEpoch == state.history.count && state.part.batches == 0 {
      progress.note("\(error); making it again")
    }
    guard bestEpoch == state.history.count, state.part.batches == 0 else { throw outdated(bestEpoch) }
    try storeBest(model, epoch: bestEpoch)
  }

  /// Gives the model the best weights, those of `epoch`.
  ///
  /// - Throws: `StorageError` where the file is damaged or of another epoch.
  func restoreBest(_ model: NetworkModel, epoch: Int) throws {
    let stored = try storedBest()
    guard stored.epoch == epoch else { throw outdated(epoch) }
    try model.load(stored.weights)
  }

  private func storedBest() throws -> (weights: SafeTensors, epoch: Int) {
    guard FileManager.default.fileExists(atPath: best.path) else { return (SafeTensors(), 0) }
    let stored = try SafeTensors(contentsOf: best)
    guard let epoch = stored.metadata["epoch"].flatMap({ Int($0) }) else {
      throw StorageError.malformed(file: best.path, reason: "it doesn't say of which epoch it is")
    }
    return (stored, epoch)
  }

  private func outdated(_ epoch: Int) -> StorageError {
    .malformed(
      file: best.path,
      reason: "it doesn't hold the weights of epoch \(epoch), the best; remove the folder to train anew")
  }
}
