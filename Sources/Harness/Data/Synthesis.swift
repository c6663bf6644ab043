import Compute
import Foundation
import Scenes
import Settings
import Storage
import Streets

/// Writes synthetic scenes as files.
package enum Synthesis {
  /// Writes `count` scenes in the layout of Cityscapes, four fifths as `train` and the rest as `val`.
  ///
  /// - Throws: `StorageError.unwritable`, also where `folder` holds files already; `SettingError.invalid` where there
  ///   aren't as many scenes.
  package static func write(to folder: URL, count: Int, size: PixelSize, seed: Int, progress: ProgressReporter) throws {
    if let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path), !files.isEmpty {
      throw StorageError.unwritable(file: folder.path, reason: "it is not empty")
    }
    let dataset = try Dataset.open(Dataset.syntheticRoot, sceneSeed: seed)
    let most = try ["train", "val"].map { try dataset.entries($0).count }
    guard count >= 3, count <= most[0] + most[1] else {
      throw SettingError.invalid(
        setting: "--count", value: "\(count)",
        bound: "3 or more, two to train on and one to test, and at most \(most[0] + most[1])")
    }
    let tested = min(most[1], max(1, count / 5))
    let chosen =
      try dataset.entries("train", limit: count - tested).map { ("train", $0) }
      + dataset.entries("val", limit: tested).map { ("val", $0) }
    progress.begin("drawing \(chosen.count) scenes")
    for start in stride(from: 0, to: chosen.count, by: 8) {
      try Interrupts.check()
      let end = min(chosen.count, start + 8)
      _ = try Parallel.map(end - start) { offset in
        let (split, entry) = chosen[start + offset]
        try write(entry.load(size: size), split: split, city: entry.group, to: folder)
      }
      progress.update(Double(end) / Double(chosen.count))
    }
    progress.end("written to \(folder.path)")
  }

  private static func write(_ scene: Scene, split: String, city: String, to folder: URL) throws {
    let picture = folder.appendingPathComponent("leftImg8bit/\(split)/\(city)/\(scene.name)_leftImg8bit.png")
    let truth = folder.appendingPathComponent("gtFine/\(split)/\(city)/\(scene.name)_gtFine_")
    try PNG.write(scene.picture, to: picture)
    try PNG.write(scene.labels, to: URL(fileURLWithPath: truth.path + "labelIds.png"))
    if let instances = scene.instances {
      try PNG.write(instances, to: URL(fileURLWithPath: truth.path + "instanceIds.png"))
    }
  }
}
