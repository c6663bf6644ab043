import CPNG
import Compute
import Foundation
import Storage

/// PNG files, read and written whole through libpng.
///
/// Pictures become 8-bit RGB whatever their mode; label files keep their raw values, untouched by gamma or palette.
package enum PNG {
  /// The largest picture that is read, in pixels; checked in the header before memory is taken.
  package static let pixelLimit = 1 << 26
  /// The largest file that is read, in bytes: four for each pixel of the largest picture.
  package static let byteLimit = 4 * pixelLimit
  /// How many bytes deflate makes of one at most (RFC 1951: a match of 258 bytes takes two bits).
  private static let inflation = 1032
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Whether `data` starts as a PNG file does.
  package static func recognises(_ data: Data) -> Bool { data.starts(with: signature) }

  /// Reads a picture of any PNG mode: grey, RGB, RGBA (alpha is dropped), palette, 1 to 16 bits, interlaced or not.
  ///
  /// Sides are at most 65,536, pixels 2^26, and the file 2^28 bytes; beside the file this takes at most three bytes a
  /// pixel, and no more than 1032 times the file's size for each.
  ///
  /// - Throws: `StorageError.unreadable`, `ScenesError.badPicture`.
  package static func picture(at file: URL) throws -> Picture {
    try picture(Files.read(file, limit: byteLimit), file: file.path)
  }

  /// The picture in the bytes of `file`.
  package static func picture(_ data: Data, file: String) throws -> Picture {
    let size = try size(data, file: file)
    var pixels = [UInt8](repeating: 0, count: size.area * 3)
    try decode(data, file) { png_shim_rgb($0, $1, &$2, &pixels, pixels.count) }
    return Picture(width: size.width, height: size.height, pixels: pixels)
  }

  /// The size of the picture in the bytes of `file`, by its header alone: neither over the limit nor more than so many
  /// bytes can hold.
  ///
  /// - Throws: `ScenesError.badPicture`.
  package static func size(_ data: Data, file: String) throws -> PixelSize {
    let info = try decode(data, file) { png_shim_header($0, $1, &$2) }
    let size = PixelSize(width: Int(info.width), height: Int(info.height))
    guard size.area <= pixelLimit else {
      throw ScenesError.badPicture(file: file, reason: "it has \(size) pixels, the limit is \(pixelLimit) in all")
    }
    guard Int(info.row_bytes) * size.height / inflation <= data.count else {
      throw ScenesError.badPicture(
        file: file, reason: "\(data.count) bytes can't hold the \(size) pixels of its header")
    }
    return size
  }

  /// The size of the picture in the bytes of `file`, which is whole by the checksums of its parts; pixels aren't unpacked.
  ///
  /// - Throws: `ScenesError.badPicture`.
  static func verifiedSize(_ data: Data, file: String) throws -> PixelSize {
    try decode(data, file) { png_shim_verify($0, $1, &$2) }
    return try size(data, file: file)
  }

  /// Reads the raw values of a grey or palette file as labels.
  ///
  /// - Throws: as `picture(at:)`; also for colour files, for values above 255, and for JPEG files, with the reason.
  package static func labels(at file: URL) throws -> LabelMap {
    try labels(Files.read(file, limit: byteLimit), file: file.path)
  }

  /// The labels in the bytes of `file`.
  package static func labels(_ data: Data, file: String) throws -> LabelMap {
    if let labels = try smallLabels(data, file: file) { return labels }
    let (values, width, height) = try indices(data, file)
    var labels = [UInt8](repeating: 0, count: width * height)
    for (index, value) in values.enumerated() {
      guard let label = UInt8(exactly: value) else {
        throw ScenesError.unknownLabel(
          file: file, label: "\(value)", at: ScenesError.Place(x: index % width, y: index / width),
          encoding: "8-bit labels", hint: "")
      }
      labels[index] = label
    }
    return LabelMap(width: width, height: height, labels: labels)
  }

  /// The numbers of a grey or palette file of at most 8 bits, without the way over 16; nil for other files.
  static func smallLabels(_ data: Data, file: String) throws -> LabelMap? {
    try refuseJPEG(data, file)
    let info = try decode(data, file) { png_shim_header($0, $1, &$2) }
    guard info.bit_depth <= 8, info.colour_type == grey || info.colour_type == palette else { return nil }
    let size = try size(data, file: file)
    var labels = [UInt8](repeating: 0, count: size.area)
    try decode(data, file) { png_shim_labels($0, $1, &$2, &labels, labels.count) }
    return LabelMap(width: size.width, height: size.height, labels: labels)
  }

  /// What the label file of these bytes holds: numbers of grey and palette files, else colours.
  ///
  /// - Parameters:
  ///   - data: the bytes of the file.
  ///   - file: its name, for errors.
  ///   - showsColours: whether a grey or palette file stands for the colours that it shows.
  package static func mask(_ data: Data, file: String, showsColours: Bool = false) throws -> Mask {
    try refuseJPEG(data, file)
    let info = try decode(data, file) { png_shim_header($0, $1, &$2) }
    let isIndexed = info.colour_type == PNG.grey || info.colour_type == PNG.palette
    if isIndexed && !showsColours {
      let (values, width, height) = try indices(data, file)
      return Mask(width: width, height: height, content: .values(values))
    }
    guard info.bit_depth <= 8 else {
      throw ScenesError.badPicture(file: file, reason: "its colours have 16 bits a channel; label colours have 8")
    }
    let picture = try picture(data, file: file)
    return Mask(width: picture.width, height: picture.height, content: .colours(picture.pixels))
  }

  /// PNG's own numbers for what pixels are.
  private static let (grey, palette): (Int32, Int32) = (0, 3)

  /// Reads the raw values of a grey or palette file of up to 16 bits as instance ids.
  package static func instances(at file: URL) throws -> InstanceMap {
    try instances(Files.read(file, limit: byteLimit), file: file.path)
  }

  /// The instance ids in the bytes of `file`.
  package static func instances(_ data: Data, file: String) throws -> InstanceMap {
    let (values, width, height) = try indices(data, file)
    return InstanceMap(width: width, height: height, ids: values)
  }

  /// A picture as the bytes of a file of 8-bit RGB.
  package static func data(of picture: Picture) throws -> Data {
    try encode(picture.pixels, picture.width, picture.height, channels: 3, depth: 8)
  }

  /// Labels as the bytes of an 8-bit grey file.
  package static func data(of map: LabelMap) throws -> Data {
    try encode(map.labels, map.width, map.height, channels: 1, depth: 8)
  }

  /// Writes a picture as 8-bit RGB, all or nothing.
  package static func write(_ picture: Picture, to file: URL) throws { try Files.write(data(of: picture), to: file) }

  /// Writes labels as an 8-bit grey file, all or nothing.
  package static func write(_ map: LabelMap, to file: URL) throws { try Files.write(data(of: map), to: file) }

  /// Writes instance ids as a 16-bit grey file, all or nothing.
  package static func write(_ map: InstanceMap, to file: URL) throws {
    try Files.write(encode(map.ids, map.width, map.height, channels: 1, depth: 16), to: file)
  }

  private static func refuseJPEG(_ data: Data, _ file: String) throws {
    guard !JPEG.recognises(data) else {
      throw ScenesError.badPicture(
        file: file, reason: "it is a JPEG file, whose compression changes values, so it can't hold labels; PNG can")
    }
  }

  private static func indices(_ data: Data, _ file: String) throws -> ([UInt16], width: Int, height: Int) {
    try refuseJPEG(data, file)
    let size = try size(data, file: file)
    var values = [UInt16](repeating: 0, count: size.area)
    try decode(data, file) { png_shim_indices($0, $1, &$2, &values, values.count) }
    return (values, size.width, size.height)
  }

  @discardableResult
  private static func decode(
    _ data: Data, _ file: String, _ body: (UnsafePointer<UInt8>?, Int, inout png_shim_info) -> Int32
  ) throws -> png_shim_info {
    var info = png_shim_info()
    let succeeded = data.withUnsafeBytes {
      body($0.bindMemory(to: UInt8.self).baseAddress, $0.count, &info)
    }
    guard succeeded == 1 else { throw ScenesError.badPicture(file: file, reason: message(of: info)) }
    return info
  }

  private static func encode<Value: BitwiseCopyable>(
    _ values: [Value], _ width: Int, _ height: Int, channels: Int32, depth: Int32
  ) throws -> Data {
    var data = Data()
    var info = png_shim_info()
    let succeeded = withUnsafeMutablePointer(to: &data) { pointer in
      png_shim_encode(
        UInt32(width), UInt32(height), channels, depth, values,
        { context, bytes, count in
          guard let bytes else { return }
          context?.assumingMemoryBound(to: Data.self).pointee.append(bytes, count: count)
        }, pointer, &info)
    }
    guard succeeded == 1 else { throw ScenesError.badPicture(file: "a picture to write", reason: message(of: info)) }
    return data
  }

  private static func message(of info: png_shim_info) -> String {
    withUnsafeBytes(of: info.error) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
