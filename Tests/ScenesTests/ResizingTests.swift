import Compute
import Scenes
import Settings
import TestSupport
import Testing

@Suite("Resizing") struct ResizingTests {
  @Test("Labels never blend: every label of a resized map was in the map", arguments: ["3x2", "40x31", "13x17", "1x1"])
  func labelsNeverBlend(size: String) throws {
    var random = RandomStream(seed: 2)
    let allowed: [UInt8] = [1, 7, 26, 33]
    let map = LabelMap(width: 20, height: 15, labels: (0..<300).map { _ in allowed[random.integer(below: 4)] })
    let resized = map.resized(to: try PixelSize.parse(size))
    #expect(PixelSize(width: resized.width, height: resized.height).description == size)
    #expect(Set(resized.labels).isSubset(of: Set(allowed)))
  }

  @Test("A label map shrunk by a whole factor takes the pixel at each centre")
  func nearest() {
    let map = LabelMap(width: 6, height: 3, labels: (0..<18).map { UInt8($0) })
    #expect(map.resized(to: PixelSize(width: 2, height: 1)).labels == [7, 10])
  }

  @Test("A picture shrunk by a whole factor is the mean of what each pixel covers")
  func area() {
    let picture = Picture(
      width: 4, height: 2, pixels: [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110].flatMap { [$0, $0] })
    let half = picture.resized(to: PixelSize(width: 2, height: 1))
    let expected = (0..<6).map { index -> UInt8 in
      let (x, channel) = (index / 3, index % 3)
      let sum = [(0, 0), (1, 0), (0, 1), (1, 1)].reduce(0) {
        $0 + Int(picture.pixels[(($1.1) * 4 + 2 * x + $1.0) * 3 + channel])
      }
      return UInt8((Double(sum) / 4 + 0.5))
    }
    #expect(half.pixels == expected)
  }

  /// The same value by value: columns first, then rows, each value the sum of its weighted inputs in their order.
  private static func plainlyResized(_ picture: Picture, to size: PixelSize) -> [UInt8] {
    func taps(_ position: Int, _ input: Int, _ output: Int) -> [(index: Int, weight: Float)] {
      let scale = Double(input) / Double(output)
      guard scale > 1 else {
        let place = min(Double(input - 1), max(0, (Double(position) + 0.5) * scale - 0.5))
        let low = min(max(0, input - 2), Int(place))
        let share = Float(place - Double(low))
        return input == 1 ? [(0, 1)] : [(low, 1 - share), (low + 1, share)]
      }
      let (start, end) = (Double(position) * scale, Double(position + 1) * scale)
      let low = min(input - 1, Int(start))
      return (low...max(low, min(input - 1, Int(end.rounded(.up)) - 1))).map { index in
        (index, Float((min(end, Double(index + 1)) - max(start, Double(index))) / (end - start)))
      }
    }
    var result: [UInt8] = []
    for y in 0..<size.height {
      for x in 0..<size.width {
        for channel in 0..<3 {
          var sum: Float = 0
          for (row, rowWeight) in taps(y, picture.height, size.height) {
            var narrow: Float = 0
            for (column, weight) in taps(x, picture.width, size.width) {
              narrow += weight * Float(picture.pixels[(row * picture.width + column) * 3 + channel])
            }
            sum += rowWeight * narrow
          }
          result.append(UInt8(min(255, max(0, sum + 0.5))))
        }
      }
    }
    return result
  }

  @Test(
    "A resized picture is to the bit what the plain sums give",
    arguments: ["16x9", "8x23", "64x9", "5x40", "37x1", "1x23", "1x1", "100x70"])
  func plainSums(size: String) throws {
    var random = RandomStream(seed: 5)
    for (width, height) in [(37, 23), (1, 5), (128, 64)] {
      let pixels = (0..<width * height * 3).map { _ in UInt8(random.integer(below: 256)) }
      let (picture, size) = (Picture(width: width, height: height, pixels: pixels), try PixelSize.parse(size))
      #expect(picture.resized(to: size).pixels == Self.plainlyResized(picture, to: size), "from \(width)x\(height)")
    }
  }

  @Test("One colour stays that colour at any size", arguments: ["3x5", "64x64", "17x1"])
  func constant(size: String) throws {
    let picture = Picture(width: 16, height: 9, colour: RGB(13, 130, 251))
    let resized = picture.resized(to: try PixelSize.parse(size))
    #expect(resized == Picture(width: resized.width, height: resized.height, colour: RGB(13, 130, 251)))
  }

  @Test("Probabilities brought to another size still sum to one, and labels alone don't blend")
  func predictions() {
    var random = RandomStream(seed: 4)
    let probabilities = (0..<12).flatMap { _ -> [Float] in
      let values = (0..<Category.count).map { _ in random.uniform(0.1...1) }
      return values.map { $0 / values.reduce(0, +) }
    }
    let resized = Prediction(width: 4, height: 3, classCount: 8, probabilities: probabilities).resized(
      to: PixelSize(width: 9, height: 8))
    let sums = (0..<72).map { (resized.probabilities ?? [])[$0 * 8..<$0 * 8 + 8].reduce(0, +) }
    #expect(sums.allSatisfy { abs($0 - 1) < 1e-5 })
    let labels = Prediction(width: 2, height: 1, classes: [1, 7]).resized(to: PixelSize(width: 6, height: 2))
    #expect(labels.classes == [1, 1, 1, 7, 7, 7, 1, 1, 1, 7, 7, 7])
  }

  @Test(
    "Sizes are read as WIDTHxHEIGHT", arguments: ["", "12", "12x", "x3", "0x4", "-3x4", "3x4x5", "axb", "99999x99999"])
  func badSizes(text: String) {
    #expect(throws: SettingError.self) { try PixelSize.parse(text) }
  }
}
