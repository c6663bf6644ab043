import Harness
import Scenes

extension Picture {
  /// The scene's picture, grey and pale, with red where `classes` [height, width] isn't the truth, and black where the
  /// protocol doesn't count what is there.
  package init(errorsOf classes: [UInt8], in scene: Scene, under scoringProtocol: ScoringProtocol) {
    let (truth, counted) = (scene.classes, scene.counted(under: scoringProtocol))
    precondition(classes.count == truth.count, "\(classes.count) classes, \(truth.count) pixels")
    self = scene.picture
    for pixel in truth.indices {
      let base = 3 * pixel
      // ITU-R BT.601, as people see brightness.
      let grey = (299 * Int(pixels[base]) + 587 * Int(pixels[base + 1]) + 114 * Int(pixels[base + 2])) / 1000
      let pale = UInt8(127 + grey / 2)
      let colour =
        !counted[pixel] ? RGB(0, 0, 0) : classes[pixel] == truth[pixel] ? RGB(pale, pale, pale) : RGB(214, 30, 48)
      (pixels[base], pixels[base + 1], pixels[base + 2]) = (colour.red, colour.green, colour.blue)
    }
  }
}

extension Scene {
  /// Whether each pixel counts, [height, width].
  package func counted(under scoringProtocol: ScoringProtocol) -> [Bool] {
    if scoringProtocol == .official, let ignored = labelTable.ignored { return labels.labels.map { !ignored[Int($0)] } }
    let void = void
    return classes.map { $0 != void }
  }
}
