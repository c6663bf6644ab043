import Settings

/// The extent of a picture in pixels, written `256x128`: width first.
package struct PixelSize: Hashable, Codable, Sendable, LosslessStringConvertible {
  package let width, height: Int

  package init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
  }

  /// How many pixels there are.
  package var area: Int { width * height }

  /// The sides that a text may name; areas of such sizes don't overflow.
  package static let sides = 1...1 << 16

  /// The size that `text` names, or nil where it is not two whole numbers of 1 to 65,536 with an `x` between.
  package init?(_ text: String) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let width = parts[0], let height = parts[1], Self.sides.contains(width),
      Self.sides.contains(height)
    else { return nil }
    self.init(width: width, height: height)
  }

  /// The size that `text` names.
  ///
  /// - Throws: `ScenesError.invalid`; also where a picture of it would be beyond what is read.
  package static func parse(_ text: String) throws -> PixelSize {
    guard let size = PixelSize(text), size.area <= PNG.pixelLimit else {
      throw SettingError.invalid(setting: "size", value: "'\(text)'", bound: "WIDTHxHEIGHT such as 256x128")
    }
    return size
  }

  package var description: String { "\(width)x\(height)" }
}
