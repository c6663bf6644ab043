import Compute
import Foundation
import Scenes
import Settings
import Storage
import Streets
import TestSupport
import Testing

@Suite("Datasets") struct DatasetTests {
  private static func picture(_ width: Int = 8, _ height: Int = 4) -> Picture { Picture(width: width, height: height) }
  private static func labels(_ value: UInt8 = 7, _ width: Int = 8, _ height: Int = 4) -> LabelMap {
    LabelMap(width: width, height: height, labels: [UInt8](repeating: value, count: width * height))
  }

  /// A dataset in Cityscapes' layout below `root`.
  private static func makeCityscapes(_ root: URL, pictures: String = "leftImg8bit", truth: String = "gtFine") throws {
    for (split, cities) in [("train", ["aachen", "bremen", "ulm"]), ("val", ["lindau"])] {
      for (index, city) in cities.enumerated() {
        for frame in 0...index {
          let name = "\(city)_00000\(frame)_000019"
          try PNG.write(
            picture(), to: root.appendingPathComponent("\(pictures)/\(split)/\(city)/\(name)_leftImg8bit.png"))
          try PNG.write(
            labels(), to: root.appendingPathComponent("\(truth)/\(split)/\(city)/\(name)_gtFine_labelIds.png"))
        }
      }
    }
  }

  private static func makeCamVid(_ root: URL) throws {
    for (split, names) in [("train", ["s1_01", "s1_02", "s2_01", "s3_01"]), ("val", ["s9_01"])] {
      for name in names {
        try PNG.write(picture(), to: root.appendingPathComponent("\(split)/\(name).png"))
        try PNG.write(labels(3), to: root.appendingPathComponent("\(split)annot/\(name).png"))
      }
    }
  }

  @Test("Pictures that lie as Cityscapes' do are cited as theirs where the cities are, and else by their folder's name")
  func cited() throws {
    try withTemporaryFolder { folder in
      let root = folder.appendingPathComponent("streets")
      try Self.makeCityscapes(root)
      #expect(try Dataset.open(root, encoding: .text("cityscapes")).citation.hasPrefix("Cityscapes: Cordts"))
      for part in ["leftImg8bit", "gtFine"] {
        try FileManager.default.moveItem(
          at: root.appendingPathComponent("\(part)/train/ulm"), to: root.appendingPathComponent("\(part)/train/paris"))
      }
      for name in ["ulm_000000_000019", "ulm_000001_000019", "ulm_000002_000019"] {
        for file in [
          "leftImg8bit/train/paris/\(name)_leftImg8bit.png", "gtFine/train/paris/\(name)_gtFine_labelIds.png",
        ] {
          let moved = file.replacingOccurrences(of: "/ulm_", with: "/paris_")
          try FileManager.default.moveItem(
            at: root.appendingPathComponent(file), to: root.appendingPathComponent(moved))
        }
      }
      #expect(try Dataset.open(root, encoding: .text("cityscapes")).citation == "streets")
    }
  }

  @Test("Cityscapes is recognised, directly and with a folder around each zip's contents")
  func cityscapes() throws {
    for (pictures, truth) in [
      ("leftImg8bit", "gtFine"), ("leftImg8bit_trainvaltest/leftImg8bit", "gtFine_trainvaltest/gtFine"),
    ] {
      try withTemporaryFolder { root in
        try Self.makeCityscapes(root, pictures: pictures, truth: truth)
        let dataset = try Dataset.open(root, encoding: .text("cityscapes"))
        #expect(dataset.name == "cityscapes")
        #expect(try dataset.entries("train").map(\.group) == ["aachen", "bremen", "bremen", "ulm", "ulm", "ulm"])
        #expect(try dataset.entries("val")[0].load().name == "lindau_000000_000019")
        #expect(dataset.problems.isEmpty)
      }
    }
  }

  @Test("CamVid is recognised, its sequences are groups, its classes become categories")
  func camvid() throws {
    try withTemporaryFolder { root in
      try Self.makeCamVid(root)
      let dataset = try Dataset.open(root, encoding: .text("camvid"))
      #expect(dataset.name == "camvid")
      #expect(try dataset.entries("train").map(\.group) == ["s1", "s1", "s2", "s3"])
      #expect(Set(try dataset.entries("val")[0].load().classes) == [Category.flat.rawValue])
    }
  }

  @Test("A group never stands on both sides of the split, and val is the test")
  func split() throws {
    for root in ["synthetic"] {
      let dataset = Dataset.synthetic(seed: UInt64(root.count))
      let split = try DataSplit(dataset, training: 40, validation: 30, test: 20)
      #expect(split.training.count == 40 && split.validation.count == 30 && split.test.count == 20)
      #expect(Set(split.training.map(\.group)).isDisjoint(with: split.validation.map(\.group)))
      let test = Set(try dataset.entries("val").map(\.name))
      #expect(split.test.allSatisfy { test.contains($0.name) })
    }
    try withTemporaryFolder { root in
      try Self.makeCamVid(root)
      let split = try DataSplit(Dataset.open(root, encoding: .text("camvid")))
      #expect(Set(split.validation.map(\.group)).count == 1 && split.validation.count == 1)
      #expect(split.training.count + split.validation.count == 4)
    }
  }

