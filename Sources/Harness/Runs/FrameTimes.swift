import Foundation
import Scenes
import Storage

/// How long the models of an experiment take for a frame, measured together: one after the other, round after round, so
/// that a machine that is slower for a while is so for all of them. Each cell's record has a time too, taken as it was
/// fitted, beside what else the machine did then.
package struct FrameTimes: Codable, Equatable, Sendable {
  /// The fastest of the rounds by the name of the cell.
  package private(set) var cells: [String: FrameTime] = [:]
  /// Where it was measured.
  package let environment: Environment

  /// Times the models of all finished cells of `store` on the first picture of its panel, as `FrameTime` does.
  ///
  /// - Parameters:
  ///   - store: of the experiment.
  ///   - rounds: how often each model is opened and timed.
  ///   - command: what was typed.
  ///   - progress: told what is measured.
  /// - Throws: `HarnessError.noRun` where no cell is finished, one's model isn't there (as in records) or no picture is
  ///   stored; `StorageError` for damaged files.
  package init(_ store: RunStore, rounds: Int, command: String?, progress: ProgressReporter) throws {
    let index = try store.index()
    let names = try index.cells.filter { try store.record(of: $0) != nil }
    guard !names.isEmpty else {
      throw HarnessError.noRun(folder: store.folder.path, reason: "no cell is finished yet")
    }
    guard let scene = index.panel.first else {
      throw HarnessError.noRun(folder: store.folder.path, reason: "it holds no picture to measure with")
    }
    let picture = try PNG.picture(at: store.panelPicture(scene, under: .clean))
    environment = .current(data: scene, command: command)
    progress.begin("measuring \(names.count) models")
    for round in 0..<rounds {
      for (place, name) in names.enumerated() {
        try Interrupts.check(next: "nothing was written")
        let time = try FrameTime(StoredModel(run: store.folder(of: name)).segmenter, on: picture)
        if time.seconds < cells[name]?.seconds ?? .infinity { cells[name] = time }
        progress.update(Double(round * names.count + place + 1) / Double(rounds * names.count), name)
      }
    }
    progress.end("\(rounds) rounds")
  }
}

extension RunStore {
  private var frameTimesFile: URL { folder.appendingPathComponent("frames.json") }

  /// The times that were measured of all models together; nil where none were.
  ///
  /// - Throws: `StorageError.malformed` where they are damaged.
  package func frameTimes() throws -> FrameTimes? {
    guard FileManager.default.fileExists(atPath: frameTimesFile.path) else { return nil }
    return try Self.read(FrameTimes.self, frameTimesFile)
  }

  /// Stores the times; reports use them from then on.
  ///
  /// - Throws: `StorageError.unwritable`.
  package func write(_ times: FrameTimes) throws { try Self.write(times, to: frameTimesFile) }
}
