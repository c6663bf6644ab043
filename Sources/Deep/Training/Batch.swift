import Compute

/// A picture as networks take it.
package struct ImageData: Sendable {
  package let width, height: Int
  /// [height, width, 3] of 8 bits, rows from the top, red first.
  package let pixels: [UInt8]

  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * 3, "image of \(width)x\(height) with \(pixels.count) values")
    (self.width, self.height, self.pixels) = (width, height, pixels)
  }
}

/// Pictures of one size as a network sees them: prepared, and padded at the right and below.
struct Batch {
  /// [batch, height, width, 3] with sides that are multiples of what the network needs.
  let tensor: Tensor
  private let width, height: Int

  /// Padding repeats the pictures' last rows and columns, which disturbs borders less than black does.
  ///
  /// - Throws: `DeepError.badBatch` where there are no pictures or they differ in size.
  init(_ pictures: [ImageData], for architecture: any Architecture) throws {
    guard let first = pictures.first else { throw DeepError.badBatch(reason: "there are no pictures") }
    let (width, height) = (first.width, first.height)
    for picture in pictures where picture.width != width || picture.height != height {
      throw DeepError.badBatch(reason: "pictures of \(width)x\(height) and \(picture.width)x\(picture.height)")
    }
    let preprocessing = architecture.preprocessing
    let tensor = Tensor(Shape(pictures.count, architecture.padded(height), architecture.padded(width), 3))
    // One table a channel: there are only 256 values.
    let tables = (0..<3).map { c in
      (0..<256).map { (Float($0) / 255 - preprocessing.mean[c]) / preprocessing.deviation[c] }
    }
    let shape = tensor.shape
    Parallel.forEach(shape.batch * shape.height) { line in
      let (picture, y) = line.quotientAndRemainder(dividingBy: shape.height)
      let row = tensor.pointer + line * shape.width * 3
      pictures[picture].pixels.withUnsafeBufferPointer { pixels in
        for x in 0..<shape.width {
          let from = (min(y, height - 1) * width + min(x, width - 1)) * 3
          for c in 0..<3 { row[3 * x + c] = tables[c][Int(pixels[from + c])] }
        }
      }
    }
    (self.tensor, self.width, self.height) = (tensor, width, height)
  }

  /// The targets of the pictures' label maps, [height, width] each; padding never counts, nor does the masked class.
  ///
  /// - Throws: `DeepError.badBatch` where numbers differ or a value is no class.
  func targets(_ labels: [[UInt8]], classes: OutputClasses) throws -> Targets {
    guard labels.count == tensor.shape.batch else {
      throw DeepError.badBatch(reason: "\(tensor.shape.batch) pictures, \(labels.count) label maps")
    }
    let shape = tensor.shape
    var targets = [UInt8](repeating: Targets.ignored, count: shape.pixels)
    for (picture, map) in labels.enumerated() {
      guard map.count == width * height else {
        throw DeepError.badBatch(reason: "a picture of \(width)x\(height), \(map.count) labels")
      }
      for y in 0..<height {
        for x in 0..<width {
          let label = map[y * width + x]
          guard label < classes.count else {
            throw DeepError.badBatch(reason: "class \(label) of \(classes.count) at column \(x), row \(y)")
          }
          if label != classes.masked { targets[(picture * shape.height + y) * shape.width + x] = label }
        }
      }
    }
    return Targets(classes: targets)
  }
}
