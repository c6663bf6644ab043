import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Scenes
import Serving
import Storage

/// What there is to be asked for; `Page/openapi.json` of Serving says the same to clients.
struct Routes: Sendable {
  let predictor: Predictor
  let shop: PictureShop?
  let settings: ServerSettings
  let metrics: ServerMetrics
  private let budget: ByteBudget

  init(predictor: Predictor, shop: PictureShop?, settings: ServerSettings, metrics: ServerMetrics) {
    (self.predictor, self.shop, self.settings, self.metrics) = (predictor, shop, settings, metrics)
    budget = ByteBudget(settings.heldBytes)
  }

  /// The methods that a path takes; nil where there is no such path.
  static func methods(of path: String) -> String? {
    if path == "/v1/predict" { return "POST" }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    let isPicture =
      parts.starts(with: ["v1", "pictures"]) && (3...4).contains(parts.count)
      && ["", "picture", "truth", "thumbnail"].contains(parts.count == 4 ? parts.last : "")
    let known = ["/", "/openapi.json", "/healthz", "/readyz", "/metrics", "/v1/models", "/v1/pictures"]
    return known.contains(path) || isPicture ? "GET, HEAD" : nil
  }

  func add(to router: Router<BasicRequestContext>) {
    router.get("/") { _, _ in page() }
    router.get("/openapi.json") { _, _ in answer(Data(ServedFiles.openAPI.utf8), "application/json") }
    router.get("/healthz") { _, _ in answer(Data("ok\n".utf8), "text/plain; charset=utf-8") }
    router.get("/readyz") { _, _ in
      guard !predictor.isFull else { throw Problem(.busy, "\(predictor.capacity) predictions are waiting") }
      return answer(Data("ready\n".utf8), "text/plain; charset=utf-8")
    }
    router.get("/metrics") { _, _ in
      let gauges = [
        ("segbench_queue_waiting", "Predictions that wait.", Double(predictor.waiting)),
        ("segbench_queue_capacity", "How many may wait.", Double(predictor.capacity)),
      ]
      return answer(Data(metrics.text(gauges: gauges).utf8), "text/plain; version=0.0.4; charset=utf-8")
    }
    router.get("/v1/models") { _, _ in
      let list = ModelList(
        models: predictor.models.models.map(\.description), conditions: Condition.all.map(\.name),
        hasPictures: shop != nil)
      return try json(list)
    }
    router.get("/v1/pictures") { request, _ in
      let query = query(request)
      return try json(gallery().page(query["page"], of: query["split"]))
    }
    router.get("/v1/pictures/:id") { request, context in
      let item = try item(context)
      let address = "/v1/pictures/\(item.id)"
      return try json(
        PictureLinks(
          id: item.id, split: item.split, group: item.entry.group, picture: "\(address)/picture",
          truth: "\(address)/truth", thumbnail: "\(address)/thumbnail"))
    }
    router.get("/v1/pictures/:id/picture") { _, context in try await view(.picture, context) }
    router.get("/v1/pictures/:id/thumbnail") { _, context in try await view(.thumbnail, context) }
    router.get("/v1/pictures/:id/truth") { request, context in
      let model = try predictor.models.named(query(request)["model"])
      return try await view(.truth(model: model.id), context)
    }
    router.post("/v1/predict") { request, _ in try await predict(request) }
  }

  // MARK: Answers

  private struct ModelList: Encodable {
    let models: [ServedModel.Description]
    /// What pictures can be seen under.
    let conditions: [String]
    let hasPictures: Bool
  }

  private struct PictureLinks: Encodable {
    let id, split, group: String
    let picture, truth, thumbnail: String
  }

  private func predict(_ request: Request) async throws -> Response {
    let query = query(request)
    let output = try Output(accept: request.headers[.accept], name: query["output"])
    return try await withBody(of: request) { body in
      let wanted = try PredictionRequest(body: body, contentType: request.headers[.contentType], query: query)
      let job = try predictor.job(wanted, output)
      let answer = try await inTime { try await predictor.answer(job) }
      if output != .picture { metrics.add(answer) }
      var response = self.answer(answer.body, answer.mediaType)
      let times = answer.milliseconds
      response.headers[.serverTiming] =
        "waiting;dur=\(rounded(times.waiting)), reading;dur=\(rounded(times.reading)), "
        + "predicting;dur=\(rounded(times.predicting))"
      return response
    }
  }

  private func rounded(_ milliseconds: Double) -> String { String(format: "%.1f", milliseconds) }

  private func gallery() throws -> Gallery {
    guard let gallery = predictor.gallery else { throw Problem(.notFound, "no pictures are served here") }
    return gallery
  }

  private func item(_ context: BasicRequestContext) throws -> Gallery.Item {
    try gallery().item(context.parameters.get("id") ?? "")
  }

  private func view(_ view: PictureShop.View, _ context: BasicRequestContext) async throws -> Response {
    let item = try item(context)
    guard let shop else { throw Problem(.notFound, "no pictures are served here") }
    var response = answer(try await inTime { try await shop.png(item, view) }, "image/png")
    response.headers[.cacheControl] = "private, max-age=600"
    return response
  }

  private func json(_ value: some Encodable) throws -> Response {
    answer(try JSONEncoder.sorted.encode(value), "application/json")
  }

  private func answer(_ body: Data, _ mediaType: String) -> Response {
    Response(
      status: .ok,
      headers: [.contentType: mediaType, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
      body: .init(byteBuffer: ByteBuffer(bytes: body)))
  }

  /// The page. Its own script and style are the only ones that a browser runs there.
  private func page() -> Response {
    let nonce = Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
    let text = ServedFiles.page.replacing("NONCE", with: nonce)
    var response = answer(Data(text.utf8), "text/html; charset=utf-8")
    response.headers[.contentSecurityPolicy] =
      "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; img-src 'self' blob: data:; "
      + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return response
  }

  // MARK: Requests

  /// The query's values by name, the first of each.
  private func query(_ request: Request) -> [String: String] {
    Dictionary(request.uri.queryParameters.map { (String($0.key), String($0.value)) }) { first, _ in first }
  }

  /// Does something with a body, which counts among the bytes that are held until that is done.
  private func withBody(of request: Request, _ use: (Data) async throws -> Response) async throws -> Response {
    let length = request.headers[.contentLength].flatMap { Int($0) }
    let limit = settings.bodyLimit
    let tooLarge = Problem(.tooLarge, "the body is larger than \(limit) bytes, the limit of this server")
    guard length ?? 0 <= limit else { throw tooLarge }
    var body = Data()
    var held = 0
    defer { budget.release(held) }
    for try await part in request.body {
      guard body.count + part.readableBytes <= limit else { throw tooLarge }
      guard budget.reserve(part.readableBytes) else {
        throw Problem(.busy, "bodies of other requests fill the \(settings.heldBytes) bytes that are held; try again")
      }
      held += part.readableBytes
      body.append(contentsOf: part.readableBytesView)
    }
    if let length, length != body.count {
      throw Problem(.badRequest, "the body ends after \(body.count) of \(length) bytes")
    }
    return try await use(body)
  }

  /// What is answered within the timeout.
  ///
  /// - Throws: `Problem.timedOut` after that; what is done then is given up.
  private func inTime<Value: Sendable>(_ answer: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let timeout = settings.timeout
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await answer() }
      group.addTask {
        try await Task.sleep(for: timeout)
        return nil
      }
      defer { group.cancelAll() }
      guard let value = try await group.next() ?? nil else {
        throw Problem(.timedOut, "the answer wasn't there after \(timeout)")
      }
      return value
    }
  }
}
