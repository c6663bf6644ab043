import Compute
import Scenes

/// Pictures of one size as a network sees them: prepared, and padded at the right and below.
struct Batch {
  /// [batch, height, width, 3] with sides that are multiples of what the network needs.
  let tensor: Tensor
  private let width, height: Int

  /// Padding repeats the pictures' last rows and columns, which disturbs borders less than black does.
  ///
  /// - Throws: `DeepError.badBatch` where there are no pictures or they differ in size.
  init(_ pictures: [Picture], preprocessing: Preprocessing, multiple: Int) throws {
    guard let first = pictures.first else { throw DeepError.badBatch(reason: "there are no pictures") }
    let (width, height) = (first.width, first.height)
    for picture in pictures where picture.width != width || picture.height != height {
      throw DeepError.badBatch(reason: "pictures of \(width)x\(height) and \(picture.width)x\(picture.height)")
    }
    func padded(_ side: Int) -> Int { (side + multiple - 1) / multiple * multiple }
    let tensor = Tensor(Shape(pictures.count, padded(height), padded(width), 3))
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

  /// The targets of the pictures' categories; padding never counts, void only where it is learned.
  ///
  /// - Throws: `DeepError.badBatch` where numbers differ or a value is no category.
  func targets(_ categories: [[UInt8]], learnsVoid: Bool) throws -> Targets {
    guard categories.count == tensor.shape.batch else {
      throw DeepError.badBatch(reason: "\(tensor.shape.batch) pictures, \(categories.count) category maps")
    }
    let shape = tensor.shape
    var classes = [UInt8](repeating: Targets.ignored, count: shape.pixels)
    for (picture, map) in categories.enumerated() {
      guard map.count == width * height else {
        throw DeepError.badBatch(reason: "a picture of \(width)x\(height), \(map.count) categories")
      }
      for y in 0..<height {
        for x in 0..<width {
          let category = map[y * width + x]
          guard category < Category.count else {
            throw DeepError.badBatch(reason: "category \(category) at column \(x), row \(y)")
          }
          if category != Category.void.rawValue || learnsVoid {
            classes[(picture * shape.height + y) * shape.width + x] = category
          }
        }
      }
    }
    return Targets(classes: classes)
  }
}
