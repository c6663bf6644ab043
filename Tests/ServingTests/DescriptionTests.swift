import Foundation
import Harness
import Serving
import Testing

/// What is served as it is, and what metrics look like.
@Suite("Served files") struct DescriptionTests {
  @Test("The API's description has this version and every code of problems")
  func openAPI() throws {
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(ServedFiles.openAPI.utf8)) as? [String: Any])
    #expect(document["openapi"] as? String == "3.1.0")
    #expect((document["info"] as? [String: Any])?["version"] as? String == Environment.version)
    let text = ServedFiles.openAPI
    for code in Problem.Code.allCases { #expect(text.contains("\"\(code.rawValue)\""), "\(code)") }
    for output in Output.allCases { #expect(text.contains("\"\(output.rawValue)\""), "\(output)") }
  }

  @Test("The page loads nothing from elsewhere, and has every text in both languages")
  func page() throws {
    let text = ServedFiles.page
    #expect(text.matches(of: #/(?:src|href)="(?:https?:)?\/\//#).isEmpty && text.contains("nonce=\"NONCE\""))
    #expect(
      !text.contains("style=\"") && text.matches(of: #/ on\w+="/#).isEmpty, "the policy of contents refuses these")
    let start = try #require(text.range(of: "const texts"))
    let end = try #require(text.range(of: "\n};", range: start.upperBound..<text.endIndex))
    let languages = text[start.upperBound..<end.lowerBound].components(separatedBy: "\n  fr: {")
    try #require(languages.count == 2)
    // The names of classes stand in the models' own words in English.
    let keys = languages.map { part in
      Set(
        part.replacing(#/names: \{[^}]*\}/#, with: "").replacing(#/'[^'\n]*'|`[^`]*`/#, with: "0")
          .matches(of: #/[{,\n]\s*(\w+):/#).map { String($0.output.1) }
      ).subtracting(["en"])
    }
    #expect(keys[0].count > 40 && keys[0] == keys[1], "\(keys[0].symmetricDifference(keys[1]).sorted())")
  }

  @Test("A problem is RFC 9457's, with the words of its status")
  func problem() throws {
    let problem = Problem(.tooLarge, "it is \"large\"")
    let json = try #require(JSONSerialization.jsonObject(with: problem.json) as? [String: Any])
    #expect(json["type"] as? String == "about:blank" && json["status"] as? Int == 413)
    #expect(json["title"] as? String == "Content Too Large" && json["detail"] as? String == "it is \"large\"")
    #expect(json["code"] as? String == "too-large" && problem.retryAfter == nil)
  }

  @Test("Metrics count requests by route, and durations in buckets that include the smaller ones")
  func metrics() {
    let metrics = ServerMetrics()
    metrics.add(method: "POST", route: "/v1/predict", status: 200, seconds: 0.02)
    metrics.add(method: "POST", route: "/v1/predict", status: 200, seconds: 0.3)
    metrics.add(method: "BREW\"\n", route: "none", status: 404, seconds: 60)
    let text = metrics.text(gauges: [("segbench_queue_waiting", "Predictions that wait.", 2)])
    for line in [
      "segbench_requests_total{method=\"POST\",route=\"/v1/predict\",status=\"200\"} 2",
      "segbench_requests_total{method=\"other\",route=\"none\",status=\"404\"} 1",
      "segbench_request_seconds_bucket{route=\"/v1/predict\",le=\"0.01\"} 0",
      "segbench_request_seconds_bucket{route=\"/v1/predict\",le=\"0.025\"} 1",
      "segbench_request_seconds_bucket{route=\"/v1/predict\",le=\"0.5\"} 2",
      "segbench_request_seconds_bucket{route=\"/v1/predict\",le=\"+Inf\"} 2",
      "segbench_request_seconds_bucket{route=\"none\",le=\"30.0\"} 0",
      "segbench_request_seconds_count{route=\"none\"} 1", "segbench_queue_waiting 2.0",
    ] { #expect(text.contains(line + "\n"), "\(line)") }
    #expect(
      text.split(separator: "\n").allSatisfy {
        $0.hasPrefix("# ") || $0.wholeMatch(of: #/\w+(?:\{[^}]*\})? [0-9.]+/#) != nil
      })
  }
}
