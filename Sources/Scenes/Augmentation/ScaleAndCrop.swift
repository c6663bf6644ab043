import Compute
import Settings

/// Enlarges the scene by a factor (uniform, by default in 1 to 1.5) and crops it to its old size, anywhere within it.
package struct ScaleAndCrop: SingleAugmentation {
  package static let name = "scale-crop"
  package static let summary = "enlarges by up to 1.5 and crops to the old size"
  package static let fields: [Field<ScaleAndCrop>] = [
    .number("largest", \.largest, .from(1, to: 8), "the largest factor"),
    .number("smallest", \.smallest, .from(1, to: 8), "the smallest factor"),
  ]

  package var largest: Float = 1.5
  package var smallest: Float = 1

  package init() {}

  package func validate() throws { try checkOrder("smallest", smallest, "largest", largest) }

  package func apply(to scene: Scene, random: inout RandomStream) -> Scene {
    let share = 1 / random.uniform(smallest...largest)
    let (width, height) = (Float(scene.picture.width), Float(scene.picture.height))
    return scene.cropped(
      x: random.uniform() * (1 - share) * width, y: random.uniform() * (1 - share) * height, share: share)
  }
}

extension Scene {
  /// The part of the scene that is `share` times as wide and high and begins at column `x` and row `y`, enlarged to the
  /// scene's size: the picture bilinearly, in 1/128 of a pixel, labels and instances by the nearest.
  package func cropped(x: Float, y: Float, share: Float) -> Scene {
    var result = self
    let columns = CropAxis(count: picture.width, start: x, share: share)
    let rows = CropAxis(count: picture.height, start: y, share: share)
    result.picture = enlarged(picture, columns, rows)
    result.labels.labels = nearest(labels.labels, columns, rows)
    if let instances { result.instances?.ids = nearest(instances.ids, columns, rows) }
    return result
  }
}

/// Where the positions of one axis come from.
private struct CropAxis {
  /// The lower of the two inputs of each output, and the share of the higher one in 1/256.
  var low: [Int] = []
  var share: [UInt16] = []
  var nearest: [Int] = []

  init(count: Int, start: Float, share scale: Float) {
    for position in 0..<count {
      let centre = min(Float(count - 1), max(0, start + (Float(position) + 0.5) * scale - 0.5))
      // Where two inputs exist, the lower one is at most the last but one.
      let lower = min(Int(centre), max(0, count - 2))
      low.append(lower)
      share.append(count == 1 ? 0 : UInt16((centre - Float(lower)) * 256 + 0.5))
      nearest.append(min(count - 1, Int(centre + 0.5)))
    }
  }
}

/// First along rows, each input row once, then between the two rows.
private func enlarged(_ picture: Picture, _ columns: CropAxis, _ rows: CropAxis) -> Picture {
  let stride = picture.width * 3
  let shares = columns.share.flatMap { [UInt8](repeating: UInt8(($0 + 1) / 2), count: 3) }
  // Two enlarged rows and one of neighbours, each with room for the byte by which a pixel's word is too long.
  var lines = [UInt8](repeating: 0, count: 3 * (stride + 1))
  return picture.mapped { source, target in
    lines.withUnsafeMutableBufferPointer { lines in
      guard let first = lines.baseAddress else { return }
      var (upper, lower) = (first, first + stride + 1)
      let next = first + 2 * (stride + 1)
      func enlarge(_ row: Int, _ line: MutableBytes) {
        let row = min(row, picture.height - 1)
        // Words may be read beyond a row but not beyond the picture.
        gather(source + row * stride, into: line, next, columns, words: row + 1 < picture.height)
        PixelRows.blend(line, count: stride, colours: next, shares: shares)
      }
      var held = -2
      for y in 0..<picture.height {
        let row = rows.low[y]
        if row == held + 1 {
          swap(&upper, &lower)
          enlarge(row + 1, lower)
        } else if row != held {
          enlarge(row, upper)
          enlarge(row + 1, lower)
        }
        held = row
        PixelRows.mix(upper, lower, into: target + y * stride, count: stride, share: rows.share[y])
      }
    }
  }
}

/// Copies the lower input pixel of each output to `line` and the higher one to `next`.
private func gather(_ source: Bytes, into line: MutableBytes, _ next: MutableBytes, _ columns: CropAxis, words: Bool) {
  let count = columns.low.count
  columns.low.withUnsafeBufferPointer { low in
    if words && count > 2 {
      for x in 0..<count {
        let word = UInt64(littleEndian: UnsafeRawPointer(source + 3 &* low[x]).loadUnaligned(as: UInt64.self))
        let (first, second) = (UInt32(truncatingIfNeeded: word), UInt32(truncatingIfNeeded: word &>> 24))
        UnsafeMutableRawPointer(line + 3 &* x).storeBytes(of: first.littleEndian, as: UInt32.self)
        UnsafeMutableRawPointer(next + 3 &* x).storeBytes(of: second.littleEndian, as: UInt32.self)
      }
    } else {
      for x in 0..<count {
        for channel in 0..<3 {
          line[3 * x + channel] = source[3 * low[x] + channel]
          next[3 * x + channel] = source[3 * min(low[x] + 1, count - 1) + channel]
        }
      }
    }
  }
}

private func nearest<Value: BitwiseCopyable>(_ values: [Value], _ columns: CropAxis, _ rows: CropAxis) -> [Value] {
  let width = columns.nearest.count
  return [Value](unsafeUninitializedCapacity: values.count) { target, written in
    values.withUnsafeBufferPointer { values in
      columns.nearest.withUnsafeBufferPointer { columns in
        for (y, row) in rows.nearest.enumerated() {
          for x in 0..<width { target[y &* width &+ x] = values[row &* width &+ columns[x]] }
        }
      }
    }
    written = values.count
  }
}
