import Foundation

// Messages of MLflow's REST API, https://mlflow.org/docs/latest/rest-api.html.

/// A tag or a parameter.
package struct MLflowPair: Codable, Equatable, Sendable {
  package let key, value: String

  package init(key: String, value: String) {
    (self.key, self.value) = (key, value)
  }
}

/// A value of a run at a step.
package struct MLflowMetric: Codable, Equatable, Sendable {
  package let key: String
  package let value: Double
  /// Milliseconds since 1970.
  package let timestamp: Int
  package let step: Int

  package init(key: String, value: Double, timestamp: Int, step: Int) {
    (self.key, self.value, self.timestamp, self.step) = (key, value, timestamp, step)
  }

  private enum CodingKeys: String, CodingKey { case key, value, timestamp, step }

  /// Whole numbers may be texts there, and steps of 0 may be left out.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func whole(_ key: CodingKeys) throws -> Int {
      if let text = try? container.decode(String.self, forKey: key), let value = Int(text) { return value }
      return try container.decodeIfPresent(Int.self, forKey: key) ?? 0
    }
    key = try container.decode(String.self, forKey: .key)
    value = try container.decodeIfPresent(Double.self, forKey: .value) ?? 0
    (timestamp, step) = (try whole(.timestamp), try whole(.step))
  }

  /// Whether both are one value: rounded by a database, or NaN, or infinite, which databases store as the largest number.
  func isValue(_ other: Double) -> Bool {
    func finite(_ value: Double) -> Double {
      min(max(value, -Double.greatestFiniteMagnitude), Double.greatestFiniteMagnitude)
    }
    if value.isNaN || other.isNaN { return value.isNaN && other.isNaN }
    let (a, b) = (finite(value), finite(other))
    return a == b || abs(a - b) <= 1e-9 * max(abs(a), abs(b))
  }
}

/// A run as the server has it.
struct MLflowRun: Decodable {
  struct Info: Decodable {
    let id: String
    let status: String
    let artifacts: String

    private enum CodingKeys: String, CodingKey {
      case id = "run_id"
      case status
      case artifacts = "artifact_uri"
    }
  }

  struct Content: Decodable {
    /// The latest of each key.
    let metrics: [MLflowMetric]?
    let params, tags: [MLflowPair]?
  }

  let info: Info
  let data: Content
}

/// What is sent of a run at once.
package struct MLflowBatch: Encodable, Equatable, Sendable {
  /// How many the server takes in a request, of each kind and of all.
  package static let (mostMetrics, mostParameters, mostTags, mostItems) = (1000, 100, 100, 1000)
  /// The longest values that it takes of a parameter and of a tag.
  package static let (parameterLength, tagLength) = (6000, 5000)

  package let run: String
  package var metrics: [MLflowMetric] = []
  package var params: [MLflowPair] = []
  package var tags: [MLflowPair] = []

  private enum CodingKeys: String, CodingKey {
    case run = "run_id"
    case metrics, params, tags
  }

  /// Cuts what is to be sent into batches: tags and parameters first, metrics in their order. Values that are too long
  /// lose their ends.
  package static func all(
    of run: String, metrics: [MLflowMetric], params: [MLflowPair], tags: [MLflowPair]
  ) -> [MLflowBatch] {
    var batches: [MLflowBatch] = []
    func cut(_ pairs: [MLflowPair], to length: Int) -> ArraySlice<MLflowPair> {
      pairs.map { MLflowPair(key: $0.key, value: String($0.value.prefix(length))) }[...]
    }
    var metrics = metrics[...]
    var (params, tags) = (cut(params, to: parameterLength), cut(tags, to: tagLength))
    while !(metrics.isEmpty && params.isEmpty && tags.isEmpty) {
      var batch = MLflowBatch(run: run)
      (batch.params, batch.tags) = (Array(params.prefix(mostParameters)), Array(tags.prefix(mostTags)))
      let left = mostItems - batch.params.count - batch.tags.count
      batch.metrics = Array(metrics.prefix(min(left, mostMetrics)))
      params = params.dropFirst(batch.params.count)
      tags = tags.dropFirst(batch.tags.count)
      metrics = metrics.dropFirst(batch.metrics.count)
      batches.append(batch)
    }
    return batches
  }
}
