import Foundation
import Scenes
import Settings
import Streets
import TestSupport
import Testing

/// What becomes of scenes of one drive: they are near copies of each other.
@Suite("Drives") struct DriveTests {
  /// A dataset of drawn scenes, whose drives are what stands before the first `_` of their names.
  private static func dataset(_ splits: [String: [String]]) -> Dataset {
    Dataset(
      name: "x", location: "here", labelTable: .cityscapes,
      splits: splits.mapValues { names in
        names.map { name in
          SceneEntry(
            name: name, group: String(name.prefix { $0 != "_" }),
            source: .drawn { _ in SyntheticStreet(seed: 0).scene(index: 0, width: 32, height: 16) },
            labelTable: .cityscapes)
        }
      }, citation: "")
  }

  private static func frames(_ drive: String, _ numbers: ClosedRange<Int>) -> [String] {
    numbers.map { "\(drive)_\($0 + 100)" }
  }

  /// A folder in CamVid's layout: `a` is trained on and tested, `c` trained on and chosen by.
  private static func makeCamVid(_ root: URL, validation: String = "c") throws {
    for (split, names) in [
      "train": frames("a", 1...4) + frames("b", 1...3) + frames("c", 1...2), "val": frames(validation, 5...6),
      "test": frames("a", 5...7) + frames("d", 1...2),
    ] {
      for name in names {
        try PNG.write(Picture(width: 8, height: 4), to: root.appendingPathComponent("\(split)/\(name).png"))
        try PNG.write(
          LabelMap(width: 8, height: 4, labels: [UInt8](repeating: 3, count: 32)),
          to: root.appendingPathComponent("\(split)annot/\(name).png"))
      }
    }
  }

