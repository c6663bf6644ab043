import Foundation
import Harness
import Scenes
import Settings
import Storage
import TestSupport
import Testing

/// Which file of a folder is scored with which scene, and what is said of those that can't be.
@Suite("Files of predictions") struct SceneFilesTests {
  /// The files of `paths` that are paired with scenes, as paths, and those that belong to none.
  private func pair(
    _ paths: [String], with scenes: [String], among all: [String] = []
  ) throws -> (files: [String], others: [String]) {
    try withTemporaryFolder { folder in
      for path in paths { try Files.write("", to: folder.appendingPathComponent(path)) }
      let paired = try SceneFiles(.prediction, in: folder, of: scenes, among: all)
      return (paired.files.map { String($0.path.dropFirst(folder.path.count + 1)) }, paired.others)
    }
  }

  /// What is said where the files of `paths` can't be paired.
  private func refusal(_ paths: [String], of scenes: [String], among all: [String] = []) throws -> String {
    do {
      let files = try pair(paths, with: scenes, among: all).files
      Issue.record("\(files) were taken")
      return ""
    } catch let error as HarnessError {
      #expect(ExitStatus(error) == .badData)
      return error.description
    }
  }

  @Test(
    "A file belongs to the scene with the longest name that it starts with",
    arguments: [["street", "street_2"], ["street_2", "street"]])
  func longestName(scenes: [String]) throws {
    for (first, second) in [("street.png", "street_2.png"), ("street_pred.png", "street_2_pred.PNG")] {
      let paired = try pair([second, first], with: scenes)
      #expect(paired.files == (scenes[0] == "street" ? [first, second] : [second, first]))
    }
  }

  @Test("A name ends where neither a letter nor a digit follows")
  func boundary() throws {
    #expect(try pair(["v_1.png", "v_10.png", "v_1x.png"], with: ["v_1"]).files == ["v_1.png"])
    #expect(try pair(["v_1.png", "v_10.png", "v_1x.png"], with: ["v_1"]).others == ["v_10.png", "v_1x.png"])
    #expect(try pair(["v_1-new.png"], with: ["v_1"]).files == ["v_1-new.png"])
  }

  @Test("What belongs to a scene of another split is not taken for a scene with a shorter name")
  func otherSplit() throws {
    let files = ["street_2_labelIds.png", "street_labelIds.png"]
    let paired = try pair(files, with: ["street"], among: ["street", "street_2"])
    #expect(paired.files == ["street_labelIds.png"] && paired.others.isEmpty)
    let text = try refusal(["street_2.png"], of: ["street"], among: ["street_2"])
    #expect(text.contains("no prediction for street"))
  }

  @Test("Hidden files and folders are left out")
  func hidden() throws {
    let files = [".ipynb_checkpoints/v_1.png", "._v_1.png", "sub/.hidden/v_1.png", "sub/v_1.png"]
    let paired = try pair(files, with: ["v_1"])
    #expect(paired.files == ["sub/v_1.png"] && paired.others.isEmpty)
    #expect(try refusal([".trash/v_1.png"], of: ["v_1"]).contains("no PNG files"))
  }

  @Test("Of several files the only one of exported values is taken, else the one with just the scene's name")
  func several() throws {
    let cityscapes = ["color", "instanceIds", "labelIds"].map { "lindau/lindau_0_gtFine_\($0).png" }
    #expect(try pair(cityscapes, with: ["lindau_0"]).files == ["lindau/lindau_0_gtFine_labelIds.png"])
    let own = ["mask", "labelIds", "overlay"].map { "v_1_\($0).png" }
    #expect(try pair(own + ["v_1.png"], with: ["v_1"]).files == ["v_1_labelIds.png"])
    #expect(try pair(["v_1_mask.png", "v_1.png"], with: ["v_1"]).files == ["v_1.png"])
  }

  @Test(
    "Where several files could be the prediction all are listed",
    arguments: [
      ["v_1_a.png", "v_1_b.png"], ["a/v_1_labelIds.png", "b/v_1_labelIds.png"], ["a/v_1.png", "b/v_1.png"],
    ])
  func undecided(files: [String]) throws {
    let text = try refusal(files, of: ["v_1"])
    #expect(text.contains("several files for v_1") && text.contains(files.joined(separator: ", ")))
  }

