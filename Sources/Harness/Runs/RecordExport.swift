import Foundation
import Scenes
import Storage

extension RunStore {
  /// Copies what reports and notes are made from to `target`, which is then as good a folder of runs for them as this one:
  /// settings, scores, per-picture matrices, epochs, and the pictures and predictions that figures show; no weights, and no
  /// cell that isn't finished or given up.
  ///
  /// - Returns: how many cells were copied, and how many bytes.
  /// - Throws: `HarnessError.noRun` where `target` holds something else than records of the same experiment;
  ///   `StorageError`.
  package func exportRecords(to target: URL) throws -> (cells: Int, bytes: Int) {
    let (experiment, index) = (try experiment(), try index())
    let conditions = [.clean] + experiment.conditions
    let other = RunStore(folder: target)
    if FileManager.default.fileExists(atPath: target.path),
      try !FileManager.default.contentsOfDirectory(atPath: target.path).isEmpty
    {
      guard try other.experiment().name == experiment.name else {
        throw HarnessError.noRun(
          folder: target.path, reason: "it holds the records of another experiment; choose another folder")
      }
    }
    var bytes = 0
    func copy(_ path: String, ifThere: Bool = false) throws {
      if ifThere, !FileManager.default.fileExists(atPath: folder.appendingPathComponent(path).path) { return }
      let data = try Files.read(folder.appendingPathComponent(path), limit: Self.byteLimit)
      try Files.write(data, to: target.appendingPathComponent(path))
      bytes += data.count
    }
    func names(in path: String) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(path).path)) ?? []).sorted()
    }
    let shown = Set((index.panel + (index.worst?.pictures ?? [])).map { "\($0)_labelIds.png" })
    var count = 0
    for cell in index.cells {
      guard try record(of: cell) != nil || failure(of: cell) != nil else { continue }
      count += 1
      for name in names(in: cell) where name.hasSuffix(".json") || name.hasSuffix(".csv") {
        try copy("\(cell)/\(name)")
      }
      for condition in conditions {
        for name in shown.sorted() {
          try copy("\(cell)/\(Self.name("predictions", condition))/\(name)", ifThere: true)
        }
      }
    }
    for name in index.panel + (index.worst?.pictures ?? []) {
      for kind in conditions.map({ Self.name("picture", $0) }) + ["truth"] {
        try copy("panel/\(name)_\(kind).png", ifThere: true)
      }
    }
    // What makes the folder one of runs comes last.
    for name in ["environment.json", "frames.json"] { try copy(name, ifThere: true) }
    for name in ["index.json", "experiment.yaml"] { try copy(name) }
    return (count, bytes)
  }
}
