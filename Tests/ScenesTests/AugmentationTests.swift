import Compute
import Scenes
import Settings
import Streets
import Testing

@Suite("Augmentation") struct AugmentationTests {
  /// The side of the squares of `chequered` scenes.
  static let side = 16

  /// A scene of squares, each of one label and one instance, whose picture says which: label and instance number are
  /// 16 times red and green, and blue is 255.
  static func chequered(width: Int, height: Int) -> Scene {
    let columns = (width + side - 1) / side
    let squares = (0..<width * height).map { $0 / width / side * columns + $0 % width / side }
    let labels = squares.map { UInt8(7 + $0 * 5 % 8) }
    let numbers = squares.map { UInt16(1 + $0 % 15) }
    return Scene(
      name: "chequered",
      picture: Picture(
        width: width, height: height, pixels: zip(labels, numbers).flatMap { [16 * $0, UInt8(16 * $1), 255] }),
      labels: LabelMap(width: width, height: height, labels: labels),
      instances: InstanceMap(width: width, height: height, ids: zip(labels, numbers).map { UInt16($0) * 1000 + $1 }),
      labelTable: .cityscapes)
  }

  static func street(_ index: Int = 0, width: Int = 128, height: Int = 64) throws -> Scene {
    try #require(
      try Dataset.synthetic(seed: 1).splits["train"]?[index].load(size: PixelSize(width: width, height: height)))
  }

  static func applied(_ augmentation: any Augmentation, to scene: Scene, draw: Int) -> Scene {
    var random = RandomStream(seed: UInt64(draw))
    return augmentation.apply(to: scene, random: &random)
  }

  @Test(
    "Geometry keeps picture, labels and instances together and makes no new label",
    arguments: ["mirror", "translate", "scale-crop", "rotate", "rotate+mirror+translate+scale-crop"])
  func registered(name: String) throws {
    let augmentation = try #require(Augmentations.named(name))
    let scene = Self.chequered(width: 150, height: 90)
    let (colours, ids) = (Set(Self.colours(scene)), Set(scene.instances?.ids ?? []))
    for draw in 0..<12 {
      let changed = Self.applied(augmentation, to: scene, draw: draw)
      #expect(changed.picture.width == 150 && changed.picture.height == 90)
      let found = try #require(changed.instances).ids
      #expect(Set(found).isSubset(of: ids.union([0])))
      var unmixed = 0
      for (pixel, colour) in Self.colours(changed).enumerated() {
        let label = changed.labels.labels[pixel]
        #expect(label == UInt8(found[pixel] / 1000))
        if label == scene.labelTable.void || !colours.contains(colour) { continue }
        unmixed += 1
        // Where a mixture of two squares happens to have the colour of a third, its neighbours don't.
        #expect(
          colour.red == 16 * label && colour.green == UInt8(16 * (found[pixel] % 1000)) || Self.isBorder(found, pixel))
      }
      #expect(unmixed > 150 * 90 / 2)
    }
  }

  static func colours(_ scene: Scene) -> [RGB] {
    (0..<scene.labels.labels.count).map { scene.picture[$0 % scene.labels.width, $0 / scene.labels.width] }
  }

  /// Whether a pixel has a neighbour of another id (150 pixels a row).
  static func isBorder(_ ids: [UInt16], _ pixel: Int) -> Bool {
    [-151, -150, -149, -1, 1, 149, 150, 151].contains {
      ids.indices.contains(pixel + $0) && ids[pixel + $0] != ids[pixel]
    }
  }

  @Test("What comes from outside has void labels and the picture's edge")
  func outside() {
    let scene = Self.chequered(width: 32, height: 16)
    let moved = scene.shifted(x: 5, y: -3)
    for y in 0..<16 {
      for x in 0..<32 {
        let inside = x >= 5 && y < 13
        #expect(moved.labels[x, y] == (inside ? scene.labels[x - 5, y + 3] : 0))
        #expect(moved.picture[x, y] == scene.picture[max(0, x - 5), min(15, y + 3)])
      }
    }
    let camvid = Scene(name: "c", picture: scene.picture, labels: scene.labels, labelTable: .camvid)
    #expect(camvid.shifted(x: -40, y: 0).labels.labels.allSatisfy { $0 == 11 })
    #expect(camvid.rotated(by: 0.2).labels[0, 0] == 11)
  }

  @Test("Mirroring is exact, for odd and tiny widths too, and undoes itself", arguments: [1, 2, 3, 4, 5, 8, 13])
  func mirror(width: Int) {
    let scene = Self.noisy(width: width, height: 3)
    let changed = Self.applied(HorizontalFlip(), to: scene, draw: 0)
    for y in 0..<3 {
      for x in 0..<width {
        #expect(changed.picture[x, y] == scene.picture[width - 1 - x, y])
        #expect(changed.labels[x, y] == scene.labels[width - 1 - x, y])
      }
    }
    #expect(Self.applied(HorizontalFlip(), to: changed, draw: 0) == scene)
  }

  /// A scene of random values.
  static func noisy(width: Int, height: Int) -> Scene {
    var random = RandomStream(seed: 5)
    return Scene(
      name: "noisy",
      picture: Picture(
        width: width, height: height, pixels: (0..<width * height * 3).map { _ in UInt8(random.integer(below: 256)) }),
      labels: LabelMap(
        width: width, height: height, labels: (0..<width * height).map { _ in UInt8(random.integer(below: 34)) }),
      labelTable: .cityscapes)
  }

  @Test("Enlarging and rotating interpolate as the plain bilinear reference does")
  func bilinear() {
    let scene = Self.noisy(width: 37, height: 23)
    let enlarged = scene.cropped(x: 4.3, y: 2.6, share: 0.75).picture
    let rotated = scene.rotated(by: 0.06).picture
    var compared = 0
    for y in 0..<23 {
      for x in 0..<37 {
        let (u, v) = (4.3 + (Double(x) + 0.5) * 0.75 - 0.5, 2.6 + (Double(y) + 0.5) * 0.75 - 0.5)
        #expect(Self.difference(enlarged[x, y], Self.bilinear(scene.picture, u, v)) < 4)
        let (dx, dy) = (Double(x) - 18, Double(y) - 11)
        let (a, b) = (18 + dx * 0.99820054 + dy * 0.05996401, 11 + dy * 0.99820054 - dx * 0.05996401)
        guard a >= 1, a < 35, b >= 1, b < 20 else { continue }
        compared += 1
        // Positions are rounded to 1/16 of a pixel, so values by up to 255/16 in each direction.
        #expect(Self.difference(rotated[x, y], Self.bilinear(scene.picture, a, b)) < 33)
      }
    }
    #expect(compared > 400)
  }

  static func bilinear(_ picture: Picture, _ u: Double, _ v: Double) -> SIMD3<Double> {
    let (x, y) = (Int(u), Int(v))
    let (a, b) = (u - Double(x), v - Double(y))
    func at(_ x: Int, _ y: Int) -> SIMD3<Double> {
      let colour = picture[min(picture.width - 1, x), min(picture.height - 1, y)]
      return SIMD3(Double(colour.red), Double(colour.green), Double(colour.blue))
    }
    return (at(x, y) * (1 - a) + at(x + 1, y) * a) * (1 - b) + (at(x, y + 1) * (1 - a) + at(x + 1, y + 1) * a) * b
  }

  static func difference(_ colour: RGB, _ expected: SIMD3<Double>) -> Double {
    let colour = SIMD3(Double(colour.red), Double(colour.green), Double(colour.blue))
    return max(abs(colour.x - expected.x), abs(colour.y - expected.y), abs(colour.z - expected.z))
  }

  @Test("Brightness and contrast are the stated line, clamped")
  func scaled() {
    let ramp = Picture(width: 256, height: 1, pixels: (0..<256).flatMap { [UInt8($0), UInt8($0), UInt8($0)] })
    let changed = ramp.scaled(by: 1.25, level: 148)
    for value in 0..<256 {
      let expected = min(255, max(0, 1.25 * (Double(value) - 128) + 148))
      #expect(abs(Double(changed[value, 0].red) - expected) <= 0.51)
    }
  }

  @Test("Noise has the stated mean and deviation")
  func noise() {
    let grey = Picture(width: 300, height: 200, colour: RGB(128, 128, 128))
    var random = RandomStream(seed: 1)
    let values = grey.withNoise(deviation: 7, random: &random).pixels.map { Double($0) - 128 }
    let mean = values.reduce(0, +) / Double(values.count)
    let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count) - mean * mean).squareRoot()
    #expect(abs(mean) < 0.08)
    #expect(abs(deviation - 7) < 0.08)
  }

  @Test("Motion blur keeps the mean and smooths along its line alone")
  func motionBlur() {
    let rows = Picture(
      width: 64, height: 64, pixels: (0..<64 * 64).flatMap { [UInt8](repeating: $0 / 64 % 2 == 0 ? 40 : 200, count: 3) }
    )
    let columns = Picture(
      width: 64, height: 64, pixels: (0..<64 * 64).flatMap { [UInt8](repeating: $0 % 2 == 0 ? 40 : 200, count: 3) })
    #expect(rows.blurred(length: 8, angle: 0) == rows)
    let blurred = columns.blurred(length: 8, angle: 0)
    for x in 8..<56 { #expect(abs(Int(blurred[x, 30].red) - 120) <= 2) }
  }

  @Test(
    "The same draws give the same scene, other draws another one",
    arguments: Augmentations.all.map(\.name).filter { $0 != "none" })
  func seeded(name: String) throws {
    let augmentation = try #require(Augmentations.named(name))
    let scene = try Self.street()
    let changed = Self.applied(augmentation, to: scene, draw: 0)
    #expect(changed == Self.applied(augmentation, to: scene, draw: 0))
    #expect(changed != scene)
    if name != "mirror" { #expect(changed != Self.applied(augmentation, to: scene, draw: 1)) }
  }

  @Test("Every augmentation works on pictures of any size", arguments: Augmentations.all.map(\.name))
  func sizes(name: String) throws {
    let augmentation = try #require(Augmentations.named(name))
    for (width, height) in [(1, 1), (2, 1), (1, 7), (3, 2), (17, 5), (33, 70)] {
      let scene = Self.noisy(width: width, height: height)
      for draw in 0..<4 {
        let changed = Self.applied(augmentation, to: scene, draw: draw)
        let size = augmentation.resizing?.outputSize ?? scene.picture.size
        #expect(changed.picture.size == size)
        #expect(changed.labels.labels.count == size.area)
      }
    }
  }

  @Test("Several are applied in the order of their names")
  func order() throws {
    let scene = try Self.street()
    let both = try #require(Augmentations.named("rain-3+mirror"))
    var random = RandomStream(seed: 9)
    let wet = try Rain(["severity": .whole(3)]).apply(to: scene, random: &random)
    #expect(Self.applied(both, to: scene, draw: 9) == HorizontalFlip().apply(to: wet, random: &random))
    #expect(both.name == "rain-3+mirror")
    let other = try #require(Augmentations.named("mirror+rain-3"))
    #expect(Self.applied(other, to: scene, draw: 9) != Self.applied(both, to: scene, draw: 9))
  }

  @Test("Of alternatives each scene gets one, each as often as the others")
  func choice() throws {
    let scene = try Self.street()
    let names = ["none", "mirror", "brightness-contrast"]
    let either = try #require(Augmentations.named(names.joined(separator: "/")))
    var counts = [0, 0, 0]
    for draw in 0..<300 {
      let changed = Self.applied(either, to: scene, draw: draw)
      let kind = changed == scene ? 0 : changed.labels != scene.labels ? 1 : 2
      counts[kind] += 1
      if kind == 1 { #expect(changed == Self.applied(HorizontalFlip(), to: scene, draw: 0)) }
    }
    // 100 expected of each, deviation 8.
    #expect(counts.allSatisfy { abs($0 - 100) < 33 }, "\(counts)")
    let both = try #require(Augmentations.named("mirror+fog-1/night-5"))
    for draw in 0..<10 {
      var random = RandomStream(seed: UInt64(draw))
      let weather = try #require(Augmentations.named("fog-1/night-5"))
      let expected = weather.apply(to: HorizontalFlip().apply(to: scene, random: &random), random: &random)
      #expect(Self.applied(both, to: scene, draw: draw) == expected)
    }
  }

  @Test("Settings have their defaults' bits, and other values change what they say")
  func settings() throws {
    let scene = try Self.street()
    func same(_ name: String, _ settings: [String: Setting], as other: String, draw: Int = 3) throws -> Bool {
      let made = try Augmentations.make(Choice(name, settings))
      return Self.applied(made, to: scene, draw: draw)
        == Self.applied(try Augmentations.make(Choice(other)), to: scene, draw: draw)
    }
    for type in Augmentations.registry.all {
      for description in type.descriptions {
        #expect(try same(type.name, [description.name: description.standard], as: type.name), "\(type.name)")
      }
    }
    // No change at all.
    for (name, settings) in [
      ("rotate", ["degrees": 0]), ("scale-crop", ["largest": 1]), ("translate", ["share": 0]),
      ("brightness-contrast", ["brightness": 0, "contrast": 0]), ("noise", ["smallest": 0, "largest": 0]),
      ("motion-blur", ["shortest": 0, "longest": 0]),
    ] as [(String, [String: Int])] {
      #expect(try same(name, settings.mapValues(Setting.whole), as: "none"), "\(name)")
    }
    #expect(try same("fog", ["severity": .whole(4)], as: "fog-4"))
    #expect(try same("spatter", ["severity": .whole(2), "kind": .text("mud")], as: "spatter-mud-2"))
    #expect(try !same("rotate", ["degrees": .whole(170)], as: "rotate"))
    for width in 1...4000 { #expect(Int(Double(width) * Translation().share) == width / 10) }
  }

  @Test("A choice is the shortest text that says it, and settings out of bounds are refused by name")
  func choices() throws {
    func choice(_ setting: Setting) throws -> Choice { try Augmentations.choice(setting) }
    func section(_ name: String, _ settings: [String: Setting]) -> Setting {
      .section(settings.merging(["name": .text(name)]) { $1 })
    }
    #expect(try choice(.text("rain-heavy+mirror/fog")) == "rain-3+mirror/fog")
    #expect(try choice(section("fog", ["severity": .whole(3)])) == "fog-3")
    #expect(try choice(section("spatter", ["kind": .text("mud")])) == "spatter-mud")
    #expect(try choice(section("rotate", ["degrees": .whole(5)])) == "rotate")
    #expect(try choice(.text("rotate:7.5")) == Choice("rotate", ["degrees": .number(7.5)]))
    #expect(try choice(section("rotate", ["degrees": .number(7.5)])) == choice(.text("rotate:7.5")))
    #expect(try choice(section("mirror+fog", [:])) == "mirror+fog")
    for name in ["mirror", "fog-3", "rain+spatter-drops", "rotate"] {
      #expect(try choice(choice(.text(name)).setting) == Choice(name))
    }
    #expect(throws: SettingError.invalid(setting: "degrees", value: "181", bound: "0 to 180")) {
      try choice(section("rotate", ["degrees": .whole(181)]))
    }
    #expect(throws: SettingError.invalid(setting: "smallest", value: "20.0", bound: "at most largest, which is 12.0")) {
      try choice(section("noise", ["smallest": .whole(20)]))
    }
    #expect(throws: SettingError.invalid(setting: "severity", value: "6", bound: "1 to 5")) {
      try choice(.text("fog:6"))
    }
    for wrong: Setting in [
      section("rotate", ["angle": .whole(1)]), .text("mirror+fgo"), .whole(3), section("mirror+fog", ["p": .whole(1)]),
    ] {
      #expect(throws: SettingError.self) { try choice(wrong) }
    }
  }

  @Test("Names are found again, unknown ones are not")
  func names() {
    let known =
      Augmentations.all.map(\.name) + ["fog-1", "spatter-mud-5", "night-2+mirror+noise", "mirror+fog/rain-2/snow"]
    for name in known { #expect(Augmentations.named(name)?.name == name) }
    #expect(Set(known).count == known.count)
    #expect(Augmentations.named("rain-torrential")?.name == "rain-5")
    for name in [
      "", "fgo", "fog-0", "fog-6", "fog-", "mirror-3", "rain+", "+", "fog-drizzle", "rain,mirror", "Rain", "fog/", "/",
      "fog/fgo",
    ] {
      #expect(Augmentations.named(name) == nil, "\(name)")
    }
  }

  @Test("Nothing is nothing")
  func none() throws {
    let scene = try Self.street()
    #expect(Self.applied(NoAugmentation(), to: scene, draw: 0) == scene)
  }
}
