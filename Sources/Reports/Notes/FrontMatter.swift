import Foundation
import Harness
import Settings
import Storage
import Yams

/// What a note says of itself: a small YAML file of its author.
package struct FrontMatter: Decodable, Sendable {
  let title, author, date, client: String?
  /// A paragraph on what it is for.
  let context: String?

  private enum CodingKeys: String, CodingKey, CaseIterable { case title, author, date, client, context }

  /// Reads a file.
  ///
  /// - Throws: `StorageError.unreadable`; `HarnessError.malformed` where it isn't YAML of these keys with texts;
  ///   `SettingError.unknown` for a key that it can't have, with the nearest.
  package init(contentsOf file: URL) throws {
    let text = try String(decoding: Files.read(file, limit: 1 << 16), as: UTF8.self)
    let known = CodingKeys.allCases.map(\.rawValue)
    do {
      let keys = (try Yams.load(yaml: text) as? [String: Any])?.keys.sorted() ?? []
      for key in keys where !known.contains(key) { throw SettingError.unknown(kind: "key", name: key, known: known) }
      self = try YAMLDecoder().decode(FrontMatter.self, from: text.isEmpty ? "{}" : text)
    } catch let error as SettingError {
      throw HarnessError.malformed(file: file.path, reason: "\(error)")
    } catch {
      throw HarnessError.malformed(
        file: file.path, reason: "it should be YAML with some of the keys \(known.joined(separator: ", ")), each a text"
      )
    }
  }
}
