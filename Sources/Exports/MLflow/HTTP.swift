import Foundation
import Harness
import Storage

/// A request over HTTP.
package struct HTTPRequest: Equatable, Sendable {
  package enum Body: Equatable, Sendable {
    case json(Data)
    case file(URL)
  }

  package let method: String
  package let url: String
  package var body: Body?

  /// As errors name it.
  var name: String { "\(method) \(url)" }
}

package struct HTTPResponse: Equatable, Sendable {
  package let status: Int
  package let body: Data

  package init(status: Int, body: Data) {
    (self.status, self.body) = (status, body)
  }
}

package protocol HTTPClient {
  /// Sends a request and waits for the answer, of whatever status.
  ///
  /// - Throws: `MLflowError.unreachable` where there is none.
  func send(_ request: HTTPRequest) throws -> HTTPResponse
}

/// Requests by `curl`, a process each.
///
/// Foundation's own client links libcurl and thirty more libraries into every start of the program, and doesn't link into
/// one with Swift's runtime in it.
package struct Curl: HTTPClient {
  /// What is said of who asks, as lines of curl's configuration.
  private let credentials: String

  /// - Parameter environment: where MLflow's own variables are looked for: `MLFLOW_TRACKING_TOKEN`, or
  ///   `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`.
  package init(environment: [String: String]) {
    if let token = environment["MLFLOW_TRACKING_TOKEN"] {
      credentials = "header = \(Self.quoted("Authorization: Bearer \(token)"))\n"
    } else if let user = environment["MLFLOW_TRACKING_USERNAME"] {
      credentials = "user = \(Self.quoted("\(user):\(environment["MLFLOW_TRACKING_PASSWORD"] ?? "")"))\n"
    } else {
      credentials = ""
    }
  }

  /// A text as curl's configuration has it.
  static func quoted(_ text: String) -> String {
    let escapes: [Character: String] = ["\\": "\\\\", "\"": "\\\"", "\n": "\\n", "\r": "\\r", "\t": "\\t"]
    return "\"" + text.map { escapes[$0] ?? String($0) }.joined() + "\""
  }

  package func send(_ request: HTTPRequest) throws -> HTTPResponse {
    try Interrupts.check()
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("segbench-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: scratch) }
    // On standard input, as other users can read command lines.
    var configuration = """
      silent
      show-error
      connect-timeout = 20
      max-time = 3600
      request = \(Self.quoted(request.method))
      url = \(Self.quoted(request.url))
      write-out = "\\n%{http_code}"
      \(credentials)
      """
    switch request.body {
    case .json(let data):
      try Files.write(data, to: scratch)
      configuration += "\nheader = \"Content-Type: application/json\"\ndata-binary = \(Self.quoted("@\(scratch.path)"))"
    case .file(let file): configuration += "\nupload-file = \(Self.quoted(file.path))"
    case nil: break
    }
    guard let outcome = try ChildProcess.run("curl", ["--config", "-"], input: Data((configuration + "\n").utf8)) else {
      throw MLflowError.unreachable(url: request.url, reason: "curl isn't installed")
    }
    let output = outcome.output
    let text = output.lastIndex(of: UInt8(ascii: "\n")).map { (output[..<$0], output[($0 + 1)...]) }
    guard outcome.status == 0, let (body, code) = text, let code = Int(String(decoding: code, as: UTF8.self)) else {
      // A signal reaches curl, too.
      try Interrupts.check()
      throw MLflowError.unreachable(
        url: request.url,
        reason: outcome.complaint.isEmpty ? "curl ended with status \(outcome.status)" : outcome.complaint)
    }
    return HTTPResponse(status: code, body: Data(body))
  }
}
