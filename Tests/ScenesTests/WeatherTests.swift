import Compute
import Scenes
import Settings
import Testing

@Suite("Weather") struct WeatherTests {
  static let weather = Augmentations.all.compactMap { $0 as? any Weather }

  @Test("Weather leaves labels and instances as they are", arguments: weather.map(\.name))
  func labels(name: String) throws {
    let scene = try AugmentationTests.street(1)
    let weather = try #require(Augmentations.named(name))
    for draw in 0..<5 {
      let changed = AugmentationTests.applied(weather, to: scene, draw: draw)
      #expect(changed.labels == scene.labels && changed.instances == scene.instances)
      #expect(changed.picture != scene.picture)
    }
  }

  /// Statistics at severities 1 to 5, each the mean over scenes and draws.
  static func bySeverity(_ name: String) throws -> [PictureStatistics] {
    let scenes = try (0..<4).map { try AugmentationTests.street($0, width: 256, height: 128) }
    return try Severity.all.map { severity in
      let weather = try #require(Augmentations.named("\(name)-\(severity)"))
      return PictureStatistics(
        meanOf: scenes.flatMap { scene in
          (0..<3).map {
            PictureStatistics(
              of: AugmentationTests.applied(weather, to: scene, draw: $0).picture, before: scene.picture)
          }
        })
    }
  }

  static func rises(_ values: [Double]) -> Bool { zip(values, values.dropFirst()).allSatisfy { $0 < $1 } }

  @Test("Contrast falls with the severity of rain, and of fog in relation to its luminance")
  func contrast() throws {
    #expect(Self.rises(try Self.bySeverity("rain").map { -$0.contrast }))
    #expect(Self.rises(try Self.bySeverity("fog").map { -$0.contrast / $0.luminance }))
  }

