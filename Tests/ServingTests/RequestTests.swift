import Foundation
import Serving
import Settings
import Testing

/// What clients send, read.
@Suite("Requests") struct RequestTests {
  private func code(_ read: () throws -> Void) -> Problem.Code? {
    do {
      try read()
      return nil
    } catch {
      return (error as? Problem)?.code
    }
  }

  // MARK: Media types

  @Test("A media type has a type, a subtype and parameters, quoted or not")
  func mediaType() throws {
    let type = try #require(MediaType("Multipart/Form-Data; Boundary=\"a;b\" ; charset=utf-8"))
    #expect(type.name == "multipart/form-data" && type.parameters == ["boundary": "a;b", "charset": "utf-8"])
    for text in ["", "image", "image/", "/png", "image/png/x", "image/p ng", "a/b; c", "a/b; c=\"d", "a/b; c=1; c=2"] {
      #expect(MediaType(text) == nil, "\(text)")
    }
  }

  @Test("Accept chooses by its weights, and the more specific range decides")
  func accept() {
    let offered = ["application/json", "image/png"]
    for (accept, expected) in [
      (nil, "application/json"), ("*/*", "application/json"), ("image/png", "image/png"), ("image/*", "image/png"),
      ("image/png;q=0.5, application/json;q=0.4", "image/png"), ("*/*;q=0.1, image/png", "image/png"),
      ("image/png;q=0, */*", "application/json"), ("text/html", nil), ("image/png;q=0", nil),
      ("image/avif,image/webp,image/png,image/*;q=0.8,*/*;q=0.5", "image/png"),
    ] as [(String?, String?)] {
      #expect(MediaType.preferred(offered, accept: accept) == expected, "\(accept ?? "nothing")")
    }
  }

  // MARK: Forms

  private func form(_ parts: [(header: String, body: String)], boundary: String = "xyz") -> Data {
    let text = parts.map { "--\(boundary)\r\n\($0.header)\r\n\r\n\($0.body)\r\n" }.joined() + "--\(boundary)--\r\n"
    return Data(text.utf8)
  }

  @Test("A form's parts have their names and their bytes, whatever these hold")
  func multipart() throws {
    let body = form([
      (
        "Content-Disposition: form-data; name=\"image\"; filename=\"a;b.png\"\r\nContent-Type: image/png",
        "\r\n--xy\r\n\0\r\n"
      ),
      ("content-disposition: form-data; name=empty", ""),
    ])
    // A slice starts elsewhere than at 0; a preamble means nothing.
    let slice = (Data("12".utf8) + body).dropFirst(2)
    for data in [body, slice, Data("preamble\r\n".utf8) + body] {
      let parts = try Multipart(data, boundary: "xyz").parts
      #expect(parts.map(\.name) == ["image", "empty"] && parts.map(\.fileName) == ["a;b.png", nil])
      #expect(parts.map(\.body) == [Data("\r\n--xy\r\n\0\r\n".utf8), Data()])
    }
  }

  @Test("A form that is cut short anywhere, or malformed, is refused with the reason")
  func badMultipart() throws {
    let body = form([("Content-Disposition: form-data; name=\"image\"", "pixels")])
    let whole = body.count - 4
    for length in 0..<whole {
      #expect(throws: Problem.self, "\(length) bytes") { try Multipart(body.prefix(length), boundary: "xyz") }
    }
    for boundary in ["", String(repeating: "x", count: 71), "ä"] {
      #expect(code { _ = try Multipart(body, boundary: boundary) } == .badRequest, "\(boundary)")
    }
    for header in [
      "", "Content-Type: image/png", "Content-Disposition: attachment; name=a", "Content-Disposition: form-data",
    ] {
      #expect(code { _ = try Multipart(form([(header, "x")]), boundary: "xyz") } == .badRequest, "\(header)")
    }
    let many = form((0..<17).map { ("Content-Disposition: form-data; name=\"\($0)\"", "x") })
    #expect(code { _ = try Multipart(many, boundary: "xyz") } == .badRequest)
    let long = form([("Content-Disposition: form-data; name=\"\(String(repeating: "n", count: 5000))\"", "x")])
    #expect(code { _ = try Multipart(long, boundary: "xyz") } == .badRequest)
  }

  // MARK: Bodies

  private func request(
    _ body: String, _ type: String?, query: [String: String] = [:]
  ) throws -> PredictionRequest {
    try PredictionRequest(body: Data(body.utf8), contentType: type, query: query)
  }

