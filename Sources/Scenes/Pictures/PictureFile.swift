import Foundation
import Storage

/// Picture files of any format that is read, told apart by their first bytes, never by their names.
package enum PictureFile {
  /// How the names of picture files end, in lower case.
  package static let endings: Set<String> = ["png", "jpg", "jpeg"]

  /// Whether the name of `file` ends as picture files' names do, in upper or lower case.
  package static func isPicture(_ file: URL) -> Bool { endings.contains(file.pathExtension.lowercased()) }

  /// Reads a picture, upright, as 8-bit RGB.
  ///
  /// - Throws: `StorageError.unreadable`; `ScenesError.badPicture`, which names the format where it is another one.
  package static func picture(at file: URL) throws -> Picture {
    try picture(Files.read(file, limit: PNG.byteLimit), file: file.path)
  }

  /// The picture in the bytes of `file`.
  package static func picture(_ data: Data, file: String) throws -> Picture {
    switch try format(of: data, file) {
    case .png: try PNG.picture(data, file: file)
    case .jpeg: try JPEG.picture(data, file: file)
    }
  }

  /// The size that `picture(at:)` would have, by the header alone: what follows it may be damaged.
  ///
  /// - Throws: as `picture(at:)`.
  package static func size(at file: URL) throws -> PixelSize {
    try size(Files.read(file, limit: PNG.byteLimit), file: file.path)
  }

  /// The size that the picture in the bytes of `file` would have, by the header alone.
  package static func size(_ data: Data, file: String) throws -> PixelSize {
    switch try format(of: data, file) {
    case .png: try PNG.size(data, file: file)
    case .jpeg: try JPEG.size(data, file: file)
    }
  }

  /// The size of the picture in the bytes of `file`, which is whole: of PNG by the checksums of its parts, at a tenth of
  /// the time of decoding; JPEG has none and is decoded.
  ///
  /// - Throws: as `picture(at:)`.
  package static func verifiedSize(_ data: Data, file: String) throws -> PixelSize {
    switch try format(of: data, file) {
    case .png: return try PNG.verifiedSize(data, file: file)
    case .jpeg:
      let picture = try JPEG.picture(data, file: file)
      return PixelSize(width: picture.width, height: picture.height)
    }
  }

  private enum Format { case png, jpeg }

  private static func format(of data: Data, _ file: String) throws -> Format {
    if PNG.recognises(data) { return .png }
    if JPEG.recognises(data) { return .jpeg }
    guard !data.isEmpty else { throw ScenesError.badPicture(file: file, reason: "it is empty") }
    let other = name(of: data).map { "it is \($0); PNG and JPEG are read" }
    throw ScenesError.badPicture(file: file, reason: other ?? "it is neither a PNG nor a JPEG file")
  }

  /// What `data` is, by its first bytes, where that is something often taken for a picture to read.
  private static func name(of data: Data) -> String? {
    let start = [UInt8](data.prefix(64))
    func has(_ text: String, at offset: Int = 0) -> Bool { start.dropFirst(offset).starts(with: text.utf8) }
    if has("GIF8") { return "a GIF file" }
    if has("BM") { return "a BMP file" }
    if has("II*\0") || has("MM\0*") { return "a TIFF file" }
    if has("RIFF") && has("WEBP", at: 8) { return "a WebP file" }
    if has("ftypavif", at: 4) { return "an AVIF file" }
    if ["heic", "heix", "mif1"].contains(where: { has("ftyp\($0)", at: 4) }) { return "a HEIC file" }
    if has("jP  ", at: 4) { return "a JPEG 2000 file" }
    if has("%PDF") { return "a PDF file" }
    let text = String(decoding: start, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
    return text.hasPrefix("<!doctype html") || text.hasPrefix("<html") ? "an HTML page" : nil
  }
}
