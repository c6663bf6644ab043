import Foundation
import Harness
import Storage
import TestSupport
import Testing

/// Which pictures are predicted, and under which names what is made of them lies.
@Suite("Pictures to predict") struct PictureSelectionTests {
  /// The names of what is found where `files` lie in a folder and `arguments` are given.
  private func names(_ files: [String], _ arguments: [String], out: String = "out") throws -> [String] {
    try withTemporaryFolder { folder in
      for file in files { try Files.write("", to: folder.appendingPathComponent(file)) }
      let selection = try PictureSelection(
        arguments.map { folder.appendingPathComponent($0) }, out: folder.appendingPathComponent(out))
      #expect(Set(selection.items.map(\.name)).count == selection.items.count)
      return selection.items.map(\.name)
    }
  }

  @Test("A folder is walked, with its tree kept and what is hidden left out")
  func folder() throws {
    let files = ["in/b.png", "in/lyon/a.JPG", "in/lyon/deep/a.jpeg", "in/.git/c.png", "in/.c.png", "d.png"]
    #expect(try names(files, ["in"]) == ["b", "lyon/a", "lyon/deep/a"])
    #expect(try names(files, ["in", "d.png"]) == ["b", "lyon/a", "lyon/deep/a", "d"])
    #expect(try names(files, ["in/lyon/"]) == ["a", "deep/a"])
  }

  @Test("Pictures of one name get as many folders before it as tell them apart")
  func sameName() throws {
    #expect(try names(["pa/img.png", "pb/img.png"], ["pa/img.png", "pb/img.png"]) == ["pa/img", "pb/img"])
    let deep = ["a/x/img.png", "b/x/img.png", "c.png"]
    #expect(try names(deep, deep) == ["a/x/img", "b/x/img", "c"])
    #expect(try names(["pa/x/1.png", "pa/2.png", "pb/x/1.png"], ["pa", "pb"]) == ["pa/2", "pa/x/1", "pb/x/1"])
  }

  @Test("Pictures of one folder that differ in their endings keep those")
  func sameStem() throws {
    #expect(try names(["img.jpg", "img.png"], ["img.jpg", "img.png"]) == ["img.jpg", "img.png"])
    let files = ["in/img.jpg", "in/img.png", "in/other.png", "in2/img.png"]
    #expect(try names(files, ["in"]) == ["img.jpg", "img.png", "other"])
    #expect(try names(files, ["in", "in2"]) == ["in/img.jpg", "in/img.png", "in/other", "in2/img"])
    #expect(
      try names(["img.png", "img.jpg", "img.png.png"], ["img.png", "img.jpg", "img.png.png"])
        == ["img.png", "img.jpg", "img.png.png"])
  }

  @Test("A file that is given twice is predicted once, also by another path")
  func twice() throws {
    #expect(try names(["in/a.png", "in/b.png"], ["in/a.png", "in/a.png", "in/../in/a.png", "in"]) == ["a", "b"])
    try withTemporaryFolder { folder in
      try Files.write("", to: folder.appendingPathComponent("in/a.png"))
      let link = folder.appendingPathComponent("link")
      try FileManager.default.createSymbolicLink(
        at: link, withDestinationURL: folder.appendingPathComponent("in"))
      let given = [link, folder.appendingPathComponent("in")]
      #expect(try PictureSelection(given, out: folder.appendingPathComponent("out")).items.map(\.name) == ["a"])
    }
  }

  @Test("What lies in the folder of outputs is not predicted again")
  func outputs() throws {
    #expect(try names(["in/a.png", "in/out/a_mask.png"], ["in"], out: "in/out") == ["a"])
  }

  @Test("Files of a folder that are no pictures are counted by their endings")
  func unused() throws {
    try withTemporaryFolder { folder in
      for name in ["a.png", "1.txt", "2.TXT", "sub/3.txt", "b.tif", "notes"] {
        try Files.write("", to: folder.appendingPathComponent("in/\(name)"))
      }
      let out = folder.appendingPathComponent("out")
      let selection = try PictureSelection([folder.appendingPathComponent("in")], out: out)
      #expect(selection.unusedText == "3 .txt, 1 without ending, 1 .tif")
      // A file that is named is tried, whatever its ending.
      #expect(try PictureSelection([folder.appendingPathComponent("in/b.tif")], out: out).items.map(\.name) == ["b"])
    }
  }

  @Test("What isn't there, and a folder without pictures, is refused")
  func refused() throws {
    #expect(throws: StorageError.self) { try names(["a.png"], ["a.png", "b.png"]) }
    #expect(throws: HarnessError.self) { try names(["in/a.txt"], ["in"]) }
  }
}
