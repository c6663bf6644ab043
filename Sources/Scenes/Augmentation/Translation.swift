import Compute
import Settings

/// Shifts the scene by whole pixels, up to a share of its width to either side and of its height up or down; by default
/// a tenth.
///
/// What comes from outside the picture: the picture's edge is repeated, labels and instances are void.
package struct Translation: SingleAugmentation {
  package static let name = "translate"
  package static let summary = "shifts by up to a tenth of width and height"
  package static let fields: [Field<Translation>] = [
    .number("share", \.share, .from(0, to: 1), "the largest shift, of width and height")
  ]

  package var share = 0.1

  package init() {}

  package func apply(to scene: Scene, random: inout RandomStream) -> Scene {
    let (across, down) = (Int(Double(scene.picture.width) * share), Int(Double(scene.picture.height) * share))
    let x = random.integer(below: 2 * across + 1) - across
    let y = random.integer(below: 2 * down + 1) - down
    return scene.shifted(x: x, y: y)
  }
}

extension Scene {
  /// The scene moved `x` pixels to the right and `y` down.
  package func shifted(x: Int, y: Int) -> Scene {
    var result = self
    let (width, height) = (picture.width, picture.height)
    result.picture = picture.mapped { source, target in
      for row in 0..<height {
        let from = source + min(height - 1, max(0, row - y)) * width * 3
        shift(from, into: target + row * width * 3, width: width, by: x)
      }
    }
    result.labels = LabelMap(
      width: width, height: height, labels: shifted(labels.labels, x: x, y: y, outside: labelTable.void))
    result.instances = instances.map {
      InstanceMap(
        width: width, height: height, ids: shifted($0.ids, x: x, y: y, outside: UInt16(labelTable.void)))
    }
    return result
  }

  private func shifted<Value: BitwiseCopyable>(_ values: [Value], x: Int, y: Int, outside: Value) -> [Value] {
    let (width, height) = (picture.width, picture.height)
    var result = [Value](repeating: outside, count: values.count)
    let columns = max(0, x)..<max(0, x, width + min(0, x))
    for row in max(0, y)..<max(0, y, height + min(0, y)) where !columns.isEmpty {
      let from = (row - y) * width + columns.lowerBound - x
      result.replaceSubrange(
        row * width + columns.lowerBound..<row * width + columns.upperBound, with: values[from..<from + columns.count])
    }
    return result
  }
}

/// A row of pixels moved `by` pixels to the right, with its edge repeated.
private func shift(_ source: Bytes, into target: MutableBytes, width: Int, by: Int) {
  let kept = max(0, width - abs(by))
  (target + 3 * min(width, max(0, by))).update(from: source + 3 * min(width, max(0, -by)), count: 3 * kept)
  for x in by > 0 ? 0..<min(width, by) : kept..<width {
    let edge = by > 0 ? 0 : 3 * (width - 1)
    for channel in 0..<3 { target[3 * x + channel] = source[edge + channel] }
  }
}
