import Compute
import Foundation

/// Counts what a server does, and writes it down as Prometheus reads it (text format 0.0.4).
package final class ServerMetrics: Sendable {
  /// Upper bounds of the durations of requests, in seconds.
  private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

  private struct Request: Hashable {
    let method, route: String
    let status: Int
  }

  private struct Histogram {
    var counts = [Int](repeating: 0, count: bounds.count)
    var (count, sum) = (0, 0.0)

    mutating func add(_ seconds: Double) {
      for (place, bound) in bounds.enumerated() where seconds <= bound { counts[place] += 1 }
      count += 1
      sum += seconds
    }
  }

  private struct State {
    var requests: [Request: Int] = [:]
    var seconds: [String: Histogram] = [:]
    var predictions: [String: (count: Int, milliseconds: Double, batched: Int)] = [:]
  }

  private let state = Locked(State())

  package init() {}

  /// Counts a request that was answered.
  ///
  /// - Parameters:
  ///   - method: of HTTP.
  ///   - route: the pattern of its path, so that there are few.
  ///   - status: of the answer.
  ///   - seconds: how long it took.
  package func add(method: String, route: String, status: Int, seconds: Double) {
    // What clients may call anything has no place in names.
    let method = ["GET", "HEAD", "POST"].contains(method) ? method : "other"
    state.withLock { state in
      state.requests[Request(method: method, route: route, status: status), default: 0] += 1
      state.seconds[route, default: Histogram()].add(seconds)
    }
  }

  /// Counts a prediction.
  package func add(_ answer: Answer) {
    state.withLock { state in
      var sums = state.predictions[answer.model] ?? (0, 0, 0)
      sums.count += 1
      sums.milliseconds += answer.milliseconds.predicting
      sums.batched += answer.batch > 1 ? 1 : 0
      state.predictions[answer.model] = sums
    }
  }

  /// All of it; `gauges` are further values as they are now, with a line of help each.
  package func text(gauges: [(name: String, help: String, value: Double)]) -> String {
    let state = state.withLock { $0 }
    var lines: [String] = []
    func family(_ name: String, _ type: String, _ help: String) {
      lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"]
    }
    family("segbench_requests_total", "counter", "Requests that were answered.")
    for (request, count) in state.requests.sorted(by: { "\($0.key)" < "\($1.key)" }) {
      lines.append(
        "segbench_requests_total{method=\"\(request.method)\",route=\"\(request.route)\",status=\"\(request.status)\"} \(count)"
      )
    }
    family("segbench_request_seconds", "histogram", "How long answers took.")
    for (route, histogram) in state.seconds.sorted(by: { $0.key < $1.key }) {
      for (bound, count) in zip(Self.bounds, histogram.counts) {
        lines.append("segbench_request_seconds_bucket{route=\"\(route)\",le=\"\(bound)\"} \(count)")
      }
      lines += [
        "segbench_request_seconds_bucket{route=\"\(route)\",le=\"+Inf\"} \(histogram.count)",
        "segbench_request_seconds_sum{route=\"\(route)\"} \(histogram.sum)",
        "segbench_request_seconds_count{route=\"\(route)\"} \(histogram.count)",
      ]
    }
    let predictions = state.predictions.map { (name: Self.escaped($0.key), sums: $0.value) }.sorted {
      $0.name < $1.name
    }
    family("segbench_predictions_total", "counter", "Pictures that were predicted.")
    lines += predictions.map { "segbench_predictions_total{model=\"\($0.name)\"} \($0.sums.count)" }
    family("segbench_predictions_batched_total", "counter", "Those that were predicted together with others.")
    lines += predictions.map { "segbench_predictions_batched_total{model=\"\($0.name)\"} \($0.sums.batched)" }
    family(
      "segbench_prediction_seconds_total", "counter", "How long models took for them, with those predicted together.")
    lines += predictions.map {
      "segbench_prediction_seconds_total{model=\"\($0.name)\"} \($0.sums.milliseconds / 1000)"
    }
    for gauge in gauges {
      family(gauge.name, "gauge", gauge.help)
      lines.append("\(gauge.name) \(gauge.value)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