  @Test("Luminance falls with the severity of rain and night, and rises with that of snow and fog")
  func luminance() throws {
    for name in ["rain", "night"] { #expect(Self.rises(try Self.bySeverity(name).map { -$0.luminance }), "\(name)") }
    for name in ["snow", "fog"] { #expect(Self.rises(try Self.bySeverity(name).map(\.luminance)), "\(name)") }
  }

  @Test("More of the lens is dirty with the severity of spatter")
  func spatter() throws {
    for name in ["spatter-drops", "spatter-mud"] {
      #expect(Self.rises(try Self.bySeverity(name).map(\.changed)), "\(name)")
    }
  }

  @Test("Fog is densest about the horizon and thinnest at the bottom")
  func horizon() throws {
    let black = Picture(width: 256, height: 128)
    var random = RandomStream(seed: 2)
    let foggy = try Fog(["severity": .whole(3)]).apply(to: black, random: &random)
    func level(_ y: Int) -> Int { (96..<160).reduce(0) { $0 + Int(foggy[$1, y].green) } }
    let rows = [60, 70, 80, 96, 112, 127].map(level)
    #expect(zip(rows, rows.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test(
    "A condition depends on its name and the scene's alone, and changes pictures only",
    arguments: ["clean", "fog-3", "rain-3", "snow-3", "night-3", "spatter-3"])
  func condition(name: String) throws {
    let condition = try #require(Condition(named: name))
    let scene = try AugmentationTests.street(2)
    let seen = condition.apply(to: scene)
    #expect(seen == Condition(named: condition.name)?.apply(to: scene))
    #expect(seen.labels == scene.labels && seen.instances == scene.instances)
    #expect((seen.picture == scene.picture) == (condition == .clean))
    let twin = Scene(name: "twin", picture: scene.picture, labels: scene.labels, labelTable: scene.labelTable)
    #expect((condition.apply(to: twin).picture == seen.picture) == (condition == .clean))
  }

  @Test("Conditions are clean or weather of fixed severity")
  func conditionNames() {
    let kinds = ["fog", "rain", "snow", "night", "spatter", "spatter-drops", "spatter-mud"]
    #expect(Condition.all.map(\.name) == ["clean"] + kinds.flatMap { kind in (1...5).map { "\(kind)-\($0)" } })
    #expect(Condition(named: "rain-torrential")?.name == "rain-5")
    #expect(Condition(named: "night-2+rain-4")?.name == "night-2+rain-4")
    for name in ["fog", "mirror", "fog-3+mirror", "none", "noise", "", "fog-9", "clean+fog-3", "fog-3/rain-3"] {
      #expect(Condition(named: name) == nil, "\(name)")
    }
  }

  @Test("The same bits on any number of threads")
  func threads() throws {
    let scenes = try (0..<6).map { try AugmentationTests.street($0) }
    let all = try #require(Augmentations.named("rotate+snow+night+spatter"))
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    let results = try [1, 2, 4].map { count in
      Parallel.threadCount = count
      return try Parallel.map(scenes.count) { AugmentationTests.applied(all, to: scenes[$0], draw: $0) }
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }
}

@Suite("Augmentation policy") struct AugmentationPolicyTests {
  static let names = (0..<200).map { "scene-\($0)" }

  private func policy(_ text: String) throws -> any AugmentationPolicy {
    try Policies.registry.make(Policies.registry.choice(.text(text)))
  }

  @Test("Appending a tenth makes N items 1.1 N, the plain ones first and each extra scene once")
  func append() throws {
    let items = try policy("append:0.1").items(seed: 1, epoch: 0, names: Self.names)
    #expect(items.count == 220)
    #expect(items.prefix(200).map(\.scene) == Array(0..<200) && items.prefix(200).allSatisfy { !$0.isAugmented })
    #expect(items.dropFirst(200).allSatisfy { $0.isAugmented && $0.copy == 0 })
    #expect(Set(items.dropFirst(200).map(\.scene)).count == 20)
    let many = try policy("append:2.5").items(seed: 1, epoch: 0, names: Array(Self.names.prefix(10)))
    #expect(many.count == 35)
    #expect(Set(many).count == 35, "copies of one scene are told apart")
    #expect(try policy("append:0.3").items(seed: 1, epoch: 0, names: []).isEmpty)
  }

  @Test("A probability keeps N items and augments about that share of them")
  func probability() throws {
    var augmented = 0
    for epoch in 0..<20 {
      let items = try policy("probability:0.3").items(seed: 1, epoch: epoch, names: Self.names)
      #expect(items.map(\.scene) == Array(0..<200))
      augmented += items.count { $0.isAugmented }
    }
    // 1200 expected of 4000, deviation 29.
    #expect(abs(augmented - 1200) < 120)
    for (probability, expected) in [(0.0, false), (1.0, true)] {
      let items = try policy("probability:\(probability)").items(seed: 1, epoch: 0, names: Self.names)
      #expect(items.allSatisfy { $0.isAugmented == expected })
    }
  }

  @Test(
    "The same seed and epoch choose the same items and pictures; others choose others",
    arguments: ["probability", "append:0.5"])
  func deterministic(name: String) throws {
    let policy = try self.policy(name)
    let items = policy.items(seed: 4, epoch: 2, names: Self.names)
    #expect(items == policy.items(seed: 4, epoch: 2, names: Self.names))
    #expect(items != policy.items(seed: 4, epoch: 3, names: Self.names))
    #expect(items != policy.items(seed: 5, epoch: 2, names: Self.names))
    let scene = try AugmentationTests.street()
    func drawn(_ epoch: Int) -> Scene {
      var random = items[0].stream(seed: 4, epoch: epoch, name: scene.name)
      return Rain().apply(to: scene, random: &random)
    }
    #expect(drawn(2) == drawn(2))
    #expect(drawn(2) != drawn(3))
  }

  @Test(
    "Shares out of bounds are errors",
    arguments: [
      "probability:-0.1", "probability:1.1", "probability:nan", "append:-1", "append:inf", "append:101", "often",
      "probability:0.5:2",
    ])
  func bounds(name: String) {
    #expect(throws: SettingError.self) { try policy(name) }
  }

  @Test("A policy is chosen by name, by name and value, or by a section")
  func choices() throws {
    let registry = Policies.registry
    #expect(try registry.choice(.text("probability:0.5")) == registry.choice(.text("probability")))
    #expect(
      try registry.choice(.section(["name": .text("append"), "share": .number(0.25)]))
        == registry.choice(.text("append:0.25")))
  }
}
