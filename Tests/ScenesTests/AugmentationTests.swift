import Compute
import Scenes
import Testing

@Suite("Augmentation") struct AugmentationTests {
  /// A scene whose picture says its labels and instances, pixel by pixel.
  static func encoded(width: Int, height: Int) -> Scene {
    let labels = (0..<width * height).map { UInt8($0 % 34) }
    return Scene(
      name: "encoded",
      picture: Picture(
        width: width, height: height, pixels: labels.enumerated().flatMap { [$1, UInt8($0 % 251), 255 - $1] }),
      labels: LabelMap(width: width, height: height, labels: labels),
      instances: InstanceMap(
        width: width, height: height, ids: labels.enumerated().map { UInt16($1) + 256 * UInt16($0 % 251) }),
      labelSet: .cityscapes)
  }

  @Test("Picture, labels and instances stay registered", arguments: Augmentations.all.map(\.name))
  func registered(name: String) throws {
    let augmentation = try #require(Augmentations.named(name))
    let scene = Self.encoded(width: 13, height: 6)
    for draw in 0..<8 {
      var random = RandomStream(seed: UInt64(draw))
      let changed = augmentation.apply(to: scene, random: &random)
      for pixel in changed.labels.labels.indices {
        #expect(changed.labels.labels[pixel] == changed.picture.pixels[3 * pixel])
        #expect(
          changed.instances?.ids[pixel]
            == UInt16(changed.picture.pixels[3 * pixel]) + 256 * UInt16(changed.picture.pixels[3 * pixel + 1]))
      }
    }
  }

  @Test("The same draws give the same scene, other draws another one")
  func seeded() {
    let scene = Self.encoded(width: 8, height: 4)
    let results = (0..<16).map { draw in
      (0..<2).map { _ in
        var random = RandomStream(seed: UInt64(draw))
        return Mirror().apply(to: scene, random: &random)
      }
    }
    #expect(results.allSatisfy { $0[0] == $0[1] })
    #expect(results.contains { $0[0] != scene } && results.contains { $0[0] == scene })
  }

  @Test("Nothing is nothing")
  func none() {
    let scene = Self.encoded(width: 8, height: 4)
    var random = RandomStream(seed: 0)
    #expect(NoAugmentation().apply(to: scene, random: &random) == scene)
  }
}
