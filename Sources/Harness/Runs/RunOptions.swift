import Compute
import Foundation
import Scenes
import Settings

/// How cells are run, where that has no bearing on what they give.
package struct RunOptions: Sendable {
  /// After how long within an epoch a network's state is stored; it always is after an epoch.
  package var checkpointInterval: Duration
  /// The folder where decoded scenes are kept for the next start; nil for none.
  package var cache: URL?
  /// How many bytes of memory there are; nil where that isn't known, and then nothing is refused.
  package var availableBytes: @Sendable () -> Int?
  /// The processes that train networks together; this is rank 0 of them.
  package var communicator: any Communicator

  package init(
    checkpointInterval: Duration = .seconds(600), cache: URL? = nil,
    availableBytes: @escaping @Sendable () -> Int? = { ProcessMemory.availableBytes },
    communicator: any Communicator = SingleProcess()
  ) {
    (self.checkpointInterval, self.cache, self.availableBytes) = (checkpointInterval, cache, availableBytes)
    self.communicator = communicator
  }

  /// Refuses a network whose batches have fewer shards than there are ranks.
  ///
  /// - Throws: `SettingError.invalid`.
  func requireShards(for settings: CellSettings) throws {
    guard try Estimators.named(settings.model).family == .network, settings.training.shards < communicator.count
    else { return }
    throw SettingError.invalid(
      setting: "training.shards", value: "\(settings.training.shards)",
      bound: "at least \(communicator.count), so that each rank of mpiexec has one")
  }

  /// Refuses a cell that takes more memory than there is.
  ///
  /// - Throws: `HarnessError.tooLarge` with smaller settings, each of which alone would do.
  func requireMemory(
    for settings: CellSettings, _ classSet: ClassSet, _ cell: String, _ sizes: SceneSizes
  ) throws {
    guard let available = availableBytes() else { return }
    let estimator = try Estimators.named(settings.model)
    func bytes(_ key: String?, _ value: Setting) -> Int? {
      guard let changed = key == nil ? settings : try? settings.with(key ?? "", value) else { return nil }
      return try? estimator.estimate(changed, classSet, sizes, communicator.count).bytes
    }
    guard let needed = bytes(nil, .none), needed > available else { return }
    var advice: [String] = []
    func advise(_ key: String, _ candidates: [Setting]) {
      let fitting = candidates.first { value in bytes(key, value).map { $0 <= available } ?? false }
      if let fitting { advice.append("\(key)=\(fitting)") }
    }
    let halvings = [2, 4, 8, 16]
    let values = settings.values
    if estimator.family == .network {
      advise("training.batch", halvings.map { settings.training.batch / $0 }.filter { $0 >= 1 }.map(Setting.whole))
      if let crop = try settings.crop() {
        let chosen = settings.augmentation
        advise(
          "augmentation",
          halvings.filter { crop.width / $0 >= 16 && crop.height / $0 >= 16 }.map { part in
            let smaller = ["width": Setting.whole(crop.width / part), "height": .whole(crop.height / part)]
            return Choice(chosen.name, chosen.settings.merging(smaller) { $1 }).setting
          })
      }
      let width = values["network.width"]?.asNumber ?? 1
      advise("network.width", halvings.map { Setting(number: width / Double($0)) })
    } else {
      let sampled = values["features.sampling.perPicture"]?.asNumber.map { Int($0) } ?? sizes.largestTraining.area
      advise(
        "features.sampling", halvings.map { sampled / $0 }.filter { $0 >= 1 }.map { .text("random:\($0)") })
    }
    let size = settings.data.size.common ?? sizes.largest
    advise(
      "data.size",
      halvings.filter { size.width / $0 >= 16 && size.height / $0 >= 16 }
        .map { .text("\(size.width / $0)x\(size.height / $0)") })
    throw HarnessError.tooLarge(
      cell: cell, needed: needed, available: available,
      advice: advice.isEmpty ? "no smaller setting would do" : "this would fit: \(advice.joined(separator: ", or "))")
  }
}
