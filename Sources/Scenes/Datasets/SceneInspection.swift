import Foundation
import Storage

/// All that a check of the data wants to know of a scene's files, each read once.
package struct SceneInspection: Sendable {
  /// The scene at its own size, or what is wrong with it.
  package let scene: Result<Scene, any Error>
  /// How often each number or colour of the label file occurs, before it is known what they mean, and the first place.
  package let raw: [RawLabel: (count: Int, first: ScenesError.Place)]
  /// Stand for the bytes of either file.
  package let pictureDigest, labelDigest: UInt64
  /// Among the places where a number goes over into another from left to right, the share where a third one in between
  /// stands between them: near 0 in a label map, near a third where it was resized with a filter or went through JPEG.
  package let blendedShare: Double
}

extension SceneEntry {
  /// Reads the files of the scene. Scenes drawn in memory have no raw labels.
  package func inspect() -> SceneInspection {
    guard case .files(let pictureFile, let labelFile, _) = source else {
      return SceneInspection(
        scene: Result { try load() }, raw: [:], pictureDigest: 0, labelDigest: 0, blendedShare: 0)
    }
    var digests: (UInt64, UInt64) = (0, 0)
    var mask: Mask?
    let scene = Result {
      try load(reading: { file in
        let data = try Files.read(file, limit: PNG.byteLimit)
        if file == pictureFile { digests.0 = Checksum.of(data, seed: 0) }
        if file == labelFile {
          digests.1 = Checksum.of(data, seed: 0)
          mask = try labelTable.encoding.mask(data, file: file.path)
        }
        return data
      })
    }
    let raw = mask.map { mask in
      mask.histogram.mapValues { ($0.count, ScenesError.Place(x: $0.first % mask.width, y: $0.first / mask.width)) }
    }
    return SceneInspection(
      scene: scene, raw: raw ?? [:], pictureDigest: digests.0, labelDigest: digests.1,
      blendedShare: mask?.blendedShare ?? 0)
  }
}

extension Mask {
  /// See `SceneInspection.blendedShare`; of colours, the first channel's.
  fileprivate var blendedShare: Double {
    var (changes, between) = (0, 0)
    func count(_ value: (Int) -> Int) {
      guard width > 2 else { return }
      for y in 0..<height {
        let row = y * width
        var (before, own) = (value(row), value(row + 1))
        for x in row + 2..<row + width {
          let after = value(x)
          if before != after {
            changes += 1
            if (before < own && own < after) || (before > own && own > after) { between += 1 }
          }
          (before, own) = (own, after)
        }
      }
    }
    switch content {
    case .values(let values): values.withUnsafeBufferPointer { values in count { Int(values[$0]) } }
    case .colours(let bytes): bytes.withUnsafeBufferPointer { bytes in count { Int(bytes[3 * $0]) } }
    }
    return changes == 0 ? 0 : Double(between) / Double(changes)
  }
}
