import Compute

/// Exchanges left and right (mirrors about the vertical axis), picture, labels and instances together.
package struct HorizontalFlip: SingleAugmentation {
  package static let name = "mirror"
  package static let otherNames = ["hflip", "flip"]
  package static let summary = "exchanges left and right"

  package init() {}

  package func apply(to scene: Scene, random: inout RandomStream) -> Scene {
    var result = scene
    let width = scene.picture.width
    result.picture = scene.picture.mapped { reversePixels($0, into: $1, width: width, height: scene.picture.height) }
    result.labels = LabelMap(width: width, height: scene.labels.height, labels: reversed(scene.labels.labels, width))
    result.instances = scene.instances.map {
      InstanceMap(width: width, height: $0.height, ids: reversed($0.ids, width))
    }
    return result
  }
}

/// Rows of three bytes a pixel, each reversed.
///
/// A pixel is moved as a 32-bit word whose first byte is foreign; the next word overwrites it. The first and the last
/// pixel of a row, which have nothing before them here or there, are copied byte by byte.
private func reversePixels(_ source: Bytes, into target: MutableBytes, width: Int, height: Int) {
  for y in 0..<height {
    let (from, to) = (source + y * width * 3, target + y * width * 3)
    let end = 3 * (width - 1)
    for channel in 0..<3 { to[end + channel] = from[channel] }
    var (next, last) = (UnsafeRawPointer(from) + 2, UnsafeMutableRawPointer(to) + (end - 4))
    for _ in 0..<max(0, width - 2) {
      last.storeBytes(of: next.loadUnaligned(as: UInt32.self), as: UInt32.self)
      next += 3
      last -= 3
    }
    for channel in 0..<3 { to[channel] = from[end + channel] }
  }
}

/// Rows of one value a pixel, each reversed.
private func reversed<Value: BitwiseCopyable>(_ values: [Value], _ width: Int) -> [Value] {
  [Value](unsafeUninitializedCapacity: values.count) { target, written in
    values.withUnsafeBufferPointer { values in
      guard let source = values.baseAddress, let target = target.baseAddress else { return }
      for row in stride(from: 0, to: values.count, by: width) {
        let (from, to) = (source + (row + width - 1), target + row)
        for x in 0..<width { to[x] = from[0 &- x] }
      }
    }
    written = values.count
  }
}