  @Test("A scene in a sub-folder is paired with the file whose path ends as its name does")
  func folders() throws {
    let scenes = ["lyon/frame_000001", "paris/frame_000001", "other"]
    let files = ["val/lyon/frame_000001_pred.png", "paris/frame_000001.png", "val/deep/other.png"]
    #expect(try pair(files, with: scenes).files == files)
    // Of another folder, which no scene lies in.
    #expect(try pair(files + ["nice/frame_000001.png"], with: scenes).others == ["nice/frame_000001.png"])
  }

  @Test("A file that could be of scenes of several folders is refused")
  func ambiguous() throws {
    let scenes = ["lyon/frame_000001", "paris/frame_000001"]
    let text = try refusal(["frame_000001.png", "paris/frame_000001.png"], of: scenes)
    #expect(text.contains("frame_000001.png could be of lyon/frame_000001 or of paris/frame_000001"))
  }

  @Test("A scene without prediction is named, with the files that are named nearly so")
  func missing() throws {
    let text = try refusal(["v_O1_labelIds.png", "w.png", "u_1.png"], of: ["u_1", "v_01", "v_02"])
    #expect(text.contains("no prediction for v_01 and 1 other scenes; near to v_01 is v_O1_labelIds.png"))
    #expect(try refusal(["elsewhere.png"], of: ["v_01"]).hasSuffix("no prediction for v_01"))
  }

  // MARK: Values and sizes

  /// Scores the label PNG `labels`, of the only scene of a dataset of road of 4x4 pixels.
  private func score(_ labels: LabelMap, size: PixelSize? = nil, resize: Bool = false) throws -> Scores {
    try withTemporaryFolder { folder in
      let road = LabelMap(width: 4, height: 4, labels: [UInt8](repeating: 3, count: 16))
      for split in ["train", "val"] {
        try PNG.write(Picture(width: 4, height: 4), to: folder.appendingPathComponent("data/\(split)/v_1.png"))
        try PNG.write(road, to: folder.appendingPathComponent("data/\(split)annot/v_1.png"))
      }
      try PNG.write(labels, to: folder.appendingPathComponent("predictions/v_1.png"))
      return try Evaluation.scores(
        of: .predictions(folder.appendingPathComponent("predictions"), size: size, resize: resize),
        data: folder.appendingPathComponent("data").path, split: "val", encoding: .text("camvid"), under: nil,
        progress: ProgressReporter(.quiet))
    }
  }

  @Test("Predictions of another size are refused, and brought to the truth's by nearest neighbour where asked for")
  func sizes() throws {
    // Road on the left, sky on the right.
    let small = LabelMap(width: 2, height: 2, labels: [7, 23, 7, 23])
    #expect(throws: HarnessError.self) { try score(small) }
    do {
      _ = try score(small)
    } catch {
      #expect("\(error)".contains("is 2x2, but the truth is 4x4") && "\(error)".contains("--resize"))
    }
    #expect(try score(small, resize: true).accuracy == 0.5)
    #expect(try score(small, size: PixelSize(width: 2, height: 2)).accuracy == 0.5)
    let wide = LabelMap(width: 8, height: 2, labels: [UInt8](repeating: 7, count: 16))
    #expect(try score(wide, size: PixelSize(width: 2, height: 4), resize: true).accuracy == 1)
  }

  @Test("A value that stands for no class is told with its pixel and the nearest that do")
  func unknownValue() throws {
    var labels = LabelMap(width: 4, height: 4, labels: [UInt8](repeating: 7, count: 16))
    labels[2, 1] = 99
    do {
      _ = try score(labels)
      Issue.record("99 was taken")
    } catch {
      #expect("\(error)".contains("label 99 at pixel (2, 1)"))
      #expect("\(error)".hasSuffix("the nearest that do are 33 (vehicle) and 255 (void)"), "\(error)")
    }
  }
}
