import Exports
import Foundation
import Harness
import Settings
import Storage
import TestSupport
import Testing

/// What an MLflow server does with what it is sent, as far as exports depend on it.
private final class Server: HTTPClient {
  struct Run {
    var status = "RUNNING"
    var tags: [String: String] = [:]
    var params: [String: String] = [:]
    /// Values by step, of each key.
    var metrics: [String: [(step: Int, value: Double)]] = [:]
  }

  private(set) var experiments: [String] = []
  private(set) var runs: [Run] = []
  private(set) var files: [String] = []
  private(set) var requests = 0
  /// After how many requests it stops to answer.
  var limit = Int.max

  /// All that it stores, to compare.
  var state: String { "\(experiments) \(runs.map(Self.text)) \(files.sorted())" }

  private static func text(_ run: Run) -> String {
    let metrics = run.metrics.mapValues { values in values.sorted { $0.step < $1.step }.map { "\($0.step) \($0.value)" }
    }
    return "\(run.status) \(run.tags.sorted { $0.key < $1.key }) \(run.params.sorted { $0.key < $1.key })"
      + "\(metrics.sorted { $0.key < $1.key })"
  }

  func send(_ request: HTTPRequest) throws -> HTTPResponse {
    requests += 1
    guard requests <= limit else { throw MLflowError.unreachable(url: request.url, reason: "it was stopped") }
    let url = try #require(URLComponents(string: request.url))
    var query: [String: String] = [:]
    for item in url.queryItems ?? [] { query[item.name] = item.value }
    var body: [String: Any] = [:]
    if case .json(let data) = request.body {
      body = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }
    switch url.path.replacing("/api/2.0/mlflow/", with: "") {
    case "experiments/get-by-name":
      guard let id = experiments.firstIndex(of: query["experiment_name"] ?? "") else {
        return try answer(404, ["error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such experiment"])
      }
      return try answer(200, ["experiment": ["experiment_id": "\(id)", "lifecycle_stage": "active"]])
    case "experiments/create":
      experiments.append(try #require(body["name"] as? String))
      return try answer(200, ["experiment_id": "\(experiments.count - 1)"])
    case "runs/search":
      let filter = try #require(body["filter"] as? String)
      let found = runs.firstIndex { run in run.tags.contains { filter == "tags.`\($0.key)` = '\($0.value)'" } }
      return try answer(200, found.map { ["runs": [described($0)]] } ?? [:])
    case "runs/create":
      runs.append(Run(tags: pairs(body["tags"])))
      return try answer(200, ["run": described(runs.count - 1)])
    case "runs/log-batch":
      let id = try run(body)
      let metrics = body["metrics"] as? [[String: Any]] ?? []
      let (params, tags) = (pairs(body["params"]), pairs(body["tags"]))
      #expect(params.count <= 100 && tags.count <= 100 && metrics.count + params.count + tags.count <= 1000)
      for metric in metrics {
        let (key, step) = (try #require(metric["key"] as? String), try #require(metric["step"] as? Int))
        let value = try #require(metric["value"] as? Double)
        runs[id].metrics[key, default: []].append((step, value))
      }
      runs[id].params.merge(params) { $1 }
      runs[id].tags.merge(tags) { $1 }
      return try answer(200, [:])
    case "metrics/get-history":
      let values = runs[try run(query)].metrics[query["metric_key"] ?? ""] ?? []
      // Steps of 0 are left out, as proto3 does.
      return try answer(
        200, ["metrics": values.map { ["key": "", "value": $0.value, "step": "\($0.step)"] as [String: Any] }])
    case "runs/update":
      runs[try run(body)].status = try #require(body["status"] as? String)
      return try answer(200, [:])
    case let path where request.method == "PUT" && path.hasPrefix("/api/2.0/mlflow-artifacts/artifacts/"):
      files.append(path)
      return try answer(200, [:])
    default: return HTTPResponse(status: 404, body: Data("<html>not\nfound</html>".utf8))
    }
  }

  private func run(_ body: [String: Any]) throws -> Int {
    let id = try #require(body["run_id"] as? String)
    return try #require(Int(id))
  }

  private func described(_ id: Int) -> [String: Any] {
    let run = runs[id]
    func list(_ pairs: [String: String]) -> [[String: String]] { pairs.map { ["key": $0.key, "value": $0.value] } }
    let latest = run.metrics.compactMap { key, values in
      values.max { $0.step < $1.step }.map { ["key": key, "value": $0.value, "step": $0.step] as [String: Any] }
    }
    return [
      "info": ["run_id": "\(id)", "status": run.status, "artifact_uri": "mlflow-artifacts:/1/\(id)/artifacts"],
      "data": ["metrics": latest, "params": list(run.params), "tags": list(run.tags)],
    ]
  }

  private func pairs(_ list: Any?) -> [String: String] {
    var pairs: [String: String] = [:]
    for pair in list as? [[String: String]] ?? [] { pairs[pair["key"] ?? ""] = pair["value"] }
    return pairs
  }

  private func answer(_ status: Int, _ body: [String: Any]) throws -> HTTPResponse {
    HTTPResponse(status: status, body: try JSONSerialization.data(withJSONObject: body))
  }
}

/// Answers all requests in one way.
private struct Answering: HTTPClient {
  let status: Int
  let text: String

  func send(_ request: HTTPRequest) throws -> HTTPResponse { HTTPResponse(status: status, body: Data(text.utf8)) }
}

@Suite("MLflow") struct MLflowTests {
  private static let url = "http://127.0.0.1:5000"

  private static func network() throws -> StoredRun {
    try #require(try StoredRun.all(in: records).runs.first { $0.settings.model == "unet" })
  }

  private static func export(_ client: any HTTPClient) throws -> MLflowExport {
    MLflowExport(to: try MLflowServer(url, client: client), sendsWeights: false)
  }

  @Test("Batches hold what the server takes at once, and nothing is lost") func batches() {
    func pairs(_ count: Int) -> [MLflowPair] { (0..<count).map { MLflowPair(key: "key\($0)", value: "value") } }
    let metrics = (0..<2345).map { MLflowMetric(key: "loss", value: Double($0), timestamp: $0, step: $0) }
    let batches = MLflowBatch.all(of: "run", metrics: metrics, params: pairs(250), tags: pairs(120))
    for batch in batches {
      #expect(batch.params.count <= 100 && batch.tags.count <= 100)
      #expect(batch.metrics.count + batch.params.count + batch.tags.count <= 1000)
    }
    #expect(batches.flatMap(\.metrics) == metrics)
    #expect(batches.flatMap(\.params) == pairs(250) && batches.flatMap(\.tags) == pairs(120))
    #expect(MLflowBatch.all(of: "run", metrics: [], params: [], tags: []).isEmpty)
    let long = MLflowPair(key: "classes", value: String(repeating: "é", count: 9000))
    let cut = MLflowBatch.all(of: "run", metrics: [], params: [long], tags: [long])
    #expect(cut[0].params[0].value.count == 6000 && cut[0].tags[0].value.count == 5000)
  }

  @Test("A run is sent with its settings, epochs, scores and files, and a second time not at all") func twice() throws {
    let (server, run) = (Server(), try Self.network())
    let outcome = try Self.export(server).send(run)
    #expect(outcome.values == 5 * 20 + run.finalMetrics.count && outcome.files == 3 + 4)
    #expect(server.experiments == ["quick"] && server.runs.count == 1)
    #expect(server.runs[0].status == "FINISHED")
    // JSONSerialization, which this server reads with, loses a last bit.
    expectClose(
      server.runs[0].metrics["training/loss"]?.map(\.value) ?? [], run.epochs.map(\.loss), relative: 1e-14)
    #expect(server.runs[0].params["training.epochs"] == "20")
    #expect(server.runs[0].tags["mlflow.source.git.commit"] == run.record?.environment.commit)
    let state = server.state
    #expect(try Self.export(server).send(run).isEmpty)
    #expect(server.state == state)
  }

  @Test("Wherever an export is stopped, the next one sends the rest and nothing twice") func stopped() throws {
    let (whole, run) = (Server(), try Self.network())
    _ = try Self.export(whole).send(run)
    for limit in stride(from: 0, to: whole.requests, by: 3) {
      let server = Server()
      server.limit = limit
      #expect(throws: MLflowError.self) { try Self.export(server).send(run) }
      server.limit = .max
      _ = try Self.export(server).send(run)
      #expect(Set(server.files).count == 7)
      #expect(server.runs[0].metrics.allSatisfy { _, values in Set(values.map(\.step)).count == values.count })
      #expect(server.runs[0].status == "FINISHED" && server.runs.count == 1)
    }
  }

  @Test("What no server can be is refused with its error") func refusals() throws {
    for address in ["mlruns", "sqlite:///mlflow.db", "http://", "file:///tmp"] {
      #expect(throws: SettingError.self) { try MLflowServer(address, client: Server()) }
    }
    let run = try Self.network()
    let request = "GET \(Self.url)/api/2.0/mlflow/experiments/get-by-name?experiment_name=quick"
    #expect(throws: MLflowError.refused(request: request, status: 401, message: "UNAUTHENTICATED: who are you?")) {
      try Self.export(
        Answering(status: 401, text: #"{"error_code": "UNAUTHENTICATED", "message": "who are you?"}"#)
      ).send(run)
    }
    #expect(throws: MLflowError.refused(request: request, status: 502, message: "<html> bad gateway </html>")) {
      try Self.export(Answering(status: 502, text: "<html>\nbad gateway\n</html>")).send(run)
    }
    #expect(throws: MLflowError.notUnderstood(request: request, answer: "hello")) {
      try Self.export(Answering(status: 200, text: "hello")).send(run)
    }
  }

  @Test("Where nothing listens, curl's own words tell it") func unreachable() throws {
    let server = try MLflowServer("http://127.0.0.1:9", client: Curl(environment: [:]))
    let error = try #require(throws: MLflowError.self) {
      try MLflowExport(to: server, sendsWeights: false).send(try Self.network())
    }
    #expect("\(error)".hasPrefix("can't reach http://127.0.0.1:9/api/2.0/mlflow/experiments/get-by-name"))
    #expect("\(error)".contains("curl: (7)"))
  }
}