  @Test(
    "Each part is the dataset's own where it has one, and else held out by whole groups, or the last frames of one",
    arguments: [
      (
        ["train": ["a1", "b1"], "val": ["c1"], "test": ["d1"]], "b1 a1|c1|d1", Division(validation: .val, test: .test)
      ),
      (["train": ["a1", "a2", "b1"], "val": ["c1"]], "a1 a2|b1|c1", Division()),
      (["train": ["a1", "a2", "b1"], "test": ["c1"]], "a1 a2|b1|c1", Division(validation: .groups, test: .test)),
      (["all": ["a1", "a2", "a3", "b1", "c1"]], "a1 a2 a3|c1|b1", Division(validation: .groups, test: .groups)),
    ])
  func origins(splits: [String: [String]], parts: String, division: Division) throws {
    let split = try DataSplit(Self.named(splits))
    let names = [split.training, split.validation, split.test].map { $0.map(\.name).sorted().joined(separator: " ") }
    #expect(names == parts.split(separator: "|").map { $0.split(separator: " ").sorted().joined(separator: " ") })
    #expect(split.division == division)
  }

  @Test("Groups on two sides are counted, and a single one gives its last frames")
  func leaks() throws {
    let shared = try DataSplit(Self.named(["train": ["a1", "b1"], "val": ["b2", "c1"], "test": ["a2", "d1", "d2"]]))
    #expect(shared.division.leaks.map(\.part) == [.validation, .test])
    #expect(shared.division.leaks.map(\.scenes) == [1, 1] && shared.division.leaks.map(\.total) == [2, 3])
    #expect(shared.division.leaks.map(\.groups) == [["b"], ["a"]])
    let single = try DataSplit(Self.named(["all": (1...9).map { "a\($0)" }]))
    #expect(single.division.validation == .frames && single.division.test == .frames)
    #expect(single.test.map(\.name) == ["a8", "a9"] && single.validation.map(\.name) == ["a6", "a7"])
  }

  /// A dataset of drawn scenes whose groups are the first letters of their names.
  private static func named(_ splits: [String: [String]]) -> Dataset {
    Dataset(
      name: "x", location: "x", labelTable: .cityscapes,
      splits: splits.mapValues { names in
        names.map { name in
          SceneEntry(
            name: name, group: String(name.prefix(1)),
            source: .drawn { _ in SyntheticStreet(seed: 0).scene(index: 0, width: 32, height: 16) },
            labelTable: .cityscapes)
        }
      }, citation: "")
  }

  @Test("Validation is the whole groups that come nearest to a quarter of the scenes")
  func quarter() throws {
    func entries(_ sizes: [String: Int]) -> [SceneEntry] {
      sizes.flatMap { group, size in
        (0..<size).map {
          SceneEntry(
            name: "\(group)_\($0)", group: group,
            source: .drawn { _ in SyntheticStreet(seed: 0).scene(index: 0, width: 32, height: 16) },
            labelTable: .cityscapes)
        }
      }
    }
    for (sizes, expected): ([String: Int], Set<String>) in [
      (["a": 62, "b": 101, "c": 204], ["b"]), (["a": 1, "b": 1], ["a"]),
      (["a": 5, "b": 10, "c": 45, "d": 60], ["a", "b"]),
    ] {
      let dataset = Dataset(
        name: "x", location: "x", labelTable: .cityscapes,
        splits: ["train": entries(sizes), "val": entries(["z": 1])], citation: "")
      #expect(Set(try DataSplit(dataset).validation.map(\.group)) == expected)
    }
  }

  @Test("Of a dataset of one city the last frames are held out, and that is said")
  func oneGroup() throws {
    try withTemporaryFolder { root in
      try Self.makeCityscapes(root)
      for city in ["aachen", "bremen"] {
        try FileManager.default.removeItem(at: root.appendingPathComponent("leftImg8bit/train/\(city)"))
      }
      let dataset = try Dataset.open(root, encoding: .text("cityscapes"))
      let split = try DataSplit(dataset)
      #expect(split.training.map(\.name) == ["ulm_000000_000019", "ulm_000001_000019"])
      #expect(split.validation.map(\.name) == ["ulm_000002_000019"])
      #expect(split.division.validation == .frames && split.division.leaks.map(\.part) == [.validation])
    }
  }

  @Test("A missing label file is a problem that names it")
  func missingLabels() throws {
    try withTemporaryFolder { root in
      try Self.makeCamVid(root)
      let labels = root.appendingPathComponent("trainannot/s2_01.png")
      try FileManager.default.removeItem(at: labels)
      let dataset = try Dataset.open(root, encoding: .text("camvid"))
      let picture = root.appendingPathComponent("train/s2_01.png")
      #expect(dataset.problems == [.missingLabels(picture: picture.path, expected: labels.path)])
      #expect(try dataset.entries("train").count == 3)
    }
  }

