import Foundation
import Harness
import Reports
import Settings
import Storage
import TestSupport
import Testing

/// Cells of one experiment that are run in several places.
@Suite("Grids", .serialized) struct GridTests {
  private static let yaml = """
    name: grid
    model: [linear-svc, unet-mini]
    seed: [0, 1]
    data: {size: 32x16, train: 4, validation: 2, test: 3}
    training: {epochs: 2, batch: 2}
    network: {width: 0.25}
    """

  private func comparison(
    _ folder: URL, runs: String = "runs", _ change: (inout Experiment) throws -> Void = { _ in }
  ) throws -> Comparison {
    try makeComparison(Self.yaml, runs: folder.appendingPathComponent(runs), change)
  }

  private func finished(_ comparison: Comparison) throws -> [String] {
    try comparison.cells.map(\.name).filter { try comparison.store.record(of: $0) != nil }
  }

  private func tables(_ stores: RunStore...) throws -> [String: String] {
    let report = try Report(MergedRuns(stores), logger: silentLogger)
    // Times are those of each training.
    return Dictionary(uniqueKeysWithValues: report.tableFiles.map { ($0.name, $0.text) })
      .filter { ["tables/pairs.csv", "tables/iou_by_category.csv", "tables/pictures.csv"].contains($0.key) }
  }

  @Test("A cell is run alone by as much of its name as no other has")
  func oneCell() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder)
      let name = comparison.cells[0].name
      #expect(try comparison.run(command: "test", .cell(String(name.dropLast(3)))).ran == 1)
      #expect(try finished(comparison) == [name])
      #expect(try comparison.run(command: "test", .cell(name)).ran == 0)
      for (wrong, says) in [("unet-mni_ce", "unet-mini_ce"), ("unet-mini", "one of unet-mini_ce")] {
        let error = #expect(throws: SettingError.self) { try comparison.run(command: "test", .cell(wrong)) }
        #expect("\(try #require(error))".contains(says))
      }
      #expect(try finished(comparison) == [name])
    }
  }

  @Test("A worker leaves cells that others are at, and ends")
  func worker() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder)
      let held = comparison.cells[1].name
      let lock = try FileLock.take(comparison.store.folder(of: held).appendingPathComponent(".lock"))
      let ran = try withExtendedLifetime(lock) { try comparison.run(command: "test", .idle).ran }
      #expect(lock != nil && ran == 3)
      #expect(try finished(comparison) == comparison.cells.map(\.name).filter { $0 != held })
    }
  }

  @Test("The state of each cell is told by its folder alone")
  func status() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder) { try $0.set("training.epochs=[2,6]") }
      let names = comparison.cells.map(\.name)
      let long = try #require(names.first { $0.contains("epochs=6") })
      let other = try #require(names.last { $0.contains("epochs=6") })
      _ = try comparison.run(command: "test", .cell(long))
      func state(_ cell: String) throws -> GridStatus.Cell {
        try #require(GridStatus(comparison.store).cells.first { $0.name == cell })
      }
      guard case .finished(let score) = try state(long).state else {
        Issue.record("\(long) isn't finished")
        return
      }
      #expect(score != nil)
      #expect(try state(other).state == nil)
      // As its process would leave it in the fourth epoch of six.
      let (source, target) = (comparison.store.folder(of: long), comparison.store.folder(of: other))
      try Files.makeFolder(target)
      try FileManager.default.copyItem(
        at: source.appendingPathComponent("cell.json"), to: target.appendingPathComponent("cell.json"))
      let rows = (1...3).map { "\($0),0.5,0.3,0.6,0.001,20\n" }.joined()
      let header = try #require(
        String(contentsOf: source.appendingPathComponent("epochs.csv"), encoding: .utf8).split(separator: "\n").first)
      try Files.write("\(header)\n\(rows)", to: target.appendingPathComponent("epochs.csv"))
      #expect(try state(other).state == .stopped && state(other).secondsLeft == nil)
      let running = try {
        let lock = try FileLock.take(target.appendingPathComponent(".lock"))
        return try withExtendedLifetime(lock) { try state(other) }
      }()
      #expect(running.epochs?.done == 3 && running.epochs?.planned == 6 && running.secondsLeft == 60)
      #expect(running.state?.isRunning == true)
      let table = try GridStatus(comparison.store).table
      #expect(table.hasPrefix("grid: 6 cells, 1 finished, 1 stopped or lost, 4 to come\n"))
      #expect(table.contains("3/6") && !table.contains(long))
    }
  }

  @Test("Runs of two places merge into what one place would have run, and take no state along")
  func merge() throws {
    try withTemporaryFolder { folder in
      let whole = try comparison(folder, runs: "whole")
      let parts = try [0, 1].map { seed in try comparison(folder, runs: "part\(seed)") { try $0.set("seed=\(seed)") } }
      for each in [whole] + parts { _ = try each.run(command: "test") }
      let target = folder.appendingPathComponent("runs/both")
      let (merged, notes) = try MergedRuns.merge(parts.map(\.store), into: target)
      #expect(notes == [] && merged.experiment.name == "both")
      #expect(Set(merged.index.cells) == Set(whole.cells.map(\.name)))
      #expect(try tables(RunStore(folder: target)) == tables(whole.store))
      let stored = try #require(FileManager.default.enumerator(atPath: target.path)).compactMap { $0 as? String }
      #expect(
        !stored.contains { $0.hasSuffix("last.safetensors") } && stored.contains { $0.hasSuffix("best.safetensors") })
      #expect(try GridStatus(RunStore(folder: target)).table == "both: 4 cells, 4 finished\n")
      let error = #expect(throws: HarnessError.self) { try MergedRuns.merge(parts.map(\.store), into: target) }
      #expect("\(try #require(error))".contains("it isn't empty"))
    }
  }

  @Test("Runs that don't go together are refused, and nothing is made")
  func refusedMerges() throws {
    try withTemporaryFolder { folder in
      let target = folder.appendingPathComponent("runs/both")
      func refusal(_ first: Comparison, _ second: Comparison) throws -> String {
        let error = #expect(throws: HarnessError.self) {
          try MergedRuns.merge([first.store, second.store], into: target)
        }
        #expect(!FileManager.default.fileExists(atPath: target.path))
        return "\(try #require(error))"
      }
      let first = try comparison(folder, runs: "a") { try $0.set("model=linear-svc") }
      let same = try comparison(folder, runs: "b") { try $0.set("model=linear-svc") }
      let other = try comparison(folder, runs: "c") {
        try $0.set("model=linear-svc")
        try $0.set("data.test=4")
      }
      #expect(try refusal(first, same).contains("isn't a folder of runs"))
      for each in [first, same, other] { _ = try each.run(command: "test") }
      #expect(try refusal(first, other).contains("can't be ranked in one table"))
      // As another version of the program might have scored it.
      let file = same.store.folder(of: same.cells[0].name).appendingPathComponent("scores.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      let number = try #require(text.firstMatch(of: #/"accuracy" : (0\.\d+)/#)?.output.1)
      try Files.write(text.replacingOccurrences(of: number, with: "0.123"), to: file)
      let reason = try refusal(first, same)
      #expect(reason.contains("has other scores in both, of segbench \(Environment.version)"))
    }
  }
}
