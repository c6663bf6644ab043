import Foundation
import Storage

/// Lists that come with data: a line each, or comma-separated.
package enum TextList {
  /// How large a list may be, in bytes.
  private static let byteLimit = 1 << 26

  /// The lines of a text file that hold something, without space around them and without comments (`#`), each with its
  /// number, counted from 1.
  ///
  /// - Throws: `StorageError.unreadable`; `ScenesError.badList` where it is no text in UTF-8.
  static func lines(of file: URL) throws -> [(number: Int, text: String)] {
    try lines(Files.read(file, limit: byteLimit), file: file.path)
  }

  /// The lines in the bytes of `file`.
  package static func lines(_ data: Data, file: String) throws -> [(number: Int, text: String)] {
    // As Windows programs begin it.
    let mark = Data([0xEF, 0xBB, 0xBF])
    let bytes = data.starts(with: mark) ? data.dropFirst(3) : data
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ScenesError.badList(file: file, line: 0, reason: "it is no text in UTF-8")
    }
    return text.split(omittingEmptySubsequences: false) { $0.isNewline }.enumerated().compactMap { index, line in
      let line = line.trimmingCharacters(in: .whitespaces)
      return line.isEmpty || line.hasPrefix("#") ? nil : (index + 1, line)
    }
  }
}
