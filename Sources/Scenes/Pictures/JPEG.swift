import CJPEG
import Foundation

/// JPEG files, read whole through libjpeg-turbo.
package enum JPEG {
  /// What every JPEG file starts with: its first marker, and the first byte of its second.
  private static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]
  /// How many pixels a byte of a file holds at most: 64 of a block whose mean takes one bit, as it may in a progressive
  /// file (ITU-T T.81, annexes F and G). Arithmetic coding has no such bound, but no picture that isn't blank exceeds it.
  private static let density = 512

  /// Whether `data` starts as a JPEG file does.
  package static func recognises(_ data: Data) -> Bool { data.starts(with: signature) }

  /// The picture in the bytes of `file`, turned upright as its Exif segment says: baseline, progressive or arithmetic,
  /// grey or colour of 8 bits, with libjpeg's default values (accurate integer transform, smooth upsampling).
  ///
  /// Sides are at most 65,500, pixels 2^26. Beside the file this takes three bytes a pixel, three more while it is
  /// turned, six more while a progressive file is decoded; a file of fewer than one byte for 512 pixels is refused.
  ///
  /// - Throws: `ScenesError.badPicture`; also for CMYK and YCCK, for 12 bits, for more than 100 scans, and for whatever
  ///   libjpeg warns of, such as data cut short.
  package static func picture(_ data: Data, file: String) throws -> Picture {
    let (size, orientation) = try header(data, file)
    var pixels = [UInt8](repeating: 0, count: size.area * 3)
    try decode(data, file) { jpeg_shim_rgb($0, $1, &$2, &pixels, pixels.count) }
    return Picture(width: size.width, height: size.height, pixels: pixels).upright(from: orientation)
  }

  /// The size of the upright picture in the bytes of `file`, by its header alone.
  ///
  /// - Throws: as `picture(_:file:)`.
  package static func size(_ data: Data, file: String) throws -> PixelSize {
    let (size, orientation) = try header(data, file)
    return orientation.upright(size)
  }

  /// The size as stored, which is neither over the limit nor more than so many bytes can hold, and how to turn it.
  private static func header(_ data: Data, _ file: String) throws -> (PixelSize, Orientation) {
    let info = try decode(data, file) { jpeg_shim_header($0, $1, &$2) }
    let size = PixelSize(width: Int(info.width), height: Int(info.height))
    guard size.area <= PNG.pixelLimit else {
      throw ScenesError.badPicture(file: file, reason: "it has \(size) pixels, the limit is \(PNG.pixelLimit) in all")
    }
    guard size.area / density <= data.count else {
      throw ScenesError.badPicture(
        file: file, reason: "\(data.count) bytes can't hold the \(size) pixels of its header")
    }
    return (size, Orientation(exif: data.dropFirst(info.exif_offset).prefix(info.exif_length)) ?? .upright)
  }

  @discardableResult
  private static func decode(
    _ data: Data, _ file: String, _ body: (UnsafePointer<UInt8>?, Int, inout jpeg_shim_info) -> Int32
  ) throws -> jpeg_shim_info {
    var info = jpeg_shim_info()
    let succeeded = data.withUnsafeBytes {
      body($0.bindMemory(to: UInt8.self).baseAddress, $0.count, &info)
    }
    guard succeeded == 1 else {
      let reason = withUnsafeBytes(of: info.error) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      throw ScenesError.badPicture(file: file, reason: reason)
    }
    return info
  }
}
