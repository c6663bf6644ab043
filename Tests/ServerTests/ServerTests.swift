import Foundation
import Synchronization
import TestSupport
import Testing

/// The server as clients see it, started with `segbench serve`.
@Suite("Server", .serialized) struct ServerTests {
  /// Streets in `data`, a model in `run`, and what `segbench predict` makes of the test's pictures in `out`.
  private func prepare(in folder: URL, model: String = "unet-mini") throws {
    for command in [
      ["data", "synthesize", "--out", "data", "--count", "10", "--size", "64x32"],
      ["train", model, "--data", "data", "--run", "run"]
        + ["size=32x16", "epochs=1", "batch=2", "network.width=0.25", "trees=3"].filter { setting in
          model == "unet-mini"
            ? setting != "trees=3" : !["epochs=1", "batch=2", "network.width=0.25"].contains(setting)
        }.flatMap { ["--set", $0] },
      ["predict", "--run", "run", "data/leftImg8bit/val", "--out", "out"],
    ] {
      let outcome = try RunningServer.run(command, in: folder)
      try #require(outcome.status == 0, "\(command): \(outcome.errors)")
    }
  }

  private func files(in folder: URL, ending: String) throws -> [String: Data] {
    let paths = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
    return try Dictionary(
      uniqueKeysWithValues: paths.filter { $0.hasSuffix(ending) }.map { path in
        let name = (path as NSString).lastPathComponent.dropLast(ending.count)
        return (String(name), try Data(contentsOf: folder.appendingPathComponent(path)))
      })
  }

  private func problem(_ answer: Connection.Answer) throws -> String {
    #expect(answer.fields["content-type"] == "application/problem+json")
    let json = try #require(JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
    #expect(json["status"] as? Int == answer.status)
    return try #require(json["detail"] as? String)
  }

