import Compute
import Scenes
import Settings
import Testing

@Suite("Random crops") struct RandomCropTests {
  static func crop(_ settings: [String: Setting] = [:]) throws -> any Augmentation {
    try Augmentations.make(Choice("random-crop", settings))
  }

  /// A scene of random labels whose picture says which: red is 7 times the label.
  static func coded(width: Int, height: Int) -> Scene {
    var random = RandomStream(seed: 3)
    let labels = (0..<width * height).map { _ in UInt8(1 + random.integer(below: 33)) }
    return Scene(
      name: "coded",
      picture: Picture(width: width, height: height, pixels: labels.flatMap { [7 * $0, 90, 255] }),
      labels: LabelMap(width: width, height: height, labels: labels),
      instances: InstanceMap(width: width, height: height, ids: labels.map { UInt16($0) * 1000 }),
      labelTable: .cityscapes)
  }

  @Test(
    "A crop is cut out of the whole resized scene, to the bit, and what lies outside is void and black",
    arguments: [(1.0, 11, 5), (1.7, -3, 9), (0.6, -20, -4), (0.37, -9, 2), (2, 60, 40)])
  func reference(factor: Double, x: Int, y: Int) throws {
    let scene = Self.coded(width: 61, height: 43)
    let whole = PixelSize(width: Int(61 * factor), height: Int(43 * factor))
    let (picture, labels) = (scene.picture.resized(to: whole), scene.labels.resized(to: whole))
    let ids = try #require(scene.instances).resized(to: whole).ids
    let crop = scene.cropped(resizedTo: whole, x: x, y: y, to: PixelSize(width: 48, height: 32))
    let cropIds = try #require(crop.instances).ids
    #expect(crop.picture.size == PixelSize(width: 48, height: 32))
    for row in 0..<32 {
      for column in 0..<48 {
        let (u, v) = (x + column, y + row)
        let isInside = (0..<whole.width).contains(u) && (0..<whole.height).contains(v)
        #expect(crop.picture[column, row] == (isInside ? picture[u, v] : RGB(0, 0, 0)))
        #expect(crop.labels[column, row] == (isInside ? labels[u, v] : scene.labelTable.void))
        #expect(cropIds[row * 48 + column] == (isInside ? ids[v * whole.width + u] : 0))
      }
    }
  }

  @Test("Picture, labels and instances stay together, and draws reach both ends of the factors and every place")
  func together() throws {
    let scene = Self.coded(width: 40, height: 30)
    // Without scaling colours aren't mixed.
    let plain = try Self.crop(["width": 24, "height": 50, "smallest": 1, "largest": 1].mapValues(Setting.whole))
    var (columns, rows): (Set<Int>, Set<Int>) = ([], [])
    for draw in 0..<400 {
      let crop = AugmentationTests.applied(plain, to: scene, draw: draw)
      #expect(crop.picture.size == PixelSize(width: 24, height: 50))
      for (pixel, label) in crop.labels.labels.enumerated() {
        #expect(crop.picture.pixels[3 * pixel] == 7 * label)
        #expect(crop.instances?.ids[pixel] == UInt16(label) * 1000)
      }
      let top = try #require(crop.labels.labels.firstIndex { $0 != 0 }) / 24
      rows.insert(top)
      #expect(crop.labels.labels.count { $0 != 0 } == 24 * 30)
      let first = (0..<17).first { place in
        (0..<24).allSatisfy { crop.labels[$0, top] == scene.labels[place + $0, 0] }
      }
      columns.insert(try #require(first))
    }
    #expect(columns == Set(0...16) && rows == Set(0...20))
    // A scene within its crop shows how large it was made.
    let wide = try Self.crop(["width": 100, "height": 100].mapValues(Setting.whole))
    let areas = (0..<200).map { draw in
      AugmentationTests.applied(wide, to: scene, draw: draw).labels.labels.count { $0 != 0 }
    }
    let (smallest, largest) = (try #require(areas.min()), try #require(areas.max()))
    #expect((300..<340).contains(smallest) && (4600...4800).contains(largest))
  }

  @Test("Each item of each epoch has a crop of its own, the same each time")
  func streams() {
    let plain = AugmentationItem(scene: 0, isAugmented: false, copy: 0)
    let copies = (0..<3).map { AugmentationItem(scene: 0, isAugmented: true, copy: $0) }
    let states = [1, 2].flatMap { epoch in
      ([plain] + copies).map { $0.resizingStream(seed: 4, epoch: epoch, name: "a").state }
    }
    #expect(Set(states).count == 8)
    #expect(plain.resizingStream(seed: 4, epoch: 1, name: "a").state == states[0])
    #expect(plain.resizingStream(seed: 4, epoch: 1, name: "b").state != states[0])
  }

  @Test("Several in order end with a crop at most, whose settings go with their names")
  func sequences() throws {
    let setting = Setting.section(["name": .text("mirror+fog/rain+random-crop"), "width": .whole(64)])
    let choice = try Augmentations.choice(setting)
    #expect(choice == Choice("mirror+fog/rain+random-crop", ["width": .whole(64)]))
    #expect(try Augmentations.choice(choice.setting) == choice)
    let made = try Augmentations.make(choice)
    #expect(made.resizing?.outputSize == PixelSize(width: 64, height: 128))
    #expect(made.withoutResizing.name == "mirror+fog/rain")
    let scene = Self.coded(width: 90, height: 140)
    var random = RandomStream(seed: 5)
    let before = made.withoutResizing.apply(to: scene, random: &random)
    #expect(
      AugmentationTests.applied(made, to: scene, draw: 5)
        == made.resizing?.apply(to: before, random: &random))
    for (name, rest) in [("random-crop", "none"), ("mirror+random-crop", "mirror"), ("mirror", "mirror")] {
      let augmentation = try #require(Augmentations.named(name))
      #expect(augmentation.withoutResizing.name == rest)
      #expect((augmentation.resizing == nil) == (name == rest))
    }
    // Defaults are no settings.
    let standard = Setting.section(["name": .text("mirror+random-crop"), "width": .whole(256)])
    #expect(try Augmentations.choice(standard) == "mirror+random-crop")
    let weather = Setting.section(["name": .text("mirror+fog"), "severity": .whole(2)])
    #expect(try Augmentations.choice(weather) == "mirror+fog-2")
  }

  @Test(
    "A crop that isn't the last, or one of several, is refused with the reason",
    arguments: [
      "random-crop+mirror", "random-crop+random-crop", "mirror+random-crop+fog", "fog/random-crop",
      "mirror+random-crop/none",
    ])
  func misplaced(name: String) throws {
    let error = try #require(throws: SettingError.self) { try Augmentations.choice(.text(name)) }
    #expect("\(error)".contains("random-crop is part of ") && "\(error)".contains("the size that batches need"))
    #expect(throws: SettingError.self) {
      try Augmentations.choice(.section(["name": .text(name), "width": .whole(64)]))
    }
    #expect(Augmentations.named(name) == nil)
  }

  @Test("Settings out of bounds are refused by name")
  func bounds() {
    #expect(throws: SettingError.invalid(setting: "width", value: "8", bound: "16 to 65536")) {
      try Self.crop(["width": .whole(8)])
    }
    #expect(throws: SettingError.invalid(setting: "smallest", value: "3.0", bound: "at most largest, which is 2.0")) {
      try Self.crop(["smallest": .whole(3)])
    }
    #expect(
      throws: SettingError.invalid(
        setting: "width x height", value: "65536x65536", bound: "at most \(PNG.pixelLimit) pixels")
    ) {
      try Self.crop(["width": .whole(65536), "height": .whole(65536)])
    }
  }
}
