/// An RGB picture of 8 bits a channel.
package struct Picture: Equatable, Sendable {
  package let width, height: Int
  /// [height, width, 3], rows from the top, red first.
  package var pixels: [UInt8]

  /// A picture of `pixels` [height, width, 3].
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && pixels.count == width * height * 3,
      "picture of \(width)x\(height) with \(pixels.count) values")
    (self.width, self.height, self.pixels) = (width, height, pixels)
  }

  /// Its width and height.
  package var size: PixelSize { PixelSize(width: width, height: height) }

  /// A picture of one colour.
  package init(width: Int, height: Int, colour: RGB = RGB(0, 0, 0)) {
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    for index in 0..<width * height {
      (pixels[3 * index], pixels[3 * index + 1], pixels[3 * index + 2]) = (colour.red, colour.green, colour.blue)
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// The colour at column `x` and row `y`.
  @inlinable
  package subscript(x: Int, y: Int) -> RGB {
    get {
      let index = 3 * (y * width + x)
      return RGB(pixels[index], pixels[index + 1], pixels[index + 2])
    }
    set {
      let index = 3 * (y * width + x)
      (pixels[index], pixels[index + 1], pixels[index + 2]) = (newValue.red, newValue.green, newValue.blue)
    }
  }
}

/// One raw label a pixel; `LabelTable` says what the values mean.
package struct LabelMap: Equatable, Sendable {
  package let width, height: Int
  /// [height, width], rows from the top.
  package var labels: [UInt8]

  package init(width: Int, height: Int, labels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && labels.count == width * height,
      "label map of \(width)x\(height) with \(labels.count) values")
    (self.width, self.height, self.labels) = (width, height, labels)
  }

  /// The label at column `x` and row `y`.
  @inlinable
  package subscript(x: Int, y: Int) -> UInt8 {
    get { labels[y * width + x] }
    set { labels[y * width + x] = newValue }
  }
}

/// One instance id a pixel, as Cityscapes stores them: label id * 1000 + number for a thing that has instances, the
/// label id elsewhere.
package struct InstanceMap: Equatable, Sendable {
  package let width, height: Int
  /// [height, width], rows from the top.
  package var ids: [UInt16]

  package init(width: Int, height: Int, ids: [UInt16]) {
    precondition(
      width > 0 && height > 0 && ids.count == width * height,
      "instance map of \(width)x\(height) with \(ids.count) values")
    (self.width, self.height, self.ids) = (width, height, ids)
  }
}
