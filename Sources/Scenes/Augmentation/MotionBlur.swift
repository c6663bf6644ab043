import Compute
import Foundation
import Settings

/// Blurs along a line, as a moving camera does: by default of 3 to 12 pixels at 256 rows, mostly level (within 30
/// degrees), for cars turn and shake more than they climb.
package struct MotionBlur: SingleAugmentation, PictureAugmentation {
  package static let name = "motion-blur"
  package static let summary = "blur along a line of 3 to 12 pixels at 256 rows, within 30 degrees of level"
  package static let fields: [Field<MotionBlur>] = [
    .number("longest", \.longest, .from(0, to: 256), "the longest line, in pixels at 256 rows"),
    .number("shortest", \.shortest, .from(0, to: 256), "the shortest line, in pixels at 256 rows"),
    .number("degrees", \.degrees, .from(0, to: 90), "how far the line may be from level, either way"),
  ]

  package var longest: Float = 12
  package var shortest: Float = 3
  package var degrees: Float = 30

  package init() {}

  package func validate() throws { try checkOrder("shortest", shortest, "longest", longest) }

  package func apply(to picture: Picture, random: inout RandomStream) -> Picture {
    let length = random.uniform(shortest...longest) * Float(picture.height) / 256
    let angle = random.uniform(-degrees...degrees) * .pi / 180
    return picture.blurred(length: length, angle: angle)
  }
}

/// A pass that makes each pixel the mean of the two at `first` and `second` from it, beyond the edge the nearest there.
///
/// k passes make a line of 2^k points at k operations a value, where a filter of as many taps takes 2^k.
struct AveragingPass {
  /// Columns to the right and rows down.
  var first, second: (x: Int, y: Int)

  /// Passes that together are a mean over a line of `length` pixels, `angle` radians from level, about its middle.
  static func line(length: Float, angle: Float) -> [AveragingPass] {
    let (across, down) = (length * cos(angle), length * sin(angle))
    var passes: [AveragingPass] = []
    var share: Float = 0.5
    while length * share >= 0.5 {
      let step = (x: Int((across * share).rounded()), y: Int((down * share).rounded()))
      // Odd steps can't be halved: they lean to one side in even passes and to the other in odd ones.
      let lean = passes.count & 1
      let back = (x: (step.x + lean) >> 1, y: (step.y + lean) >> 1)
      passes.append(AveragingPass(first: (-back.x, -back.y), second: (step.x - back.x, step.y - back.y)))
      share /= 2
    }
    return passes
  }

  /// Passes that together are the binomial filter 1 2 1 in both directions, `reach` pixels apart.
  static func binomial(reach: Int) -> [AveragingPass] {
    [
      AveragingPass(first: (0, 0), second: (reach, 0)), AveragingPass(first: (-reach, 0), second: (0, 0)),
      AveragingPass(first: (0, 0), second: (0, reach)), AveragingPass(first: (0, -reach), second: (0, 0)),
    ]
  }

  /// The pass over pixels of three bytes; halves are rounded up or down.
  func apply(_ source: Bytes, into target: MutableBytes, width: Int, height: Int, up: Bool) {
    let safe = max(0, -first.x, -second.x)..<max(0, -first.x, -second.x, width - max(0, first.x, second.x))
    for y in 0..<height {
      let rowA = source + min(height - 1, max(0, y + first.y)) * width * 3
      let rowB = source + min(height - 1, max(0, y + second.y)) * width * 3
      let row = target + y * width * 3
      let inner = safe.clamped(to: 0..<width)
      let (a, b) = (rowA + 3 * (inner.lowerBound + first.x), rowB + 3 * (inner.lowerBound + second.x))
      if up {
        PixelRows.averageUp(a, b, into: row + 3 * inner.lowerBound, count: 3 * inner.count)
      } else {
        PixelRows.averageDown(a, b, into: row + 3 * inner.lowerBound, count: 3 * inner.count)
      }
      for side in [0..<inner.lowerBound, inner.upperBound..<width] {
        for x in side {
          let (xa, xb) = (min(width - 1, max(0, x + first.x)), min(width - 1, max(0, x + second.x)))
          for channel in 0..<3 {
            let sum = Int(rowA[3 * xa + channel]) + Int(rowB[3 * xb + channel]) + (up ? 1 : 0)
            row[3 * x + channel] = UInt8(truncatingIfNeeded: sum / 2)
          }
        }
      }
    }
  }
}

extension Picture {
  /// The picture blurred along a line of `length` pixels, `angle` radians from level, falling to the right.
  package func blurred(length: Float, angle: Float) -> Picture {
    averaged(along: AveragingPass.line(length: length, angle: angle))
  }

  /// The picture after all `passes`; their roundings alternate, so that its mean stays.
  func averaged(along passes: [AveragingPass]) -> Picture {
    guard let first = passes.first else { return self }
    var result = mapped { first.apply($0, into: $1, width: width, height: height, up: true) }
    if passes.count == 1 { return result }
    var spare = [UInt8](repeating: 0, count: pixels.count)
    for (index, pass) in passes.enumerated().dropFirst() {
      spare.withUnsafeMutableBufferPointer { target in
        if let target = target.baseAddress {
          pass.apply(result.pixels, into: target, width: width, height: height, up: index & 1 == 0)
        }
      }
      swap(&result.pixels, &spare)
    }
    return result
  }
}
