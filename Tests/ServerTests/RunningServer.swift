import Foundation
import Testing

/// A server that was started with `segbench serve`, until it is stopped.
final class RunningServer {
  let process: Process
  let port: Int
  private let log: URL

  /// The programs that were built beside the tests.
  static let program: URL? = {
    // The test runner lies in the folder of the products, or somewhere else and gets the bundle's path as argument.
    let candidates = [Bundle.main.bundleURL] + CommandLine.arguments.map { URL(fileURLWithPath: $0) }
    return candidates.map { $0.deletingLastPathComponent().appendingPathComponent("segbench") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  /// Runs `segbench`.
  ///
  /// - Returns: its exit status, and what it wrote to standard error.
  static func run(_ arguments: [String], in folder: URL) throws -> (status: Int32, errors: String) {
    let log = folder.appendingPathComponent("\(UUID().uuidString).err")
    let process = try start(arguments, in: folder, log)
    process.waitUntilExit()
    return (process.terminationStatus, try String(contentsOf: log, encoding: .utf8))
  }

  private static func start(
    _ arguments: [String], in folder: URL, _ log: URL, variables: [String: String] = [:]
  ) throws -> Process {
    try Data().write(to: log)
    let process = Process()
    process.executableURL = try #require(program, "segbench isn't built")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    return process
  }

  /// Starts a server on a free port, and waits until it listens.
  init(_ arguments: [String], in folder: URL, variables: [String: String] = [:]) throws {
    log = folder.appendingPathComponent("\(UUID().uuidString).err")
    process = try Self.start(["serve", "--port", "0"] + arguments, in: folder, log, variables: variables)
    while true {
      let text = try String(contentsOf: log, encoding: .utf8)
      if let match = text.firstMatch(of: #/listening at http:\/\/127\.0\.0\.1:(\d+)\//#), let port = Int(match.output.1)
      {
        self.port = port
        return
      }
      guard process.isRunning else { throw Connection.Failure(description: "the server ended: \(text)") }
      usleep(10_000)
    }
  }

  deinit { if process.isRunning { process.terminate() } }

  /// What it wrote to standard error.
  var messages: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// The answer to one request, on a connection of its own.
  func answer(
    _ method: String, _ path: String, _ fields: [String: String] = [:], _ body: Data? = nil
  ) throws -> Connection.Answer {
    let connection = try Connection(port: port)
    connection.send(method, path, fields, body)
    return try connection.answer(toHEAD: method == "HEAD")
  }

  /// The JSON object at a path.
  func object(_ path: String, _ fields: [String: String] = [:]) throws -> [String: Any] {
    let answer = try answer("GET", path, fields)
    #expect(answer.status == 200, "\(path): \(String(decoding: answer.body, as: UTF8.self))")
    return try #require(JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
  }

  /// Asks it to stop.
  ///
  /// - Returns: its exit status.
  func stop() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
