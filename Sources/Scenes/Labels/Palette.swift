// Categories drawn for people to look at.

extension Picture {
  /// The colour mask of `categories` [height, width] (`Category` raw values), in the Cityscapes palette.
  public init(categories: [UInt8], width: Int, height: Int) {
    precondition(categories.count == width * height, "\(width)x\(height) pixels, \(categories.count) categories")
    let colours = Category.allCases.map(\.colour)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(categories.count * 3)
    for category in categories {
      let colour = colours[Int(category)]
      pixels.append(colour.red)
      pixels.append(colour.green)
      pixels.append(colour.blue)
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// The picture with `mask`, of the same size, laid over it at an opacity of 0 to 1.
  public func overlaid(with mask: Picture, opacity: Float = 0.5) -> Picture {
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
  /// The map of the main Cityscapes label of each of `categories` (`Category` raw values), as predictions are exported.
  public init(mainLabelsOf categories: [UInt8], width: Int, height: Int) {
    let table = Category.allCases.map(\.mainLabel)
    self.init(width: width, height: height, labels: categories.map { table[Int($0)] })
  }
}
