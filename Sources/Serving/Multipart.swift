import Foundation

/// The parts of a `multipart/form-data` body (RFC 7578, RFC 2046 5.1).
package struct Multipart: Sendable {
  /// One field of a form.
  package struct Part: Equatable, Sendable {
    package let name: String
    /// The name of a file that was chosen; nothing is made of it.
    package let fileName: String?
    package let body: Data
  }

  package let parts: [Part]

  /// How many parts there may be, and how many bytes of header each may have.
  private static let (partLimit, headerLimit) = (16, 4096)

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - body: its bytes.
  ///   - boundary: of 1 to 70 characters, as the content type names it.
  /// - Throws: `Problem` that says where it is malformed.
  package init(_ body: Data, boundary: String) throws {
    func malformed(_ reason: String) -> Problem { Problem(.badRequest, "the multipart body \(reason)") }
    guard (1...70).contains(boundary.utf8.count), boundary.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw malformed("has no boundary of 1 to 70 characters in its Content-Type")
    }
    let (dashes, line) = (Data("--\(boundary)".utf8), Data("\r\n".utf8))
    // What stands before the first delimiter means nothing.
    guard var place = body.starts(with: dashes) ? body.startIndex + dashes.count : body.found(line + dashes)?.upperBound
    else { throw malformed("doesn't hold its boundary, '\(boundary)'") }
    var parts: [Part] = []
    while true {
      let rest = body[place...]
      if rest.starts(with: Data("--".utf8)) { break }
      // White space may follow a boundary.
      guard let end = rest.found(line), rest[..<end.lowerBound].allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else {
        throw malformed("ends within part \(parts.count + 1)")
      }
      guard parts.count < Self.partLimit else { throw malformed("has more than \(Self.partLimit) parts") }
      // From the line's end on, so that a part without any header is found too.
      let headerStart = end.lowerBound
      let window = body[headerStart...].prefix(Self.headerLimit + 4)
      guard let headerEnd = window.found(line + line) else {
        throw malformed("has no end of the header of part \(parts.count + 1) within \(Self.headerLimit) bytes")
      }
      let header = String(decoding: body[headerStart..<headerEnd.lowerBound], as: UTF8.self)
      // The empty line may be the one that the delimiter of an empty body begins with.
      guard let bodyEnd = body[(headerEnd.upperBound - 2)...].found(line + dashes) else {
        throw malformed("has no boundary after part \(parts.count + 1): it was cut short")
      }
      let content = body[headerEnd.upperBound..<max(headerEnd.upperBound, bodyEnd.lowerBound)]
      let (name, fileName) = try Self.disposition(header, number: parts.count + 1)
      parts.append(Part(name: name, fileName: fileName, body: Data(content)))
      place = bodyEnd.upperBound
    }
    self.parts = parts
  }

  /// The names in the `Content-Disposition` of a part's header.
  private static func disposition(_ header: String, number: Int) throws -> (name: String, fileName: String?) {
    for field in header.components(separatedBy: "\r\n") {
      guard let colon = field.firstIndex(of: ":"), field[..<colon].lowercased() == "content-disposition" else {
        continue
      }
      // It is written as a media type is, but for the slash.
      let value = field[field.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      guard value.lowercased().hasPrefix("form-data"),
        let disposition = MediaType("form/data" + value.dropFirst("form-data".count)),
        let name = disposition.parameters["name"]
      else { break }
      return (name, disposition.parameters["filename"])
    }
    throw Problem(.badRequest, "part \(number) of the multipart body has no Content-Disposition: form-data with a name")
  }
}

extension Data {
  /// Where `pattern` stands first.
  fileprivate func found(_ pattern: Data) -> Range<Int>? {
    withUnsafeBytes { bytes in
      pattern.withUnsafeBytes { pattern in
        guard let base = bytes.baseAddress, let sought = pattern.baseAddress else { return nil }
        var start = 0
        while start + pattern.count <= bytes.count,
          let first = memchr(base + start, Int32(pattern[0]), bytes.count - pattern.count + 1 - start)
        {
          start = UnsafeRawPointer(first) - base
          if memcmp(first, sought, pattern.count) == 0 {
            return startIndex + start..<startIndex + start + pattern.count
          }
          start += 1
        }
        return nil
      }
    }
  }
}