  @Test("Pictures are listed and predicted, and masks are those of segbench predict to the byte")
  func predictions() throws {
    try withTemporaryFolder { folder in
      try prepare(in: folder)
      let server = try RunningServer(["--run", "run", "--data", "data"], in: folder)
      let models = try #require(try server.object("/v1/models")["models"] as? [[String: Any]])
      #expect(models.map { $0["id"] as? String } == ["run"])
      let list = try server.object("/v1/pictures?split=test&page=1")
      let ids = try #require(list["pictures"] as? [[String: Any]]).compactMap { $0["id"] as? String }
      let pictures = try files(in: folder.appendingPathComponent("data/leftImg8bit/val"), ending: "_leftImg8bit.png")
      #expect(Set(ids) == Set(pictures.keys) && !ids.isEmpty)

      for (output, ending) in [("mask", "mask"), ("labels", "labelIds"), ("overlay", "overlay")] {
        let expected = try files(in: folder.appendingPathComponent("out"), ending: "_leftImg8bit_\(ending).png")
        for id in ids {
          let picture = try #require(pictures[id])
          let base64 = Data("{\"image\": \"\(picture.base64EncodedString())\"}".utf8)
          var form = Data("--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n".utf8)
          form += picture + Data("\r\n--b--\r\n".utf8)
          for (type, body) in [
            ("application/json", Data("{\"id\": \"\(id)\"}".utf8)), ("image/png", picture),
            ("application/json", base64),
            ("multipart/form-data; boundary=b", form),
          ] {
            let answer = try server.answer(
              "POST", "/v1/predict?output=\(output)", ["Content-Type": type, "Accept": "image/png"], body)
            #expect(answer.status == 200 && answer.fields["content-type"] == "image/png")
            #expect(answer.body == expected[id], "\(id) \(output) \(type)")
          }
        }
      }
      let links = try server.object("/v1/pictures/\(ids[0])")
      for view in ["picture", "truth", "thumbnail"] {
        let answer = try server.answer("GET", try #require(links[view] as? String))
        #expect(answer.status == 200 && answer.body.starts(with: [0x89, 0x50, 0x4E, 0x47]), "\(view)")
      }
      let answer = try server.answer(
        "POST", "/v1/predict", ["Content-Type": "application/json"], Data("{\"id\": \"\(ids[0])\"}".utf8))
      let json = try #require(JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
      #expect((json["scores"] as? [String: Any])?["meanIoU"] is Double && json["runs"] is [Int])
      #expect(answer.fields["server-timing"]?.contains("predicting;dur=") == true)
      let id = try #require(answer.fields["x-request-id"])
      #expect(server.messages.contains(id), "the log has no \(id)")

      let page = try server.answer("GET", "/")
      #expect(page.status == 200 && page.fields["content-security-policy"]?.contains("default-src 'none'") == true)
      #expect(try server.object("/openapi.json")["openapi"] as? String == "3.1.0")
      for (path, text) in [
        ("/healthz", "ok"), ("/readyz", "ready"), ("/metrics", "segbench_predictions_total{model=\"run\"}"),
      ] {
        let answer = try server.answer("GET", path)
        #expect(answer.status == 200 && String(decoding: answer.body, as: UTF8.self).contains(text), "\(path)")
      }
      #expect(try server.answer("HEAD", "/healthz").status == 200)
      #expect(server.stop() == 0, "\(server.messages)")
      #expect(server.messages.hasSuffix("stopped\n"))
    }
  }

  @Test("What can't be answered is a problem that says why, and the server goes on")
  func refusals() throws {
    try withTemporaryFolder { folder in
      try prepare(in: folder, model: "random-forest")
      let server = try RunningServer(
        ["--run", "run", "--data", "data", "--max-body", "1", "--max-megapixels", "1", "--timeout", "1"], in: folder)
      let picture = try #require(
        try files(in: folder.appendingPathComponent("data"), ending: "_leftImg8bit.png").values.first)
      let png = ["Content-Type": "image/png"]
      for (method, path, fields, body, status, reason) in [
        ("GET", "/v1/picturess", [:], nil, 404, "openapi"), ("GET", "/v1/predict", [:], nil, 405, "POST"),
        ("DELETE", "/v1/models", [:], nil, 405, "GET"), ("GET", "/v1/pictures/none", [:], nil, 404, "picture"),
        ("GET", "/v1/pictures?split=nothing", [:], nil, 404, "split"),
        ("GET", "/v1/pictures?page=x", [:], nil, 400, "page"),
        ("GET", "/v1/pictures/..%2f..%2f..%2fetc%2fpasswd", [:], nil, 404, ""),
        ("GET", "/v1/pictures/%2e%2e/picture", [:], nil, 404, ""), ("GET", "/../../etc/passwd", [:], nil, 404, ""),
        ("GET", "/v1/pictures/%00", [:], nil, 404, ""), ("GET", "/v1/pictures/%ff%fe", [:], nil, 404, ""),
        ("POST", "/v1/predict", [:], picture, 415, "Content-Type"),
        ("POST", "/v1/predict", ["Content-Type": "text/plain"], picture, 415, "text/plain"),
        ("POST", "/v1/predict", png, Data(), 400, "empty"), ("POST", "/v1/predict", png, picture.prefix(99), 422, ""),
        ("POST", "/v1/predict", png, Data("GIF89a".utf8), 422, "GIF"),
        ("POST", "/v1/predict", png, pngBomb, 422, "60000x60000"),
        ("POST", "/v1/predict", png, Data(count: 1 << 20 + 1), 413, "1048576"),
        ("POST", "/v1/predict?model=unet", png, picture, 404, "run"),
        ("POST", "/v1/predict?condition=fogg-3", png, picture, 400, "did you mean 'fog-3'"),
        ("POST", "/v1/predict?output=errors", png, picture, 400, "truth"),
        ("POST", "/v1/predict", png.merging(["Accept": "text/html"]) { $1 }, picture, 406, "image/png"),
        ("POST", "/v1/predict", ["Content-Type": "application/json"], Data("{".utf8), 400, "JSON"),
      ] as [(String, String, [String: String], Data?, Int, String)] {
        let answer = try server.answer(method, path, fields, body)
        #expect(answer.status == status, "\(method) \(path)")
        let detail = try problem(answer)
        #expect((reason.isEmpty || detail.contains(reason)) && !detail.contains(folder.path), "\(detail)")
      }
      // Refused by what it says of its length, before it is sent.
      let announced = try Connection(port: server.port)
      announced.send(Data(Connection.head("POST", "/v1/predict", png, length: 1 << 40).utf8))
      #expect(try announced.answer().status == 413)
      // Without a length it is counted.
      let chunked = try Connection(port: server.port)
      chunked.send(
        Data(
          Connection.head("POST", "/v1/predict", png.merging(["Transfer-Encoding": "chunked"]) { $1 }, length: nil).utf8
        ))
      for _ in 0..<20 { chunked.send(Data("10000\r\n".utf8) + Data(count: 1 << 16) + Data("\r\n".utf8)) }
      #expect(try chunked.answer().status == 413)
      // Half a request, and then nothing.
      let slow = try Connection(port: server.port)
      slow.send(Data(Connection.head("POST", "/v1/predict", png, length: picture.count).utf8) + picture.prefix(10))
      let answer = try slow.answer()
      #expect(answer.status == 408 && slow.isClosed())
      #expect(try problem(answer).contains("whole"))
      // A client that waits to be told to go on.
      let waiting = try Connection(port: server.port)
      waiting.send(
        Data(
          Connection.head("POST", "/v1/predict", png.merging(["Expect": "100-continue"]) { $1 }, length: picture.count)
            .utf8))
      #expect(try waiting.answer().status == 100)
      waiting.send(picture)
      #expect(try waiting.answer().status == 200)
      // What isn't HTTP at all.
      for text in ["GET\r\n\r\n", "\0\u{1}\u{2}\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"] {
        let connection = try Connection(port: server.port)
        connection.send(Data(text.utf8))
        #expect(try connection.answer().status == 400)
      }
      #expect(try server.answer("POST", "/v1/predict", png, picture).status == 200)
      #expect(server.stop() == 0)
    }
  }