  @Test("Labels of another size, unknown labels and truncated files are errors that name the file")
  func badFiles() throws {
    try withTemporaryFolder { root in
      try Self.makeCamVid(root)
      let file = root.appendingPathComponent("valannot/s9_01.png")
      let entry = try Dataset.open(root, encoding: .text("camvid")).entries("val")[0]
      try PNG.write(Self.labels(3, 8, 5), to: file)
      #expect(throws: ScenesError.sizeMismatch(file: file.path, size: "8x5", expected: "8x4")) { try entry.load() }
      try PNG.write(Self.labels(200), to: file)
      let unknown = ScenesError.unknownLabel(
        file: file.path, label: "200", at: .init(x: 0, y: 0), encoding: "camvid",
        hint: "known are at most 11, and 255 for void")
      #expect(throws: unknown) { try entry.load() }
      try PNG.write(Picture(width: 8, height: 4, colour: RGB(1, 2, 3)), to: file)
      #expect(throws: ScenesError.self) { try entry.load() }
      let bytes = try Data(contentsOf: root.appendingPathComponent("val/s9_01.png"))
      try bytes.prefix(40).write(to: root.appendingPathComponent("val/s9_01.png"))
      #expect(throws: ScenesError.self) { try entry.load() }
    }
  }

  @Test("Folders that are no dataset are refused with what is known")
  func unknownLayouts() throws {
    try withTemporaryFolder { root in
      #expect(throws: ScenesError.self) { try Dataset.open(root, encoding: .text("camvid")) }
      #expect(throws: ScenesError.self) { try Dataset.open(root.appendingPathComponent("missing")) }
      try Files.makeFolder(root.appendingPathComponent("leftImg8bit/train/aachen"))
      #expect(
        throws: ScenesError.unknownLayout(folder: root.path, reason: "leftImg8bit is there, but gtFine is missing")
      ) {
        try Dataset.open(root, encoding: .text("camvid"))
      }
    }
  }

  @Test("Label tables give every known label one class, and unknown ones none")
  func labelTables() {
    let cityscapes = LabelTable.cityscapes
    #expect((0...33).allSatisfy { cityscapes.classes[$0] != nil })
    #expect((34...254).allSatisfy { cityscapes.classes[$0] == nil })
    #expect(cityscapes.classes[255] == Category.void.rawValue && cityscapes.ignored?[255] == true)
    #expect(cityscapes.ignored?.count { $0 } == 16)
    for (place, own) in cityscapes.classSet.classes.enumerated() {
      #expect(cityscapes.classes[Int(own.exportValue)] == UInt8(place))
      #expect(cityscapes.ignored?[Int(own.exportValue)] == (place == Category.void.place))
    }
    #expect((0...11).allSatisfy { LabelTable.camvid.classes[$0] != nil } && LabelTable.camvid.classes[12] == nil)
  }

  @Test("Links that lead round in circles end, and what they hide is named")
  func links() throws {
    try withTemporaryFolder { root in
      try Self.makeCamVid(root)
      let manager = FileManager.default
      try manager.createSymbolicLink(at: root.appendingPathComponent("train/again"), withDestinationURL: root)
      let (loop, labels) = (root.appendingPathComponent("train/s1_09.png"), "trainannot/s1_09.png")
      try manager.createSymbolicLink(atPath: loop.path, withDestinationPath: loop.path)
      try PNG.write(Self.labels(3), to: root.appendingPathComponent(labels))
      let entries = try Dataset.open(root, encoding: .text("camvid")).entries("train")
      #expect(entries.count == 5)
      let bad = try #require(entries.first { $0.name == "s1_09" })
      #expect(throws: StorageError.unreadable(file: loop.path, reason: "Too many levels of symbolic links")) {
        try bad.load()
      }
    }
  }

  @Test("Scenes of two splits that have the same name are different scenes to a loader")
  func sameNames() throws {
    try withTemporaryFolder { root in
      for (split, value) in [("train", UInt8(1)), ("val", 2)] {
        try PNG.write(Self.picture(), to: root.appendingPathComponent("\(split)/0001.png"))
        try PNG.write(Self.labels(value), to: root.appendingPathComponent("\(split)annot/0001.png"))
      }
      let dataset = try Dataset.open(root, encoding: .text("camvid"))
      let loader = SceneLoader(size: nil)
      for (split, value) in [("train", UInt8(1)), ("val", 2)] {
        #expect(try loader.scene(dataset.entries(split)[0]).labels.labels.first == value)
      }
    }
  }

  @Test("A loader that may keep nothing loads the same scenes as one that keeps all")
  func loader() throws {
    let entries = try Dataset.synthetic(seed: 3).entries("val").prefix(3)
    let size = PixelSize(width: 64, height: 32)
    let (keeping, forgetting) = (SceneLoader(size: size), SceneLoader(size: size, limit: 0))
    for entry in entries {
      let scene = try keeping.scene(entry)
      #expect(try keeping.scene(entry) == scene)
      #expect(try forgetting.scene(entry) == scene)
    }
  }
}
