import Foundation
import Settings
import Storage

/// A tracking server of MLflow, over its REST API.
package struct MLflowServer {
  /// Without a slash at its end.
  let url: String
  private let client: any HTTPClient

  /// - Throws: `SettingError.invalid` for what is no address of a server.
  package init(_ url: String, client: any HTTPClient) throws {
    guard let parsed = URL(string: url), ["http", "https"].contains(parsed.scheme), parsed.host?.isEmpty == false else {
      throw SettingError.invalid(
        setting: "--to", value: url,
        bound: "the address of a tracking server, such as http://127.0.0.1:5000; "
          + "`mlflow server --backend-store-uri sqlite:///mlflow.db` starts one on a file")
    }
    self.url = String(url.reversed().drop { $0 == "/" }.reversed())
    self.client = client
  }

  // MARK: Experiments and runs

  /// The id of the experiment of that name, which is made where it is missing.
  func experiment(_ name: String) throws -> String {
    struct Found: Decodable {
      struct Experiment: Decodable {
        let id, stage: String
        private enum CodingKeys: String, CodingKey {
          case id = "experiment_id"
          case stage = "lifecycle_stage"
        }
      }
      let experiment: Experiment
    }
    struct New: Codable {
      var name: String?
      var id: String?
      private enum CodingKeys: String, CodingKey {
        case name
        case id = "experiment_id"
      }
    }
    let query = "experiments/get-by-name?experiment_name=\(Self.escaped(name))"
    if let found = try call("GET", query, Found.self, absent: "RESOURCE_DOES_NOT_EXIST") {
      guard found.experiment.stage == "active" else {
        throw MLflowError.refused(
          request: "experiment \(name) of \(url)", status: 200,
          message: "it is deleted there; restore it, or remove it for good")
      }
      return found.experiment.id
    }
    let request = "experiments/create"
    guard let id = try call("POST", request, New(name: name), New.self).id else {
      throw MLflowError.notUnderstood(request: request, answer: "it names no experiment_id")
    }
    return id
  }

  /// The run that has a tag; nil where there is none.
  func run(of experiment: String, with tag: MLflowPair) throws -> MLflowRun? {
    struct Search: Encodable {
      let experiments: [String]
      let filter: String
      let most = 1
      private enum CodingKeys: String, CodingKey {
        case experiments = "experiment_ids"
        case filter
        case most = "max_results"
      }
    }
    struct Found: Decodable { let runs: [MLflowRun]? }
    let search = Search(experiments: [experiment], filter: "tags.`\(tag.key)` = '\(tag.value)'")
    return try call("POST", "runs/search", search, Found.self).runs?.first
  }

  /// Makes a run.
  ///
  /// - Parameter start: in seconds since 1970.
  func makeRun(_ name: String, of experiment: String, start: Double, tags: [MLflowPair]) throws -> MLflowRun {
    struct New: Encodable {
      let experiment, name: String
      let start: Int
      let tags: [MLflowPair]
      private enum CodingKeys: String, CodingKey {
        case experiment = "experiment_id"
        case name = "run_name"
        case start = "start_time"
        case tags
      }
    }
    struct Made: Decodable { let run: MLflowRun }
    let new = New(experiment: experiment, name: name, start: Int(1000 * start), tags: tags)
    return try call("POST", "runs/create", new, Made.self).run
  }

  /// All values of a key, by step.
  func history(of key: String, run: String) throws -> [Int: MLflowMetric] {
    struct Page: Decodable {
      let metrics: [MLflowMetric]?
      let next: String?
      private enum CodingKeys: String, CodingKey {
        case metrics
        case next = "next_page_token"
      }
    }
    var values: [Int: MLflowMetric] = [:]
    var token: String?
    repeat {
      let query = "metrics/get-history?run_id=\(run)&metric_key=\(Self.escaped(key))&max_results=25000"
      let page = try call("GET", query + (token.map { "&page_token=\(Self.escaped($0))" } ?? ""), Page.self)
      for metric in page?.metrics ?? [] { values[metric.step] = metric }
      token = page?.next.flatMap { $0.isEmpty ? nil : $0 }
    } while token != nil
    return values
  }

  func send(_ batch: MLflowBatch) throws {
    struct Nothing: Decodable {}
    _ = try call("POST", "runs/log-batch", batch, Nothing.self)
  }

  /// Says how a run is, and when it ended, in seconds since 1970.
  func update(_ run: String, status: String, end: Double?) throws {
    struct Update: Encodable {
      let run, status: String
      let end: Int?
      private enum CodingKeys: String, CodingKey {
        case run = "run_id"
        case status
        case end = "end_time"
      }
    }
    struct Nothing: Decodable {}
    _ = try call("POST", "runs/update", Update(run: run, status: status, end: end.map { Int(1000 * $0) }), Nothing.self)
  }

  // MARK: Artifacts

  /// Stores a file among a run's artifacts, where the server passes them on.
  ///
  /// - Returns: false where it doesn't: clients are to write to the store themselves.
  func upload(_ file: URL, as name: String, to run: MLflowRun) throws -> Bool {
    guard let store = URL(string: run.info.artifacts), store.scheme == "mlflow-artifacts" else { return false }
    let path = (store.path.split(separator: "/").map(String.init) + name.split(separator: "/").map(String.init))
      .map(Self.escaped).joined(separator: "/")
    let request = HTTPRequest(
      method: "PUT", url: "\(url)/api/2.0/mlflow-artifacts/artifacts/\(path)", body: .file(file))
    let response = try client.send(request)
    guard (200..<300).contains(response.status) else { throw Self.refusal(of: request, response) }
    return true
  }

  // MARK: Calls

  private func call<Answer: Decodable>(
    _ method: String, _ path: String, _ body: some Encodable, _ answer: Answer.Type
  ) throws -> Answer {
    // Databases know no infinity, but the API does.
    let encoder = JSONEncoder.sorted
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try read(request(method, path, .json(try encoder.encode(body))), answer)
  }

  /// - Parameter absent: the code of an error for which the answer is nil.
  private func call<Answer: Decodable>(
    _ method: String, _ path: String, _ answer: Answer.Type, absent: String? = nil
  ) throws -> Answer? {
    try read(request(method, path), answer, absent: absent)
  }

  private func request(_ method: String, _ path: String, _ body: HTTPRequest.Body? = nil) -> HTTPRequest {
    HTTPRequest(method: method, url: "\(url)/api/2.0/mlflow/\(path)", body: body)
  }

  private func read<Answer: Decodable>(_ request: HTTPRequest, _ type: Answer.Type) throws -> Answer {
    guard let answer = try read(request, type, absent: nil) else {
      throw MLflowError.notUnderstood(request: request.name, answer: "nothing")
    }
    return answer
  }

  private func read<Answer: Decodable>(
    _ request: HTTPRequest, _ type: Answer.Type, absent: String?
  ) throws -> Answer? {
    let response = try client.send(request)
    guard (200..<300).contains(response.status) else {
      if let absent, Self.refusal(response.body)?.code == absent { return nil }
      throw Self.refusal(of: request, response)
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do {
      return try decoder.decode(type, from: response.body)
    } catch {
      throw MLflowError.notUnderstood(request: request.name, answer: Self.start(of: response.body))
    }
  }

  /// An error as MLflow words it.
  private struct Refusal: Decodable {
    let code: String
    let message: String?
    enum CodingKeys: String, CodingKey {
      case code = "error_code"
      case message
    }
  }

  private static func refusal(_ body: Data) -> Refusal? { try? JSONDecoder().decode(Refusal.self, from: body) }

  private static func refusal(of request: HTTPRequest, _ response: HTTPResponse) -> MLflowError {
    let message = refusal(response.body).map { [$0.code, $0.message ?? ""].joined(separator: ": ") }
    return .refused(request: request.name, status: response.status, message: message ?? start(of: response.body))
  }

  /// The start of an answer, on one line.
  private static func start(of body: Data) -> String {
    let text = String(decoding: body.prefix(200), as: UTF8.self).split(whereSeparator: \.isWhitespace)
    return text.isEmpty ? "an empty answer" : text.joined(separator: " ")
  }

  private static let plain = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

  /// A text as a part of a URL.
  private static func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: plain) ?? text
  }
}
