import Compute

/// Exchanges left and right (mirrors about the vertical axis), picture, labels and instances together.
public struct Mirror: Augmentation {
  public let name = "mirror"
  public let summary = "exchanges left and right"

  public init() {}

  public func apply(to scene: Scene, random: inout RandomStream) -> Scene {
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
/// Two pixels are taken at once as a 64-bit word and exchanged in it. The two bytes before them are foreign: the next
/// words overwrite them, and the last pixels of a row are copied byte by byte. Reading runs forward, as the processor
/// fetches ahead of it.
private func reversePixels(_ source: Bytes, into target: MutableBytes, width: Int, height: Int) {
  let pairs = (width - 1) / 2
  for y in 0..<height {
    let from = source + y * width * 3
    let to = target + y * width * 3
    var (next, last) = (UnsafeRawPointer(from), UnsafeMutableRawPointer(to) + (3 * (width - 2) - 2))
    for _ in 0..<pairs {
      let word = UInt64(littleEndian: next.loadUnaligned(as: UInt64.self))
      let exchanged = word &<< 40 | (word &>> 8 & 0xFF_FFFF_0000)
      last.storeBytes(of: exchanged.littleEndian, as: UInt64.self)
      next += 6
      last -= 6
    }
    for x in 2 * pairs..<width {
      for channel in 0..<3 { to[3 * (width - 1 - x) + channel] = from[3 * x + channel] }
    }
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