  @Test("A picture comes as the body, in a form, or in JSON as base64, and with it what is wanted of it")
  func bodies() throws {
    let wanted = PredictionRequest(.bytes(Data("pixels".utf8)), model: "a", condition: "fog-3")
    let query = ["model": "a", "condition": "fog-3", "output": "mask"]
    for type in ["image/png", "image/jpeg", "application/octet-stream"] {
      #expect(try request("pixels", type, query: query) == wanted)
    }
    #expect(try request(#"{"image": "cGl4ZWxz"}"#, "application/json", query: query) == wanted)
    let inBody = #"{"image": "data:image/png;base64,cGl4ZWxz", "model": "a", "condition": "fog-3"}"#
    #expect(try request(inBody, "application/json; charset=utf-8") == wanted)
    let data = form([
      ("Content-Disposition: form-data; name=\"image\"; filename=\"x\"", "pixels"),
      ("Content-Disposition: form-data; name=\"model\"", "a"),
      ("Content-Disposition: form-data; name=\"condition\"", ""),
    ])
    let read = try PredictionRequest(
      body: data, contentType: "multipart/form-data; boundary=xyz", query: ["condition": "fog-3"])
    #expect(read == wanted)
    #expect(try request(#"{"id": "x_1"}"#, "application/json") == PredictionRequest(.known("x_1")))
  }

  @Test(
    "A body that can't be understood is refused with what is wrong",
    arguments: [
      ("pixels", nil, "Content-Type", 415), ("pixels", "text/html", "text/html", 415), ("pixels", "png", "png", 415),
      ("", "image/png", "empty", 400), ("{}", "application/json", "neither", 400),
      ("[]", "application/json", "object", 400),
      (#"{"id": 3}"#, "application/json", "'id' isn't a text", 400), (#"{"id": "#, "application/json", "JSON", 400),
      (#"{"image": "*"}"#, "application/json", "base64", 400),
      (#"{"image": "YQ==", "id": "b"}"#, "application/json", "both", 400),
      (#"{"id": "a", "modell": "b"}"#, "application/json", "did you mean 'model'", 400),
      ("pixels", "multipart/form-data", "boundary", 400),
    ] as [(String, String?, String, Int)])
  func badBodies(body: String, type: String?, reason: String, status: Int) {
    let problem = #expect(throws: Problem.self) { try self.request(body, type) }
    #expect(problem?.code.status.code == status && problem?.detail.contains(reason) == true, "\(problem as Any)")
  }

  @Test("What is said twice must be the same")
  func twice() throws {
    let body = #"{"id": "a", "model": "b"}"#
    #expect(try request(body, "application/json", query: ["model": "b"]).model == "b")
    let problem = #expect(throws: Problem.self) {
      try self.request(body, "application/json", query: ["model": "c"])
    }
    #expect(problem?.detail.contains("twice") == true)
  }

  @Test("What is sent back follows from its name, else from Accept")
  func outputs() throws {
    #expect(try Output(accept: nil, name: nil) == .json)
    #expect(try Output(accept: "image/png", name: nil) == .mask)
    #expect(try Output(accept: "image/*", name: "overlay") == .overlay)
    #expect(code { _ = try Output(accept: "text/html", name: nil) } == .notAcceptable)
    #expect(code { _ = try Output(accept: "application/json", name: "mask") } == .notAcceptable)
    let problem = #expect(throws: Problem.self) { try Output(accept: nil, name: "masks") }
    #expect(problem?.detail.contains("did you mean 'mask'") == true)
  }

  // MARK: Tokens

  @Test("Only the whole token opens, and only as Bearer")
  func secret() throws {
    let secret = try Secret("0123456789abcdef")
    #expect(secret.isShown(by: "Bearer 0123456789abcdef") && secret.isShown(by: "bearer 0123456789abcdef"))
    for shown in [
      nil, "", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdeF", "Bearer 0123456789abcdef0",
      "Bearer 0123456789abcdef0123456789abcdef", "Basic 0123456789abcdef", "0123456789abcdef",
    ] { #expect(!secret.isShown(by: shown), "\(shown ?? "nothing")") }
    for text in ["", "short", "with a space in it", String(repeating: "x", count: 1025)] {
      #expect(throws: SettingError.self) { try Secret(text) }
    }
  }

  @Test("No more bytes are held than the budget allows")
  func budget() {
    let budget = ByteBudget(10)
    #expect(budget.reserve(6) && budget.reserve(4) && !budget.reserve(1))
    budget.release(4)
    #expect(!budget.reserve(5) && budget.reserve(4))
  }
}