  @Test("With a full queue some are told to try again, the others are answered, and stopping lets those finish")
  func full() throws {
    try withTemporaryFolder { folder in
      try prepare(in: folder, model: "random-forest")
      let server = try RunningServer(["--run", "run", "--data", "data", "--queue", "2"], in: folder)
      let picture = try #require(
        try files(in: folder.appendingPathComponent("data"), ending: "_leftImg8bit.png").values.first)
      let count = 100
      let statuses = Mutex<[Int: Int]>([:])
      let port = server.port
      DispatchQueue.concurrentPerform(iterations: 4) { part in
        // All are sent before the first answer is read.
        let connections = (0..<count / 4).compactMap { _ in try? Connection(port: port) }
        for connection in connections { connection.send("POST", "/v1/predict", ["Content-Type": "image/png"], picture) }
        for connection in connections {
          guard let answer = try? connection.answer() else { continue }
          statuses.withLock { $0[answer.status, default: 0] += 1 }
          if answer.status == 503 { #expect(answer.fields["retry-after"] == "1") }
        }
      }
      let counts = statuses.withLock { $0 }
      #expect(counts.values.reduce(0, +) == count && Set(counts.keys) == [200, 503], "\(counts)")

      let last = try Connection(port: server.port)
      let fields = ["Content-Type": "image/png", "Expect": "100-continue"]
      last.send(Data(Connection.head("POST", "/v1/predict", fields, length: picture.count).utf8))
      #expect(try last.answer().status == 100)
      server.process.terminate()
      usleep(200_000)
      last.send(picture)
      #expect(try last.answer().status == 200)
      server.process.waitUntilExit()
      #expect(server.process.terminationStatus == 0)
    }
  }

  @Test("Where a token is asked for, nothing but health, page and description is had without it")
  func token() throws {
    try withTemporaryFolder { folder in
      try prepare(in: folder, model: "random-forest")
      let server = try RunningServer(
        ["--run", "run", "--data", "data", "--log-format", "json"], in: folder,
        variables: ["SEGBENCH_TOKEN": "0123456789abcdef"])
      for path in ["/v1/models", "/v1/pictures", "/v1/pictures/x", "/metrics", "/nothing"] {
        let answer = try server.answer("GET", path)
        #expect(answer.status == 401 && answer.fields["www-authenticate"] == "Bearer realm=\"segbench\"", "\(path)")
        _ = try problem(answer)
        #expect(try server.answer("GET", path, ["Authorization": "Bearer 0123456789abcdeF"]).status == 401)
      }
      for path in ["/", "/openapi.json", "/healthz", "/readyz"] {
        #expect(try server.answer("GET", path).status == 200)
      }
      #expect(try server.answer("GET", "/v1/models", ["Authorization": "Bearer 0123456789abcdef"]).status == 200)
      #expect(server.stop() == 0)
      let lines = server.messages.split(separator: "\n")
      for line in lines { #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)") }
      #expect(!server.messages.contains("0123456789abcde"))
    }
  }

  @Test("Bad calls end with their exit code and name what is wrong")
  func calls() throws {
    try withTemporaryFolder { folder in
      for (arguments, status, reason) in [
        ([], 2, "--run"), (["--run", "none"], 3, "none"), (["--run", "x", "--port", "70000"], 2, "0 to 65535"),
        (["--run", "x", "--queue", "0"], 2, "1 to 1000"), (["--run", "x", "--prot", "1"], 2, "--prot"),
      ] as [([String], Int32, String)] {
        let outcome = try RunningServer.run(["serve"] + arguments, in: folder)
        #expect(outcome.status == status && outcome.errors.contains(reason), "\(arguments): \(outcome)")
      }
    }
  }
}
