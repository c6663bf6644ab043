import Compute
import Foundation
import Scenes
import Settings
import Storage

/// What the ranks of one training tell each other: rank 0 decides, the others go along.
struct TrainingRanks {
  let communicator: any Communicator
  var areSeveral: Bool { communicator.count > 1 }

  // MARK: Epochs

  /// An epoch that is to be gone through.
  struct EpochTask: Codable, Equatable {
    let epoch: Int
    /// How many of its batches are done already.
    let batches: Int
  }

  /// Has the others go through an epoch; nil where the training is over.
  func begin(_ task: EpochTask?) {
    guard areSeveral else { return }
    _ = communicator.broadcast(try? JSONEncoder().encode([task]))
  }

  /// The epoch that rank 0 has begun; nil where the training is over.
  func nextEpoch() throws -> EpochTask? {
    try JSONDecoder().decode([EpochTask?].self, from: communicator.broadcast(nil))[0]
  }

  // MARK: Steps

  /// What a rank says before a step.
  enum Intent: UInt32 {
    case step, interrupted, stop
  }

  /// Meets the others before a step.
  ///
  /// - Parameter learningRate: of rank 0; the others' doesn't count.
  /// - Returns: what is to be done, the same on all ranks: to stop where any wants to; and rank 0's learning rate.
  func meet(_ own: Intent, learningRate: Float = 0) -> (intent: Intent, learningRate: Float) {
    guard areSeveral else { return (own, learningRate) }
    let all = communicator.share([own.rawValue, learningRate.bitPattern])
    let intents = all.compactMap { Intent(rawValue: $0[0]) }
    let intent = intents.first { $0 == .stop } ?? intents.first { $0 == .interrupted } ?? .step
    return (intent, Float(bitPattern: all[0][1]))
  }

  // MARK: Validation

  /// Sums the counts of pixels of all ranks.
  ///
  /// - Parameter own: those of this rank's scenes, or what scoring them threw.
  /// - Returns: nil where another rank was interrupted or failed.
  /// - Throws: what `own` holds.
  func sum(_ own: Result<ConfusionMatrix, any Error>, classCount: Int) throws -> ConfusionMatrix? {
    // What goes wrong on another rank ends all.
    if communicator.rank > 0, case .failure(let error) = own, (error as? HarnessError)?.isInterruption != true {
      throw error
    }
    let counts = (try? own.get())?.counts ?? [Int](repeating: 0, count: classCount * classCount)
    let failed = if case .failure = own { 1 } else { 0 }
    let all = communicator.share(counts + [failed])
    _ = try own.get()
    guard all.allSatisfy({ $0.last == 0 }) else { return nil }
    return ConfusionMatrix(
      classCount: classCount, counts: counts.indices.map { place in all.reduce(0) { $0 + $1[place] } })
  }
}
