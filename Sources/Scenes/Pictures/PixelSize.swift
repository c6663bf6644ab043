/// The extent of a picture in pixels, written `256x128`: width first.
public struct PixelSize: Hashable, Codable, Sendable, CustomStringConvertible {
  public let width, height: Int

  public init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
  }

  /// How many pixels there are.
  public var area: Int { width * height }

  /// The longest side that a text may name; areas of such sizes don't overflow.
  static let sideLimit = 1 << 16

  /// The size that `text` names, or nil where it is not two whole numbers of 1 to 65,536 with an `x` between.
  public init?(_ text: String) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let width = parts[0], let height = parts[1], (1...Self.sideLimit).contains(width),
      (1...Self.sideLimit).contains(height)
    else { return nil }
    self.init(width: width, height: height)
  }

  /// The size that `text` names.
  ///
  /// - Throws: `ScenesError.invalid`; also where a picture of it would be beyond what is read.
  public static func parse(_ text: String) throws -> PixelSize {
    guard let size = PixelSize(text), size.area <= PNG.pixelLimit else {
      throw ScenesError.invalid(setting: "size", value: "'\(text)'", bound: "WIDTHxHEIGHT such as 256x128")
    }
    return size
  }

  public var description: String { "\(width)x\(height)" }
}
