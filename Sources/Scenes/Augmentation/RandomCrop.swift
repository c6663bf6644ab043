import Compute
import Settings

/// Scales the scene by a factor (uniform, by default in 0.5 to 2) and cuts a part of one size (by default 256x128) out of
/// it, anywhere within it; where it is smaller than that, it lies anywhere within the part. So networks are trained in
/// DeepLab (Chen et al. 2017, arXiv:1706.05587) and PSPNet (Zhao et al. 2017, arXiv:1612.01105).
///
/// What comes from outside the scene: the picture is black, labels and instances are void.
package struct RandomCrop: SingleAugmentation, ResizingAugmentation {
  package static let name = "random-crop"
  package static let summary = "scales by 0.5 to 2 and crops to one size, every training scene"
  package static let fields: [Field<RandomCrop>] = [
    .whole("width", \.width, 16...PixelSize.sides.upperBound, "the width of the crop in pixels"),
    .whole("height", \.height, 16...PixelSize.sides.upperBound, "the height of the crop in pixels"),
    .number("smallest", \.smallest, .from(0.125, to: 8), "the smallest factor"),
    .number("largest", \.largest, .from(0.125, to: 8), "the largest factor"),
  ]

  package var width = 256
  package var height = 128
  package var smallest: Float = 0.5
  package var largest: Float = 2

  package init() {}

  package var outputSize: PixelSize { PixelSize(width: width, height: height) }

  package func validate() throws {
    try checkOrder("smallest", smallest, "largest", largest)
    guard outputSize.area <= PNG.pixelLimit else {
      throw SettingError.invalid(
        setting: "width x height", value: "\(outputSize)", bound: "at most \(PNG.pixelLimit) pixels")
    }
  }

  package func apply(to scene: Scene, random: inout RandomStream) -> Scene {
    let factor = random.uniform(smallest...largest)
    func scaled(_ side: Int) -> Int { max(1, Int((Float(side) * factor).rounded())) }
    let size = PixelSize(width: scaled(scene.picture.width), height: scaled(scene.picture.height))
    /// Where the crop begins on one axis; before 0 where it is longer than the scene.
    func start(of crop: Int, in side: Int) -> Int {
      let place = random.integer(below: abs(side - crop) + 1)
      return side < crop ? -place : place
    }
    return scene.cropped(
      resizedTo: size, x: start(of: width, in: size.width), y: start(of: height, in: size.height), to: outputSize)
  }
}

extension Scene {
  /// The part of `size` pixels that begins at column `x` and row `y` of the scene resized to `whole`; outside of it the
  /// picture is black, and labels and instances are void.
  package func cropped(resizedTo whole: PixelSize, x: Int, y: Int, to size: PixelSize) -> Scene {
    let columns = max(0, x)..<max(0, min(whole.width, x + size.width))
    let rows = max(0, y)..<max(0, min(whole.height, y + size.height))
    precondition(!columns.isEmpty && !rows.isEmpty, "a crop of \(size) at (\(x), \(y)) is outside of \(whole)")
    let own = picture.size
    /// Values of the part that is inside, [rows, columns], among those outside.
    func framed<Value>(_ inside: [Value], channels: Int = 1, outside: Value) -> [Value] {
      var result = [Value](repeating: outside, count: size.area * channels)
      let length = columns.count * channels
      for row in 0..<rows.count {
        let start = ((rows.lowerBound - y + row) * size.width + columns.lowerBound - x) * channels
        result.replaceSubrange(start..<start + length, with: inside[row * length..<(row + 1) * length])
      }
      return result
    }
    let void = labelTable.void
    return Scene(
      name: name,
      picture: Picture(
        width: size.width, height: size.height,
        pixels: framed(picture.resized(to: whole, columns: columns, rows: rows).pixels, channels: 3, outside: 0)),
      labels: LabelMap(
        width: size.width, height: size.height,
        labels: framed(nearest(labels.labels, from: own, to: whole, columns: columns, rows: rows), outside: void)),
      instances: instances.map {
        InstanceMap(
          width: size.width, height: size.height,
          ids: framed(nearest($0.ids, from: own, to: whole, columns: columns, rows: rows), outside: UInt16(void)))
      }, labelTable: labelTable)
  }
}
