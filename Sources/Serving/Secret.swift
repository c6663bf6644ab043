import Foundation
import Settings

/// A token that clients must show.
package struct Secret: Sendable {
  private let bytes: [UInt8]

  /// - Throws: `SettingError.invalid` for one that is too short to be secret, or that a header can't hold.
  package init(_ text: String) throws {
    bytes = Array(text.utf8)
    guard (16...1024).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw SettingError.invalid(
        setting: "the token", value: "of \(bytes.count) bytes", bound: "16 to 1024 letters, digits and signs of ASCII")
    }
  }

  /// Whether an `Authorization` field shows it, as `Bearer` (RFC 6750). How long that takes tells nothing of where the two
  /// differ.
  package func isShown(by authorization: String?) -> Bool {
    guard let authorization, authorization.prefix(7).lowercased() == "bearer " else { return false }
    let shown = Array(authorization.dropFirst(7).utf8)
    var difference = shown.count ^ bytes.count
    for (index, byte) in shown.enumerated() { difference |= Int(byte ^ bytes[index % bytes.count]) }
    return difference == 0
  }
}
