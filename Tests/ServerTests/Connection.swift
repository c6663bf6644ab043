import Foundation

/// A connection to a server on this machine, by the system's own calls, so that tests can send what no library would.
final class Connection {
  /// What a server answered.
  struct Answer {
    let status: Int
    /// By names in lower case.
    let fields: [String: String]
    let body: Data
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let socket: Int32
  private var received = Data()

  init(port: Int) throws {
    socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var wait = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    let outcome = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard outcome == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
  }

  deinit { close(socket) }

  /// Sends bytes; false where the other side has closed.
  @discardableResult
  func send(_ data: Data) -> Bool {
    data.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = Foundation.send(
          socket, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
  }

  /// Sends a request.
  func send(_ method: String, _ path: String, _ fields: [String: String] = [:], _ body: Data? = nil) {
    send(Data(Self.head(method, path, fields, length: body?.count).utf8) + (body ?? Data()))
  }

  static func head(_ method: String, _ path: String, _ fields: [String: String], length: Int?) -> String {
    let all = fields.merging(length.map { ["Content-Length": "\($0)"] } ?? [:]) { first, _ in first }
    return "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
      + all.map { "\($0.key): \($0.value)\r\n" }.sorted().joined() + "\r\n"
  }

  /// The next answer; that to HEAD has no body, whatever its length says.
  func answer(toHEAD: Bool = false) throws -> Answer {
    let end = Data("\r\n\r\n".utf8)
    while received.range(of: end) == nil { try receive() }
    guard let header = received.range(of: end) else { throw Failure(description: "no header") }
    let lines = String(decoding: received[..<header.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    received = Data(received[header.upperBound...])
    let words = lines[0].split(separator: " ")
    guard words.count >= 2, let status = Int(words[1]) else { throw Failure(description: "no status: \(lines[0])") }
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    let length = toHEAD ? 0 : fields["content-length"].flatMap { Int($0) } ?? 0
    while received.count < length { try receive() }
    let body = Data(received.prefix(length))
    received = Data(received.dropFirst(length))
    return Answer(status: status, fields: fields, body: body)
  }

  private func receive() throws {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = recv(socket, &buffer, buffer.count, 0)
    guard count > 0 else { throw Failure(description: count == 0 ? "closed" : String(cString: strerror(errno))) }
    received.append(contentsOf: buffer[..<count])
  }

  /// Whether the other side closes, once it has nothing more to say.
  func isClosed() -> Bool {
    while true {
      var buffer = [UInt8](repeating: 0, count: 65536)
      let count = recv(socket, &buffer, buffer.count, 0)
      if count > 0 { continue }
      return count == 0 || errno == ECONNRESET
    }
  }
}
