// Classes drawn for people to look at, and as they are exported.

extension Picture {
  /// The mask of `classes` [height, width], places in `classSet`, in its colours.
  package init(classes: [UInt8], of classSet: ClassSet, width: Int, height: Int) {
    precondition(classes.count == width * height, "\(width)x\(height) pixels, \(classes.count) classes")
    let colours = classSet.classes.map(\.colour)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(classes.count * 3)
    for place in classes {
      let colour = colours[Int(place)]
      pixels.append(colour.red)
      pixels.append(colour.green)
      pixels.append(colour.blue)
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// The picture with `mask`, of the same size, laid over it at an opacity of 0 to 1.
  package func overlaid(with mask: Picture, opacity: Float = 0.5) -> Picture {
    precondition(
      mask.width == width && mask.height == height,
      "mask of \(mask.width)x\(mask.height) over a picture of \(width)x\(height)")
    var result = self
    for index in pixels.indices {
      result.pixels[index] = UInt8((1 - opacity) * Float(pixels[index]) + opacity * Float(mask.pixels[index]) + 0.5)
    }
    return result
  }
}

extension LabelMap {
  /// The map of the export value of each of `classes`, places in `classSet`.
  package init(exporting classes: [UInt8], of classSet: ClassSet, width: Int, height: Int) {
    let table = classSet.classes.map(\.exportValue)
    self.init(width: width, height: height, labels: classes.map { table[Int($0)] })
  }
}
