import Compute
import Foundation

/// How cells are run, where that has no bearing on what they give.
public struct RunOptions: Sendable {
  /// After how long within an epoch a network's state is stored; it always is after an epoch.
  public var checkpointInterval: Duration
  /// How many bytes of memory there are; nil where that isn't known, and then nothing is refused.
  public var availableBytes: @Sendable () -> Int?

  public init(
    checkpointInterval: Duration = .seconds(600),
    availableBytes: @escaping @Sendable () -> Int? = { ProcessMemory.availableBytes }
  ) {
    (self.checkpointInterval, self.availableBytes) = (checkpointInterval, availableBytes)
  }

  /// Refuses a cell that takes more memory than there is.
  ///
  /// - Throws: `HarnessError.tooLarge` with smaller settings, each of which alone would do.
  func requireMemory(for settings: CellSettings, _ cell: String, sceneCount: Int) throws {
    guard let available = availableBytes() else { return }
    let definition = try Models.named(settings.model)
    func bytes(_ change: (inout CellSettings) -> Void) -> Int {
      var changed = settings
      change(&changed)
      return definition.estimate(changed, sceneCount).bytes
    }
    let needed = bytes { _ in }
    guard needed > available else { return }
    var advice: [String] = []
    func advise(_ candidates: [(text: String, change: (inout CellSettings) -> Void)]) {
      if let fitting = candidates.first(where: { bytes($0.change) <= available }) { advice.append(fitting.text) }
    }
    let halvings = [2, 4, 8, 16]
    if definition.family == .network {
      advise(
        halvings.map { settings.training.batch / $0 }.filter { $0 >= 1 }.map { batch in
          ("training.batch=\(batch)", { $0.training.batch = batch })
        })
      advise(
        halvings.map { settings.network.width / Float($0) }.map { width in
          ("network.width=\(width)", { $0.network.width = width })
        })
    } else {
      let pixels = settings.data.pixelSize.area
      advise(
        halvings.map { (settings.features.pixelSampling.limit ?? pixels) / $0 }.filter { $0 >= 1 }.map { limit in
          ("features.sampling=random:\(limit)", { $0.features.sampling = "random:\(limit)" })
        })
    }
    let size = settings.data.pixelSize
    advise(
      halvings.filter { size.width / $0 >= 16 && size.height / $0 >= 16 }.map { part in
        let text = "\(size.width / part)x\(size.height / part)"
        return ("data.size=\(text)", { $0.data.size = text })
      })
    throw HarnessError.tooLarge(
      cell: cell, needed: needed, available: available,
      advice: advice.isEmpty ? "no smaller setting would do" : "this would fit: \(advice.joined(separator: ", or "))")
  }
}
