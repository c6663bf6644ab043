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
/// Two pixels are taken at once as a 64-bit word and exchanged in it, two words side by side. The two bytes before them
/// are foreign: the next words overwrite them, and the last pixels of a row are copied byte by byte. Reading runs
/// forward, as the processor fetches ahead of it.
private func reversePixels(_ source: Bytes, into target: MutableBytes, width: Int, height: Int) {
  let pairs = (width - 1) / 2
  for y in 0..<height {
    let (from, to) = (source + y * width * 3, target + y * width * 3)
    var (next, last) = (UnsafeRawPointer(from), UnsafeMutableRawPointer(to) + (3 * (width - 2) - 2))
    for _ in 0..<pairs / 2 {
      let words = exchanged(SIMD2(next.loadUnaligned(as: UInt64.self), (next + 6).loadUnaligned(as: UInt64.self)))
      last.storeBytes(of: words[0], as: UInt64.self)
      (last - 6).storeBytes(of: words[1], as: UInt64.self)
      next += 12
      last -= 12
    }
    if pairs % 2 == 1 {
      last.storeBytes(of: exchanged(SIMD2(repeating: next.loadUnaligned(as: UInt64.self)))[0], as: UInt64.self)
    }
    for x in 2 * pairs..<width {
      for channel in 0..<3 { to[3 * (width - 1 - x) + channel] = from[3 * x + channel] }
    }
  }
}

/// Words whose first six bytes, two pixels, are exchanged and moved to their ends.
@inline(__always)
private func exchanged(_ words: SIMD2<UInt64>) -> SIMD2<UInt64> {
  let words = SIMD2(UInt64(littleEndian: words[0]), UInt64(littleEndian: words[1]))
  let result = words &<< 40 | (words &>> 8 & 0xFF_FFFF_0000)
  return SIMD2(result[0].littleEndian, result[1].littleEndian)
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
