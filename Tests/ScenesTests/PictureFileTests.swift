import Foundation
import Scenes
import Storage
import TestSupport
import Testing

@Suite("Picture files") struct PictureFileTests {
  private func fixture(_ name: String) throws -> URL {
    try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/\(name)")
  }

  @Test("PNG and JPEG are told apart by their bytes, whatever their names")
  func names() throws {
    let png = try fixture("jpeg_reading/baseline_420.png")
    let jpeg = try fixture("jpeg_reading/baseline_420.jpg")
    let expected = try PNG.picture(at: png)
    try withTemporaryFolder { folder in
      for (stored, name) in [(png, "a.jpg"), (png, "b"), (jpeg, "c.png"), (jpeg, "d.txt")] {
        let file = folder.appendingPathComponent(name)
        try FileManager.default.copyItem(at: stored, to: file)
        #expect(try PictureFile.picture(at: file) == expected, "\(name)")
      }
    }
  }

  @Test(
    "The size is that of the upright picture, and takes its header alone",
    arguments: ["png/rgb.png", "jpeg_reading/orientation_8.jpg"])
  func size(name: String) throws {
    let file = try fixture(name)
    let picture = try PictureFile.picture(at: file)
    let size = PixelSize(width: picture.width, height: picture.height)
    #expect(try PictureFile.size(at: file) == size)
    try withTemporaryFolder { folder in
      let cut = folder.appendingPathComponent("cut")
      try Data(contentsOf: file).dropLast(16).write(to: cut)
      #expect(throws: ScenesError.self) { try PictureFile.picture(at: cut) }
      #expect(try PictureFile.size(at: cut) == size)
    }
  }

  @Test(
    "Other files are refused, with the format's name where it is known",
    arguments: [
      ("", "it is empty"), ("GIF89a", "it is a GIF file; PNG and JPEG are read"),
      ("BM0000", "it is a BMP file; PNG and JPEG are read"), ("II*\0", "it is a TIFF file; PNG and JPEG are read"),
      ("MM\0*", "it is a TIFF file; PNG and JPEG are read"),
      ("RIFF0000WEBPVP8 ", "it is a WebP file; PNG and JPEG are read"),
      ("0000ftypavif", "it is an AVIF file; PNG and JPEG are read"),
      ("0000ftypheic", "it is a HEIC file; PNG and JPEG are read"),
      ("\0\0\0\u{0C}jP  ", "it is a JPEG 2000 file; PNG and JPEG are read"),
      ("%PDF-1.7", "it is a PDF file; PNG and JPEG are read"),
      ("\n <!DOCTYPE HTML><title>404", "it is an HTML page; PNG and JPEG are read"),
      ("<html>", "it is an HTML page; PNG and JPEG are read"), ("RIFF", "it is neither a PNG nor a JPEG file"),
      ("not a picture", "it is neither a PNG nor a JPEG file"),
    ])
  func others(text: String, reason: String) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("x.png")
      try Data(text.utf8).write(to: file)
      let expected = ScenesError.badPicture(file: file.path, reason: reason)
      #expect(throws: expected) { try PictureFile.picture(at: file) }
      #expect(throws: expected) { try PictureFile.size(at: file) }
    }
  }

  @Test("Names of picture files end in png, jpg or jpeg, in upper or lower case")
  func endings() {
    for (name, isPicture) in [
      ("a.png", true), ("a.JPG", true), ("a.b.Jpeg", true), ("a.gif", false), ("png", false), ("a.png.zip", false),
    ] {
      #expect(PictureFile.isPicture(URL(fileURLWithPath: "/pictures/\(name)")) == isPicture, "\(name)")
    }
  }

  @Test("A scene's picture may be a JPEG file, its labels are PNG")
  func scene() throws {
    let file = try fixture("jpeg_reading/orientation_6.jpg")
    let picture = try PictureFile.picture(at: file)
    try withTemporaryFolder { folder in
      let labels = folder.appendingPathComponent("labels.png")
      let map = LabelMap(width: 19, height: 27, labels: [UInt8](repeating: 7, count: 19 * 27))
      try PNG.write(map, to: labels)
      let table = try LabelTable(.cityscapes, .cityscapes8)
      func entry(_ labels: URL) -> SceneEntry {
        SceneEntry(
          name: "a", group: "b", source: .files(picture: file, labels: labels, instances: nil), labelTable: table)
      }
      let scene = try entry(labels).load()
      #expect(scene.picture == picture && scene.labels == map)
      #expect(throws: ScenesError.self) { try entry(file).load() }
    }
  }

  @Test("A JPEG file of labels is refused with the reason")
  func labels() throws {
    let file = try fixture("jpeg_reading/grey.jpg")
    let expected = ScenesError.badPicture(
      file: file.path,
      reason: "it is a JPEG file, whose compression changes values, so it can't hold labels; PNG can")
    #expect(throws: expected) { try PNG.labels(at: file) }
    #expect(throws: expected) { try PNG.instances(at: file) }
  }
}
