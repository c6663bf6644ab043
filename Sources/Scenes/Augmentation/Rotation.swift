import Compute
import Foundation
import Settings

/// Rotates the scene about its middle by up to so many degrees either way (uniform; by default 5), as a car leans.
///
/// The picture is interpolated bilinearly, in 1/16 of a pixel; labels and instances are those of the nearest pixel.
/// What comes from outside: the picture's edge is repeated, labels and instances are void.
package struct Rotation: SingleAugmentation {
  package static let name = "rotate"
  package static let summary = "rotates by up to 5 degrees"
  package static let fields: [Field<Rotation>] = [
    .number("degrees", \.degrees, .from(0, to: 180), "the largest angle, either way")
  ]

  package var degrees: Float = 5

  package init() {}

  package func apply(to scene: Scene, random: inout RandomStream) -> Scene {
    scene.rotated(by: random.uniform(-degrees...degrees) * .pi / 180)
  }
}

extension Scene {
  /// The scene rotated by `angle` radians, clockwise as seen.
  package func rotated(by angle: Float) -> Scene {
    var result = self
    let turn = Turn(width: picture.width, height: picture.height, angle: angle)
    result.picture = picture.mapped { turn.interpolate($0, into: $1) }
    result.labels.labels = turn.nearest(labels.labels, outside: labelTable.void)
    if let instances { result.instances?.ids = turn.nearest(instances.ids, outside: UInt16(labelTable.void)) }
    return result
  }
}

/// A rotation about the middle: where each output pixel comes from, in 1/65536 of a pixel.
private struct Turn {
  let width, height: Int
  private let cosine, sine: Int

  init(width: Int, height: Int, angle: Float) {
    (self.width, self.height) = (width, height)
    (cosine, sine) = (Int((cos(angle) * 65536).rounded()), Int((sin(angle) * 65536).rounded()))
  }

  /// Where the first pixel of row `y` comes from; each further one comes from (cosine, -sine) beyond.
  private func start(_ y: Int) -> (x: Int, y: Int) {
    // Twice the distances from the middle are whole.
    let (across, down) = (1 - width, 2 * y + 1 - height)
    return (
      (across * cosine + down * sine) / 2 + (width - 1) * 32768,
      (down * cosine - across * sine) / 2 + (height - 1) * 32768
    )
  }

  /// The columns of a row for which start + column * step, in 1/65536, lies in 0 ..< limit.
  private func columns(start: Int, step: Int, limit: Int) -> Range<Int> {
    let top = limit * 65536 - 1
    if top < 0 { return 0..<0 }
    if step == 0 { return (0...top).contains(start) ? 0..<width : 0..<0 }
    // Columns between the two crossings, from the first that is not before 0 to the last that is not beyond the top.
    let (enter, leave) = step > 0 ? (-start, top - start) : (start - top, start)
    let size = abs(step)
    let first = enter <= 0 ? 0 : (enter + size - 1) / size
    let last = leave < 0 ? -1 : leave / size
    return first..<max(first, min(width, last + 1))
  }

  /// The columns of a row whose four neighbours, and the bytes that are read beyond them, all lie inside.
  private func inner(_ start: (x: Int, y: Int)) -> Range<Int> {
    columns(start: start.x, step: cosine, limit: width - 1)
      .clamped(to: columns(start: start.y, step: -sine, limit: width < 3 ? 0 : height - 2))
      .clamped(to: 0..<width)
  }

  /// The picture's pixels, in blocks of columns: along a whole row the input would leave the nearest cache.
  func interpolate(_ source: Bytes, into target: MutableBytes) {
    for first in stride(from: 0, to: width, by: 64) {
      let block = first..<min(width, first + 64)
      for y in 0..<height { interpolate(source, into: target + y * width * 3, y, block) }
    }
  }

  private func interpolate(_ source: Bytes, into row: MutableBytes, _ y: Int, _ block: Range<Int>) {
    let stride = width * 3
    let start = start(y)
    let inner = inner(start).clamped(to: block)
    for x in block.lowerBound..<inner.lowerBound { copyNearest(source, start, x, to: row + 3 * x) }
    for x in inner.upperBound..<block.upperBound { copyNearest(source, start, x, to: row + 3 * x) }
    var (u, v) = (start.x + inner.lowerBound * cosine, start.y - inner.lowerBound * sine)
    PixelQuad.weights.withUnsafeBufferPointer { weights in
      guard let weights = weights.baseAddress else { return }
      for x in inner {
        let from = source + ((v &>> 16) &* stride &+ (u &>> 16) &* 3)
        let weights = weights + ((v &>> 12 & 15) &* 16 &+ (u &>> 12 & 15)) &* 4
        PixelQuad.store(PixelQuad.mean(from, stride: stride, weights: weights), to: row + 3 &* x)
        u &+= cosine
        v &-= sine
      }
    }
  }

  /// Copies the pixel nearest to where column `x` comes from.
  private func copyNearest(_ source: Bytes, _ start: (x: Int, y: Int), _ x: Int, to target: MutableBytes) {
    let u = min(width - 1, max(0, (start.x + x * cosine + 32768) >> 16))
    let v = min(height - 1, max(0, (start.y - x * sine + 32768) >> 16))
    target.update(from: source + (v * width + u) * 3, count: 3)
  }

  func nearest<Value: BitwiseCopyable>(_ values: [Value], outside: Value) -> [Value] {
    [Value](unsafeUninitializedCapacity: values.count) { target, written in
      values.withUnsafeBufferPointer { values in
        for y in 0..<height {
          let start = start(y)
          // Half a pixel on, so that rounding down finds the nearest.
          var (u, v) = (start.x + 32768, start.y + 32768)
          let inside = columns(start: u, step: cosine, limit: width)
            .clamped(to: columns(start: v, step: -sine, limit: height))
            .clamped(to: 0..<width)
          let row = y * width
          for side in [0..<inside.lowerBound, inside.upperBound..<width] {
            for x in side { target[row + x] = outside }
          }
          u += inside.lowerBound * cosine
          v -= inside.lowerBound * sine
          for x in inside {
            target[row &+ x] = values[(v &>> 16) &* width &+ (u &>> 16)]
            u &+= cosine
            v &-= sine
          }
        }
      }
      written = values.count
    }
  }
}
