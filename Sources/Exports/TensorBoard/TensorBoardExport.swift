import Foundation
import Harness
import Settings
import Storage

/// Stored runs as files of events for TensorBoard.
///
/// A file is made anew from what is stored, under one name: however often and whenever it is made, no step is in it twice.
package struct TensorBoardExport {
  /// TensorBoard reads what has `tfevents` in its name.
  package static let fileName = "events.out.tfevents.segbench"

  /// Where the files are written: `folder/<experiment>/<run>/events...`.
  private let folder: URL

  package init(to folder: URL) {
    self.folder = folder
  }

  /// Writes the runs of one experiment.
  ///
  /// - Returns: the files.
  /// - Throws: `StorageError`, errors of stored pictures.
  package func write(_ runs: [StoredRun]) throws -> [URL] {
    guard let first = runs.first else { return [] }
    let experiment = folder.appendingPathComponent(first.experiment)
    var summary = EventFile(time: first.start)
    summary.add(
      plugin: HyperparameterSummary.plugin,
      HyperparameterSummary.experiment(
        first.experiment, settings: Self.differing(runs), metrics: Self.compared(runs), time: first.start),
      HyperparameterSummary.experimentTag, time: first.start)
    let files =
      try [(experiment, summary)] + runs.map { (experiment.appendingPathComponent($0.name), try Self.events($0)) }
    return try files.map { folder, events in
      let file = folder.appendingPathComponent(Self.fileName)
      try Files.write(events.data, to: file)
      return file
    }
  }

  /// The events of a run, in the order in which it made them: those of a run that has gone on begin with the same ones.
  package static func events(_ run: StoredRun) throws -> EventFile {
    var events = EventFile(time: run.start)
    func add(_ content: Data, _ tag: String, time: Double) {
      events.add(plugin: HyperparameterSummary.plugin, content, tag, time: time)
    }
    add(
      HyperparameterSummary.start(run.name, run.settings.values, time: run.start), HyperparameterSummary.startTag,
      time: run.start)
    for metric in run.epochMetrics.joined() + run.finalMetrics {
      events.add(scalar: metric.value, metric.name, step: metric.step, time: metric.time)
    }
    for shown in try run.maskPictures() {
      try events.add(picture: shown.picture, "masks/\(shown.scene)", step: run.scoredEpoch, time: run.end)
    }
    let status: HyperparameterSummary.Status? =
      switch run.state {
      case .finished: .success
      case .failed: .failure
      case .running, .stopped: nil
      }
    if let status {
      add(HyperparameterSummary.end(status, time: run.end), HyperparameterSummary.endTag, time: run.end)
    }
    return events
  }

  /// The settings that aren't the same in all runs, with their values; the model is always one of them.
  private static func differing(_ runs: [StoredRun]) -> [String: [Setting]] {
    let all = runs.map(\.settings.values)
    let keys = Set(all.flatMap(\.keys))
    return Dictionary(
      uniqueKeysWithValues: keys.filter { key in key == "model" || Set(all.map { $0[key] }).count > 1 }
        .map { key in (key, all.compactMap { $0[key] }) })
  }

  /// The names of the scores that runs are compared by: whole ones of test and validation, and what they cost.
  private static func compared(_ runs: [StoredRun]) -> [String] {
    let ends = ["/mean_iou", "/accuracy"]
    let names = runs.flatMap(\.finalMetrics).map(\.name).filter { name in
      name.hasPrefix("cost/") || (!name.hasPrefix("training/") && ends.contains { name.hasSuffix($0) })
    }
    var known: Set<String> = []
    return names.filter { known.insert($0).inserted }
  }
}
