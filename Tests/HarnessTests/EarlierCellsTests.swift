import Compute
import Foundation
import Harness
import Reports
import Scenes
import Settings
import TestSupport
import Testing

/// What an experiment makes of cells that were stored before its settings changed.
@Suite("Earlier cells") struct EarlierCellsTests {
  private static let yaml = """
    name: tiny
    model: unet-mini
    data: {size: 32x16, train: 4, validation: 2, test: 2}
    training: {epochs: 2, batch: 2, learningRate: 0.01, patience: 10}
    network: {width: 0.25}
    """

  private func comparison(_ runs: URL, _ assignments: [String]) throws -> Comparison {
    try makeComparison(Self.yaml, runs: runs) { experiment in
      for assignment in assignments { try experiment.set(assignment) }
    }
  }

  private func contents(_ comparison: Comparison, _ file: String) throws -> Data {
    try Data(contentsOf: comparison.store.folder(of: comparison.cells[0].name).appendingPathComponent(file))
  }

  /// The columns of `epochs.csv`; the last one holds seconds.
  private func epochs(_ comparison: Comparison) throws -> [[Substring]] {
    try String(decoding: contents(comparison, "epochs.csv"), as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: ",")
    }
  }

  @Test(
    "A training of more epochs goes on from the stored one, which stays, to the bits of one from the start",
    arguments: [["schedule=constant", "warmUpSteps=3"], ["schedule={name: plateau, patience: 1}", "optimizer=adamw"]])
  func moreEpochs(_ schedule: [String]) throws {
    try withTemporaryFolder { folder in
      let shorter = try comparison(folder.appendingPathComponent("a"), schedule)
      _ = try shorter.run(command: "test")
      let before = try ["best.safetensors", "last.safetensors", "scores.json"].map { try contents(shorter, $0) }
      let longer = try comparison(folder.appendingPathComponent("a"), schedule + ["epochs=4"])
      #expect(try longer.plan()[0].state == "to run, on from 2 epochs")
      #expect(try longer.changes() == ["1 cell to train since training.epochs 2 → 4"])
      #expect(try longer.run(command: "test").ran == 1)
      let whole = try comparison(folder.appendingPathComponent("b"), schedule + ["epochs=4"])
      _ = try whole.run(command: "test")
      for file in ["best.safetensors", "pictures.csv"] {
        #expect(try contents(longer, file) == contents(whole, file), "\(file)")
      }
      let (own, other, first) = (try epochs(longer), try epochs(whole), try epochs(shorter))
      #expect(own.count == 5 && own.map { $0.dropLast() } == other.map { $0.dropLast() })
      #expect(Array(own.prefix(3)) == first, "the first epochs, their seconds too, are the stored ones")
      #expect(try ["best.safetensors", "last.safetensors", "scores.json"].map { try contents(shorter, $0) } == before)
    }
  }

  @Test("A schedule that plans its length keeps no state and starts anew; so does one whose state was removed")
  func obstacles() throws {
    try withTemporaryFolder { folder in
      let shorter = try comparison(folder, ["schedule=cosine"])
      _ = try shorter.run(command: "test")
      #expect(throws: (any Error).self) { try contents(shorter, "last.safetensors") }
      let longer = try comparison(folder, ["schedule=cosine", "epochs=3"])
      #expect(try longer.plan()[0].state == "to run")
      _ = try longer.run(command: "test")
      #expect(try epochs(longer)[1].last != epochs(shorter)[1].last)

      let constant = try comparison(folder, [])
      _ = try constant.run(command: "test")
      let inventory = try RunInventory(constant.store)
      try inventory.removeState(of: inventory.cell(constant.cells[0].name))
      #expect(try comparison(folder, ["epochs=3"]).plan()[0].state == "to run")
    }
  }

  @Test("Nothing goes on from other scenes, another seed or other settings, and what changed is told")
  func otherTrainings() throws {
    try withTemporaryFolder { folder in
      _ = try comparison(folder, []).run(command: "test")
      for (changes, told) in [
        (["train=3"], "data.train 4 → 3"), (["sceneSeed=1"], "other pictures, labels or weights"),
        (["batch=4", "loss=dice"], "loss ce → dice, training.batch 2 → 4"),
      ] {
        let changed = try comparison(folder, changes)
        #expect(try changed.changes() == ["1 cell to train since \(told)"])
        let longer = try comparison(folder, changes + ["epochs=3"])
        #expect(try longer.plan()[0].state == "to run", "\(changes)")
      }
      #expect(try comparison(folder, ["seed=1"]).changes() == [])
      #expect(try comparison(folder, []).changes() == [])
    }
  }

  @Test("An axis that is added or dropped later trains the new cells alone, finished and begun ones stay as they are")
  func axes() throws {
    try withTemporaryFolder { folder in
      let narrow = try comparison(folder, [])
      _ = try narrow.run(command: "test")
      let wide = try comparison(folder, ["learningRate=[0.01, 0.02]", "network.width=[0.25, 0.5]"])
      #expect(wide.cells.map(\.settings).contains(narrow.cells[0].settings))
      #expect(wide.cells.count { $0.name == narrow.cells[0].name } == 1)
      #expect(try wide.plan().count { $0.state == "finished" } == 1)
      #expect(try wide.run(command: "test").ran == 3)
      #expect(try Set(wide.store.index().cells) == Set(wide.cells.map(\.name)))

      let dropped = try comparison(folder, ["learningRate=0.02", "network.width=0.5"])
      #expect(try dropped.cells[0].name.contains("learningRate=0.02") && dropped.changes() == [])
      #expect(try dropped.run(command: "test").ran == 0)

      // Settings that aren't those of the name's fingerprint make it no such cell, as where a folder was copied by hand.
      let store = narrow.store
      let other = try comparison(folder, ["batch=4"]).cells[0]
      try FileManager.default.moveItem(
        at: store.folder(of: narrow.cells[0].name),
        to: store.folder(of: "copied_\(other.name.split(separator: "_").last ?? "")"))
      #expect(try comparison(folder, ["batch=4"]).cells[0].name == other.name)
    }
  }

  @Test("The same pictures under two paths are one row, of both seeds")
  func twoPaths() throws {
    try withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("data")
      try writeStreets(to: data, count: 20)
      func comparison(_ root: String, seeds: String) throws -> Comparison {
        try self.comparison(
          folder.appendingPathComponent("runs"),
          ["train=null", "validation=null", "test=null", seeds, "epochs=1", "data.root=\(root)"])
      }
      _ = try comparison(data.path, seeds: "seed=0").run(command: "test")
      let both = try comparison(data.path + "/../data", seeds: "seed=[0, 1]")
      #expect(try both.run(command: "test").ran == 1)
      let report = try Report(both.store, logger: silentLogger)
      let results = try #require(report.tableFiles.first { $0.name == "tables/results.csv" }).text.split(
        separator: "\n")
      #expect(results.count == 2, "\(results)")
      #expect(report.tableFiles.first { $0.name == "tables/cells.csv" }?.text.split(separator: "\n").count == 3)
    }
  }

  @Test("A single run is the same wherever its pictures lie, and is refused for others, or with what changed")
  func singleRun() throws {
    try withTemporaryFolder { folder in
      let run = folder.appendingPathComponent("run")
      for name in ["data", "others"] {
        try writeStreets(to: folder.appendingPathComponent(name), count: 20, seed: name.count)
      }
      func train(_ data: String, _ changes: [String] = []) throws -> RunStore.Record {
        var experiment = try Experiment(yaml: Self.yaml, file: "x")
        let given = ["train=null", "validation=null", "test=null", "epochs=1"]
        for assignment in given + ["data.root=\(folder.path)/\(data)"] + changes { try experiment.set(assignment) }
        return try CellRunner.runSingle(
          experiment, folder: run, progress: ProgressReporter(.quiet), logger: silentLogger)
      }
      func refusal(_ work: () throws -> RunStore.Record) -> String {
        do { return try "\(work().cell)" } catch { return "\(error)" }
      }
      let first = try train("data")
      #expect(try train("../\(folder.lastPathComponent)/data") == first)
      #expect(refusal { try train("others") }.contains("it holds a run on other pictures"))
      #expect(
        refusal { try train("data", ["epochs=3", "batch=4"]) }.contains(
          "(training.batch is 2 there, not 4; training.epochs is 1 there, not 3)"))
    }
  }
}