  @Test(
    "With unseen no drive of the test is trained on, limits count what is left, and it is told how many were left out")
  func unseen() throws {
    try withTemporaryFolder { root in
      try Self.makeCamVid(root)
      let dataset = try Dataset.open(root, encoding: .text("camvid"))
      let seen = try DataSplit(dataset)
      #expect(seen.training.count == 9 && seen.division.leaks.map(\.part) == [.validation, .test])
      #expect(seen.division.leftOut == nil)
      let texts = seen.warnings.map(\.text)
      #expect(
        texts.allSatisfy { $0.contains("data.fold") } && texts.map { $0.contains("data.unseen") } == [false, true])

      let unseen = try DataSplit(dataset, unseen: true)
      #expect(Set(unseen.training.map(\.group)) == ["b", "c"] && unseen.training.count == 5)
      #expect(unseen.test.map(\.name) == seen.test.map(\.name))
      #expect(unseen.division.leftOut == Division.LeftOut(training: 4, validation: 0, groups: ["a"]))
      // A drive that is chosen by and trained on stays a warning.
      #expect(unseen.division.leaks.map(\.part) == [.validation])
      #expect(try DataSplit(dataset, unseen: true, training: 5).training.count == 5)
      #expect(try DataSplit(dataset, unseen: true, training: 2).training.map(\.group) == ["b", "b"])
    }
  }

  @Test("Where unseen leaves a part without scenes, it is refused with the drives and what to do")
  func noneUnseen() throws {
    try withTemporaryFolder { root in
      try Self.makeCamVid(root, validation: "a")
      let dataset = try Dataset.open(root, encoding: .text("camvid"))
      #expect(throws: ScenesError.noneUnseen(folder: root.path, part: "validation", drives: ["a"])) {
        try DataSplit(dataset, unseen: true)
      }
    }
    let single = Self.dataset(["all": Self.frames("a", 1...9)])
    let error = #expect(throws: ScenesError.self) { try DataSplit(single, unseen: true) }
    for part in ["(a)", "data.fold", "data.unseen: false"] { #expect("\(String(describing: error))".contains(part)) }
    // Validation is held out of what is trained on, so one scene isn't enough.
    let scarce = Self.dataset(["train": ["a_1", "a_2", "b_1"], "val": ["a_3"]])
    #expect(throws: ScenesError.noneUnseen(folder: "here", part: "training", drives: ["a"])) {
      try DataSplit(scarce, unseen: true)
    }
  }

  @Test("A remedy is named where it would help")
  func remedies() throws {
    for (splits, remedies) in [
      (["train": ["a_1", "b_1"], "val": ["a_2"]], ["data.unseen"]), (["train": ["a_1"], "val": ["a_2", "b_1"]], []),
      (["train": ["a_1"], "val": ["a_2", "b_1", "c_1"]], ["data.fold"]), (["all": ["a_1", "a_2", "a_3"]], []),
    ] as [([String: [String]], [String])] {
      let split = try DataSplit(Self.dataset(splits.merging(["test": splits["val"] ?? []]) { first, _ in first }))
      let text = try #require(split.warnings.first { $0.part == .test }).text
      #expect(["data.unseen", "data.fold"].filter { text.contains($0) } == remedies, "\(text)")
    }
  }

  @Test("Where no drive is shared, unseen changes nothing")
  func nothingShared() throws {
    let dataset = Self.dataset(["train": ["a_1", "a_2", "b_1"], "val": ["c_1"]])
    let (plain, unseen) = (try DataSplit(dataset), try DataSplit(dataset, unseen: true))
    #expect(plain.training.map(\.name) == unseen.training.map(\.name) && plain.division == unseen.division)
  }

  @Test("Over the folds every scene is tested once and chosen by once, and no drive ever stands on two sides")
  func partition() throws {
    let sizes = ["a": 30, "b": 17, "c": 12, "d": 10, "e": 3, "f": 2, "g": 1]
    let names = sizes.sorted { $0.key < $1.key }.map { Self.frames($0.key, 1...$0.value) }
    let dataset = Self.dataset([
      "train": names[0] + names[1] + names[3], "val": names[2] + names[6], "test": names[4] + names[5],
    ])
    let all = names.joined().sorted()
    for count in 3...7 {
      let folds = try Folds(dataset, count: count)
      let splits = try (0..<count).map { try folds.split($0) }
      #expect(splits.flatMap { $0.test.map(\.name) }.sorted() == all)
      #expect(splits.flatMap { $0.validation.map(\.name) }.sorted() == all)
      for (fold, split) in splits.enumerated() {
        let groups = [split.training, split.validation, split.test].map { Set($0.map(\.group)) }
        #expect(groups[0].isDisjoint(with: groups[1].union(groups[2])) && groups[1].isDisjoint(with: groups[2]))
        #expect(split.training.count + split.validation.count + split.test.count == all.count)
        #expect(split.validation.map(\.name) == splits[(fold + 1) % count].test.map(\.name))
        #expect(split.division == Division(validation: .groups, test: .groups, folds: count))
      }
    }
    // The largest drive can't be divided, the others make folds of about equal size.
    #expect(try Folds(dataset, count: 3).parts.map(\.count) == [30, 23, 22])
    #expect(try Folds(dataset).parts.count == 5)
    #expect(try Folds(Self.dataset(["all": ["a_1", "b_1", "c_1", "d_1"]])).parts.count == 4)
  }

  @Test("Folds depend on the drives alone, not on the order or the splits in which scenes were found")
  func determined() throws {
    let names = Self.frames("a", 1...3) + Self.frames("b", 1...3) + Self.frames("c", 1...3) + Self.frames("d", 1...2)
    func parts(_ splits: [String: [String]]) throws -> [[String]] {
      try Folds(Self.dataset(splits), count: 3).parts.map { $0.map(\.name) }
    }
    let expected = try parts(["all": names])
    #expect(expected.map { Set($0.map { String($0.prefix(1)) }) } == [["a", "d"], ["b"], ["c"]])
    #expect(try parts(["all": names.reversed()]) == expected)
    #expect(try parts(["test": Array(names.prefix(5)), "train": Array(names.suffix(6).reversed())]) == expected)
  }

  @Test("Scenes of two splits that share a name are two scenes of the folds")
  func sharedNames() throws {
    let dataset = Self.dataset(["train": ["a_1", "b_1"], "val": ["a_1", "c_1"], "test": ["train/a_1", "d_1"]])
    let names = try Folds(dataset, count: 3).parts.flatMap { $0.map(\.name) }
    #expect(names.count == 6 && Set(names).count == 6)
    let common = Self.dataset(["train": ["a_1", "b_1"], "val": ["a_1", "c_1"]])
    let short = try Folds(common, count: 3).parts.flatMap { $0.map(\.name) }
    #expect(short.sorted() == ["b_1", "c_1", "train/a_1", "val/a_1"])
  }

  @Test("Limits take scenes of a fold evenly spaced, and smaller ones are part of their multiples")
  func limits() throws {
    let dataset = Self.dataset(["all": ["a", "b", "c", "d"].flatMap { Self.frames($0, 1...37) }])
    let folds = try Folds(dataset)
    let sizes = [5, 10, 20, 40].map { size in
      Result { Set(try folds.split(1, training: size, validation: 3, test: 2).training.map(\.name)) }
    }
    let sets = try sizes.map { try $0.get() }
    #expect(sets.map(\.count) == [5, 10, 20, 40] && zip(sets, sets.dropFirst()).allSatisfy { $0.isSubset(of: $1) })
    let split = try folds.split(1, training: 5, validation: 3, test: 2)
    #expect(split.validation.count == 3 && split.test.count == 2)
  }

  @Test(
    "Folds that can't be made are refused with the numbers",
    arguments: [
      (["a_1", "b_1"], nil, 0, "has 2 (a, b)"), (["a_1", "b_1", "c_1"], 4, 0, "has 3 (a, b, c)"),
      (["a_1", "b_1", "c_1"], 2, 0, "3 or more"), (["a_1", "b_1", "c_1"], 3, 3, "0 to 2: the 3 drives of here make 3"),
      (["a_1", "b_1", "c_1"], nil, -1, "0 to 2"),
    ] as [([String], Int?, Int, String)])
  func refused(names: [String], count: Int?, fold: Int, message: String) throws {
    let error = #expect(throws: SettingError.self) {
      try Folds(Self.dataset(["all": names]), count: count).split(fold)
    }
    #expect("\(String(describing: error))".contains("data.fold") && "\(String(describing: error))".contains(message))
  }

  @Test("Each fold is told with its scenes and drives")
  func lines() throws {
    let dataset = Self.dataset(["train": ["a_1", "a_2", "b_1", "c_1"], "val": ["d_1"]])
    #expect(
      try Folds(dataset, count: 3).lines == [
        "fold 0: 2 scenes of 1 drive (a)", "fold 1: 2 scenes of 2 drives (b, d)", "fold 2: 1 scene of 1 drive (c)",
      ])
  }

  @Test("Pictures are frames of a video unless a layout, the data's owner, or drives of one picture each say otherwise")
  func order() throws {
    #expect(Dataset.synthetic(seed: 0).order == .independent)
    #expect(Self.dataset(["train": ["a_1", "b_1"], "val": ["c_1"]]).order == .places)
    #expect(Self.dataset(["train": ["a_1", "b_1"], "val": ["b_2"]]).order == .video)
    try withTemporaryFolder { root in
      try Self.makeCamVid(root)
      #expect(try Dataset.open(root, encoding: .text("camvid")).order == .video)
      for order in PictureOrder.allCases {
        try Data("order: \(order.rawValue)".utf8).write(to: root.appendingPathComponent("dataset.yaml"))
        #expect(try Dataset.open(root, encoding: .text("camvid")).order == order)
      }
      try Data("order: place".utf8).write(to: root.appendingPathComponent("dataset.yaml"))
      let error = #expect(throws: ScenesError.self) { try Dataset.open(root, encoding: .text("camvid")) }
      #expect("\(String(describing: error))".contains("did you mean 'places'"))
    }
    try withTemporaryFolder { root in
      for frame in 0..<2 {
        let name = "train/ulm/ulm_00000\(frame)_000019"
        try PNG.write(
          Picture(width: 8, height: 4), to: root.appendingPathComponent("leftImg8bit/\(name)_leftImg8bit.png"))
        try PNG.write(
          LabelMap(width: 8, height: 4, labels: [UInt8](repeating: 7, count: 32)),
          to: root.appendingPathComponent("gtFine/\(name)_gtFine_labelIds.png"))
      }
      #expect(try Dataset.open(root, encoding: .text("cityscapes")).order == .places)
    }
  }
}
