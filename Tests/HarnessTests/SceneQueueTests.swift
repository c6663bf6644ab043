import Compute
import Foundation
import Harness
import Scenes
import Storage
import TestSupport
import Testing

@Suite("Scenes made ahead", .serialized) struct SceneQueueTests {
  private static let sceneBytes = 16 * 4

  /// A scene that is known by its name.
  @Sendable private static func scene(_ place: Int) -> Scene {
    Scene(
      name: "\(place)", picture: Picture(width: 4, height: 4),
      labels: LabelMap(width: 4, height: 4, labels: [UInt8](repeating: 7, count: 16)), labelTable: .cityscapes)
  }

  @Test("Scenes come in the row's order with any number of threads, whichever is ready first", arguments: [1, 2, 7])
  func order(threads: Int) throws {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    Parallel.threadCount = threads
    let queue = SceneQueue(count: 40, minimum: 8) { place in
      usleep(UInt32(place * 7919 % 13) * 200)
      return Self.scene(place)
    }
    let names = try [1, 4, 0, 30, 5].flatMap { try queue.next($0).map(\.name) }
    #expect(names == (0..<40).map(String.init))
    queue.stop()
  }

  @Test("No more scenes are begun than the least number, or than the bytes that may wait and one a thread")
  func bound() throws {
    for (minimum, limit, most) in [(3, 0, 3), (1, 10 * Self.sceneBytes, 10 + Parallel.threadCount), (5, 1 << 26, 100)] {
      let begun = Counter()
      let queue = SceneQueue(count: 100, minimum: minimum, limit: limit) { place in
        begun.next()
        return Self.scene(place)
      }
      for taken in 1...20 {
        _ = try queue.next(1)
        usleep(1000)
        #expect(begun.count <= min(100, taken + most), "minimum \(minimum), limit \(limit)")
      }
      queue.stop()
    }
  }

  @Test("The first scene of the row that fails is thrown when it is its turn, and not before")
  func failure() throws {
    let queue = SceneQueue(count: 10, minimum: 10) { place in
      if place >= 3 { throw ScenesError.noScenes(folder: "\(place)", split: "") }
      usleep(2000)
      return Self.scene(place)
    }
    #expect(try queue.next(3).count == 3)
    #expect(throws: ScenesError.noScenes(folder: "3", split: "")) { try queue.next(2) }
    queue.stop()
  }

  @Test("When it has stopped, nothing is being made any more")
  func stop() throws {
    let (begun, ended) = (Counter(), Counter())
    let queue = SceneQueue(count: 1000, minimum: 1000) { place in
      begun.next()
      usleep(1000)
      ended.next()
      return Self.scene(place)
    }
    _ = try queue.next(2)
    queue.stop()
    #expect(begun.count == ended.count && begun.count < 1000)
    let count = begun.count
    usleep(5000)
    #expect(begun.count == count)
  }

  @Test("The time of waiting is that in which the next scene wasn't ready")
  func waiting() throws {
    let queue = SceneQueue(count: 3, minimum: 1, limit: 0) { place in
      usleep(20_000)
      return Self.scene(place)
    }
    _ = try queue.next(1)
    #expect(queue.waitingSeconds >= 0.02)
    usleep(200_000)
    let before = queue.waitingSeconds
    _ = try queue.next(1)
    #expect(queue.waitingSeconds == before)
    queue.stop()
  }

  @Test("Waiting for pictures is told where it took more than a twentieth of a fit, and old summaries have none")
  func summary() throws {
    func time(_ json: String) throws -> String {
      try JSONDecoder().decode(FitSummary.self, from: Data(json.utf8)).time
    }
    #expect(try time(#"{"pixels": 1, "seconds": 100}"#) == "fitted in 1 min 40 s")
    #expect(try time(#"{"pixels": 1, "seconds": 100, "waitingSeconds": 5}"#) == "fitted in 1 min 40 s")
    #expect(
      try time(#"{"pixels": 1, "seconds": 100, "waitingSeconds": 12}"#)
        == "fitted in 1 min 40 s, 12 % of the time waiting for pictures")
  }

  @Test("A run gives the same bits without a cache, while one is filled, and from it")
  func cache() throws {
    try withTemporaryFolder { root in
      let (data, cache) = (root.appendingPathComponent("data"), root.appendingPathComponent("cache"))
      try Synthesis.write(
        to: data, count: 12, size: PixelSize(width: 64, height: 32), seed: 0, progress: ProgressReporter(.quiet))
      let yaml = """
        name: tiny
        model: [unet-mini, random-forest]
        augmentation: mirror
        data: {root: \(data.path), size: 32x16, train: 6, validation: 2, test: 2}
        training: {epochs: 2, batch: 2}
        network: {width: 0.25}
        forest: {trees: 3}
        """
      var results: [[Data]] = []
      for (name, folder) in [("none", nil), ("first", cache), ("second", cache)] {
        let options = RunOptions(cache: folder)
        let comparison = try makeComparison(yaml, runs: root.appendingPathComponent(name), options: options) { _ in }
        _ = try comparison.run(command: "test")
        results.append(
          try comparison.cells.flatMap { cell in
            let run = comparison.store.folder(of: cell.name)
            let predictions = try FileManager.default.contentsOfDirectory(
              atPath: run.appendingPathComponent("predictions").path
            ).sorted().map { "predictions/\($0)" }
            return try ["best.safetensors", "pictures.csv", "instances.csv"].map {
              try Data(contentsOf: run.appendingPathComponent($0))
            } + predictions.map { try Data(contentsOf: run.appendingPathComponent($0)) }
          })
        let waiting = try comparison.cells.map { try comparison.store.record(of: $0.name)?.fit.waitingSeconds }
        #expect(waiting[0] != nil && waiting[1] == nil)
      }
      #expect(results[0] == results[1] && results[0] == results[2])
      #expect(try FileManager.default.contentsOfDirectory(atPath: cache.path).count > 10)
    }
  }
}
