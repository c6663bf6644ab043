import Foundation
import Storage

extension MergedRuns {
  /// Copies the finished cells of several folders of runs into one, which is then an experiment of its own for `report`,
  /// `note`, `predict` and all else that reads runs. A training that several have is copied once.
  ///
  /// Files are second names of those that are there, where the file system has such, and take no room. The states that
  /// trainings of more epochs would go on from stay where they are.
  ///
  /// - Parameters:
  ///   - stores: the experiments' runs, two at least.
  ///   - target: a folder that isn't there yet or is empty; its name is the merged experiment's.
  /// - Returns: what it holds, and what its readers should know, a sentence each.
  /// - Throws: `HarnessError.notComparable` where two have other data, another protocol or other scores of one training,
  ///   `.noRun` for a target that holds something; errors of files.
  package static func merge(_ stores: [RunStore], into target: URL) throws -> (merged: MergedRuns, notes: [String]) {
    if let names = try? FileManager.default.contentsOfDirectory(atPath: target.path), !names.isEmpty {
      throw HarnessError.noRun(folder: target.path, reason: "it isn't empty; name a folder that isn't there yet")
    }
    var merged = try MergedRuns(stores)
    try requireSameScores(stores)
    var experiment = merged.experiment
    try experiment.set("name", to: .text(target.lastPathComponent))
    let records = try merged.index.cells.compactMap { try merged.store.record(of: $0) }
    guard !records.isEmpty else {
      throw HarnessError.noRun(folder: stores[0].folder.path, reason: "no cell is finished yet")
    }
    let left = merged.index.cells.count - records.count
    merged = merged.of(cells: records.map(\.cell))
    for record in records {
      let folder = merged.store.folder(of: record.cell)
      try copy(folder, to: target.appendingPathComponent(record.cell), but: Checkpoint.files(in: folder))
    }
    for store in stores.reversed() {
      try copy(store.folder.appendingPathComponent("panel"), to: target.appendingPathComponent("panel"))
    }
    let store = RunStore(folder: target)
    let environment = stores[0].folder.appendingPathComponent("environment.json")
    if FileManager.default.fileExists(atPath: environment.path) {
      try Files.link(environment, to: target.appendingPathComponent(environment.lastPathComponent))
    }
    // What makes the folder one of runs comes last.
    try store.write(experiment, merged.index)
    return (try MergedRuns([store]), notes(on: records, left: left))
  }

  /// Refuses experiments that have one training with other scores: one of them says less than it seems to.
  private static func requireSameScores(_ stores: [RunStore]) throws {
    var known: [String: (store: RunStore, record: RunStore.Record)] = [:]
    for store in stores {
      for record in try store.index().cells.compactMap({ try store.record(of: $0) }) {
        let fingerprint = Cell.fingerprint(in: record.cell)
        guard let (other, first) = known[fingerprint] else {
          known[fingerprint] = (store, record)
          continue
        }
        guard first.scores == record.scores else {
          let builds = [first, record].map {
            "\($0.environment.programVersion) \($0.environment.commit ?? $0.environment.build)"
          }
          throw HarnessError.notComparable(
            first: other.folder.relativePath, second: store.folder.relativePath,
            reason:
              "\(record.cell) has other scores in both, of segbench \(builds[0]) on \(first.environment.processor) "
              + "and of \(builds[1]) on \(record.environment.processor)")
        }
      }
    }
  }

  private static func notes(on records: [RunStore.Record], left: Int) -> [String] {
    var notes: [String] = []
    let builds = Set(
      records.map { "\($0.environment.programVersion) \($0.environment.commit ?? $0.environment.build)" })
    if builds.count > 1 {
      notes.append(
        "cells were run by several builds of segbench, as the report says for each: "
          + builds.sorted().joined(separator: ", "))
    }
    if left > 0 { notes.append("\(left) cells that aren't finished were left out") }
    return notes
  }

  private static func copy(_ source: URL, to target: URL, but left: [URL] = []) throws {
    for path in Files.visiblePaths(below: source) ?? [] {
      let file = source.appendingPathComponent(path)
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), !isFolder.boolValue,
        !left.contains(where: { $0.path == file.path })
      else { continue }
      try Files.link(file, to: target.appendingPathComponent(path))
    }
  }
}
