import Foundation

/// Features of pixels, row-major [rows, columns]: one row a pixel, one column a feature.
///
/// Immutable once made, so it is handed around without copies.
public final class FeatureMatrix: @unchecked Sendable {
  /// How many pixels.
  public let rows: Int
  /// How many features a pixel.
  public let columns: Int
  /// The first value of the first row; rows follow each other without gaps.
  public let values: UnsafePointer<Float>
  private let storage: UnsafeMutablePointer<Float>

  /// A matrix that `fill` writes in full.
  ///
  /// The system hands out pages as they are touched, so a matrix costs no memory before it is written.
  public init(rows: Int, columns: Int, fill: (UnsafeMutablePointer<Float>) throws -> Void) rethrows {
    precondition(rows >= 0 && columns >= 0, "matrix of [\(rows), \(columns)]")
    (self.rows, self.columns) = (rows, columns)
    storage = UnsafeMutableRawPointer.allocate(byteCount: max(64, rows * columns * 4), alignment: 64)
      .bindMemory(to: Float.self, capacity: max(16, rows * columns))
    values = UnsafePointer(storage)
    try fill(storage)
  }

  /// A matrix of `values` [rows, columns].
  public convenience init(rows: Int, columns: Int, values: [Float]) {
    precondition(values.count == rows * columns, "matrix of [\(rows), \(columns)] with \(values.count) values")
    self.init(rows: rows, columns: columns) { target in
      values.withUnsafeBufferPointer { source in
        if let base = source.baseAddress { target.update(from: base, count: source.count) }
      }
    }
  }

  deinit {
    storage.deallocate()
  }

  /// A copy of all values.
  public var array: [Float] { [Float](UnsafeBufferPointer(start: values, count: rows * columns)) }
}
