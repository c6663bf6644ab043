import Foundation
import Harness
import Scenes
import Storage

/// Stored runs as runs of an MLflow server.
///
/// What the server has is asked first and only what it lacks is sent, so that an export may be stopped and made again at any
/// time, and one that adds nothing changes nothing.
package final class MLflowExport {
  /// The tag by which a run is found again.
  package static let identityTag = "segbench.run"
  /// The tag of what was sent of a run's files.
  package static let filesTag = "segbench.files"

  private let server: MLflowServer
  /// Whether fitted models are among the files.
  private let sendsWeights: Bool
  /// Ids of experiments by name.
  private var experiments: [String: String] = [:]

  package init(to server: MLflowServer, sendsWeights: Bool) {
    (self.server, self.sendsWeights) = (server, sendsWeights)
  }

  /// What was sent of a run.
  package struct Outcome: Equatable, Sendable {
    package var values = 0
    package var parameters = 0
    package var files = 0
    /// Whether the server leaves it to its clients to store files, which this one doesn't.
    package var keepsFilesElsewhere = false

    package var isEmpty: Bool { values == 0 && parameters == 0 && files == 0 }
  }

  /// Sends what the server lacks of a run.
  ///
  /// - Throws: `MLflowError`, also where the server has other values for the same steps; errors of stored files.
  package func send(_ run: StoredRun) throws -> Outcome {
    let experiment = try experiments[run.experiment] ?? server.experiment(run.experiment)
    experiments[run.experiment] = experiment
    let identity = MLflowPair(key: Self.identityTag, value: Self.identity(of: run))
    let known =
      try server.run(of: experiment, with: identity)
      ?? server.makeRun(run.name, of: experiment, start: run.start, tags: [identity])
    var outcome = Outcome()
    let metrics = try missing(run, known)
    let parameters = Self.parameters(of: run).filter { own in
      !(known.data.params ?? []).contains { $0.key == own.key }
    }
    let tags = Self.tags(of: run).filter { !(known.data.tags ?? []).contains($0) }
    for batch in MLflowBatch.all(of: known.info.id, metrics: metrics, params: parameters, tags: tags) {
      try server.send(batch)
    }
    (outcome.values, outcome.parameters) = (metrics.count, parameters.count)
    if run.state.isFinal { try sendFiles(of: run, to: known, &outcome) }
    // Last, so that a finished run has all that it should.
    let status = Self.status(of: run)
    if known.info.status != status {
      try server.update(known.info.id, status: status, end: run.state.isFinal ? run.end : nil)
    }
    return outcome
  }

  /// Tells runs apart as a cell's name does, and runs in folders that users named by their settings, too; the same
  /// pictures in another folder are the same.
  static func identity(of run: StoredRun) -> String {
    let settings = run.settings.values(without: Cell.places).sorted { $0.key < $1.key }
    let lines = [run.name] + settings.map { "\($0.key)=\($0.value)" }
    return Checksum.digits(of: Data(lines.joined(separator: "\n").utf8))
  }

  private static func status(of run: StoredRun) -> String {
    switch run.state {
    case .running: "RUNNING"
    case .stopped: "KILLED"
    case .finished: "FINISHED"
    case .failed: "FAILED"
    }
  }

  // MARK: Values

  /// The metrics that the server lacks, in order.
  private func missing(_ run: StoredRun, _ known: MLflowRun) throws -> [MLflowMetric] {
    var latest = Dictionary(grouping: known.data.metrics ?? [], by: \.key).compactMapValues(\.first)
    func new(_ metrics: some Sequence<StoredRun.Metric>, _ stored: (StoredRun.Metric) -> MLflowMetric?) throws
      -> [MLflowMetric]
    {
      try metrics.compactMap { own in
        guard let stored = stored(own) else {
          return MLflowMetric(key: own.name, value: own.value, timestamp: Int(1000 * own.time), step: own.step)
        }
        guard stored.isValue(own.value) else {
          throw MLflowError.otherRun(
            run: run.name, url: server.url,
            reason: "its \(own.name) of step \(own.step) is \(stored.value) there, \(own.value) here")
        }
        return nil
      }
    }
    let epochs = Array(run.epochMetrics.joined())
    var histories: [String: [Int: MLflowMetric]] = [:]
    for name in Set(epochs.map(\.name)) where latest[name] != nil {
      histories[name] = try server.history(of: name, run: known.info.id)
    }
    let final = run.finalMetrics
    // Of what has one value only, the latest is all; after more epochs it may be of another step.
    for metric in final where latest[metric.name]?.step != metric.step { latest[metric.name] = nil }
    return try new(epochs) { histories[$0.name]?[$0.step] } + new(final) { latest[$0.name] }
  }

  private static func parameters(of run: StoredRun) -> [MLflowPair] {
    run.settings.values.sorted { $0.key < $1.key }.map { MLflowPair(key: $0.key, value: "\($0.value)") }
  }

  private static func tags(of run: StoredRun) -> [MLflowPair] {
    let environment = run.record?.environment
    var tags: [(String, String?)] = [
      (identityTag, identity(of: run)), ("segbench.cell", run.name), ("mlflow.source.name", "segbench"),
      ("mlflow.source.type", "LOCAL"), ("mlflow.source.git.commit", environment?.commit),
      ("segbench.version", environment?.programVersion), ("segbench.build", environment?.build),
      ("segbench.processor", environment?.processor), ("segbench.data", environment?.data),
      ("segbench.command", environment?.command), ("segbench.weights", run.record?.contents?.weights),
      ("segbench.encoder", run.record?.contents?.encoder),
    ]
    if case .failed(let reason) = run.state { tags.append(("segbench.failure", reason)) }
    return tags.compactMap { key, value in value.map { MLflowPair(key: key, value: $0) } }
  }

  // MARK: Files

  /// Stores a final run's files where they aren't those that were sent last.
  private func sendFiles(of run: StoredRun, to known: MLflowRun, _ outcome: inout Outcome) throws {
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("segbench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    var files: [(name: String, file: URL)] = []
    let names =
      ["cell.json", EpochTable.fileName, "scores.json", "failed.json"] + (sendsWeights ? [RunStore.weightsName] : [])
    for name in names {
      let file = run.folder.appendingPathComponent(name)
      if FileManager.default.fileExists(atPath: file.path) { files.append((name, file)) }
    }
    for shown in try run.maskPictures() {
      let name = "masks/\(shown.scene).png"
      try PNG.write(shown.picture, to: scratch.appendingPathComponent(name))
      files.append((name, scratch.appendingPathComponent(name)))
    }
    let sums = try files.map { name, file in "\(name) \(Checksum.digits(of: try Files.read(file, limit: 4 << 30)))" }
    let tag = MLflowPair(key: Self.filesTag, value: Checksum.digits(of: Data(sums.joined(separator: "\n").utf8)))
    guard !(known.data.tags ?? []).contains(tag) else { return }
    for (name, file) in files {
      guard try server.upload(file, as: name, to: known) else {
        outcome.keepsFilesElsewhere = true
        return
      }
      outcome.files += 1
    }
    for batch in MLflowBatch.all(of: known.info.id, metrics: [], params: [], tags: [tag]) { try server.send(batch) }
  }
}
