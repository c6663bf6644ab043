import Compute

/// Binned training pixels as records of equal size: one byte a feature, then the class, then how often the pixel
/// was drawn; padded to a multiple of 32 bytes.
///
/// A node of a tree is a range of records. Growing moves the records themselves, not indices to them, so every pass
/// reads memory in order, and a subtree that fits the cache never leaves it.
final class BinnedRecords: @unchecked Sendable {
  typealias Chunk = SIMD32<UInt8>

  let count: Int
  let featureCount: Int
  /// Bytes a record.
  let stride: Int
  let bytes: UnsafeMutablePointer<UInt8>

  static func stride(featureCount: Int) -> Int { (featureCount + 2 + 31) / 32 * 32 }

  /// Room for `count` records; pages are taken as they are written.
  init(count: Int, featureCount: Int) {
    self.count = count
    self.featureCount = featureCount
    stride = Self.stride(featureCount: featureCount)
    bytes = UnsafeMutableRawPointer.allocate(byteCount: max(1, count) * stride, alignment: 64)
      .bindMemory(to: UInt8.self, capacity: max(1, count) * stride)
  }

  /// The pixels of `matrix`, binned, each drawn once.
  convenience init(_ matrix: FeatureMatrix, _ labels: [UInt8], _ binner: FeatureBinner) {
    self.init(count: matrix.rows, featureCount: matrix.columns)
    let piece = 4096
    Parallel.forEach((count + piece - 1) / piece) { index in
      let range = index * piece..<min(count, (index + 1) * piece)
      binner.bin(
        matrix.values + range.lowerBound * featureCount, rows: range.count, into: bytes + range.lowerBound * stride,
        stride: stride)
      for row in range {
        let tail = bytes + row * stride + featureCount
        (tail[0], tail[1]) = (labels[row], 1)
      }
    }
  }

  deinit {
    bytes.deallocate()
  }

  /// Fills this from the records of `source` that `weights` (how often each was drawn) doesn't leave out.
  ///
  /// - Returns: how many records that are.
  func gather(_ source: BinnedRecords, weights: UnsafePointer<UInt8>) -> Int {
    precondition(count >= source.count && stride == source.stride, "\(count) records for \(source.count)")
    var target = bytes
    for row in 0..<source.count {
      // A record that wasn't drawn is written too, and overwritten by the next: cheaper than an unforeseen branch.
      Self.copy(source.bytes + row * stride, to: target, stride: stride)
      target[featureCount + 1] = weights[row]
      target += weights[row] == 0 ? 0 : stride
      if target == bytes + count * stride { break }
    }
    return (target - bytes) / stride
  }

  @inline(__always)
  static func copy(_ source: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>, stride: Int) {
    var offset = 0
    repeat {
      UnsafeMutableRawPointer(target + offset).storeBytes(
        of: UnsafeRawPointer(source + offset).loadUnaligned(as: Chunk.self), as: Chunk.self)
      offset += 32
    } while offset < stride
  }

  /// Moves the records of `range` to the same range of `target`: those with `feature` in `bin` or a lower one to its
  /// front, the others, in reverse order, to its back.
  ///
  /// - Returns: where the others start.
  func partition(_ range: Range<Int>, into target: BinnedRecords, feature: Int, bin: UInt8) -> Int {
    stride == 32
      ? partition(range, into: target, feature, bin, stride: 32)
      : partition(range, into: target, feature, bin, stride: stride)
  }

  @inline(__always)
  private func partition(
    _ range: Range<Int>, into target: BinnedRecords, _ feature: Int, _ bin: UInt8, stride: Int
  ) -> Int {
    var left = target.bytes + range.lowerBound * stride
    var right = target.bytes + (range.upperBound - 1) * stride
    var source = UnsafePointer(bytes + range.lowerBound * stride)
    for _ in range {
      // To both places, then keep one of them: there is nothing to foresee for the processor.
      Self.copy(source, to: left, stride: stride)
      Self.copy(source, to: right, stride: stride)
      let goesLeft = source[feature] <= bin
      left += goesLeft ? stride : 0
      right -= goesLeft ? 0 : stride
      source += stride
    }
    return (left - target.bytes) / stride
  }
}
