import Compute

/// Features of pixels, row-major [rows, columns]: one row a pixel, one column a feature.
///
/// Immutable once made, so it is handed around without copies.
package final class FeatureMatrix: @unchecked Sendable {
  /// How many pixels.
  package let rows: Int
  /// How many features a pixel.
  package let columns: Int
  /// The first value of the first row; rows follow each other without gaps.
  package let values: UnsafePointer<Float>
  private let storage: FloatBuffer

  /// A matrix that `fill` writes in full.
  ///
  /// Its memory is that of `FloatBuffer`: matrices of pictures, made and given up in turn, would tear holes into that
  /// of everything else.
  package init(rows: Int, columns: Int, fill: (UnsafeMutablePointer<Float>) throws -> Void) rethrows {
    precondition(rows >= 0 && columns >= 0, "matrix of [\(rows), \(columns)]")
    (self.rows, self.columns) = (rows, columns)
    storage = FloatBuffer(count: rows * columns)
    values = UnsafePointer(storage.pointer)
    try fill(storage.pointer)
  }

  /// A matrix of `values` [rows, columns].
  package convenience init(rows: Int, columns: Int, values: [Float]) {
    precondition(values.count == rows * columns, "matrix of [\(rows), \(columns)] with \(values.count) values")
    self.init(rows: rows, columns: columns) { target in
      values.withUnsafeBufferPointer { source in
        if let base = source.baseAddress { target.update(from: base, count: source.count) }
      }
    }
  }

  /// A copy of all values.
  package var array: [Float] { [Float](UnsafeBufferPointer(start: values, count: rows * columns)) }
}
