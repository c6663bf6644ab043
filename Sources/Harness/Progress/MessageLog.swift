import Foundation
import Logging
import Storage

/// Log messages on standard error: as people read them, or one JSON object a line. What a message says beside its text,
/// such as the id of a request, stands behind it, or in `about`.
package struct MessageLog: LogHandler {
  private let isJSON: Bool
  package var logLevel = Logger.Level.info
  package var metadata: Logger.Metadata = [:]

  package init(isJSON: Bool) {
    self.isJSON = isJSON
  }

  package subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  private struct Line: Encodable {
    let time, event, text: String
    let about: [String: String]?
  }

  package func log(event: LogEvent) {
    let (level, text) = (event.level.rawValue, event.message.description)
    let about = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
    guard isJSON else {
      let mark = Terminal.styled("\(level):", event.level > .warning ? .red : .yellow)
      let words = about.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
      return Terminal.say((event.level < .warning ? text : "\(mark) \(text)") + words)
    }
    let line = Line(time: Date().ISO8601Format(), event: level, text: text, about: about.isEmpty ? nil : about)
    guard let data = try? JSONEncoder.sorted.encode(line) else { return }
    Terminal.say(String(decoding: data, as: UTF8.self))
  }
}
