import Compute
import Foundation
import Harness
import Logging
import Scenes
import Settings
import Storage
import Synchronization
import TestSupport
import Testing

/// Runs that are cut off, damaged, shared, diverging or too large.
@Suite("Runs", .serialized) struct RunsTests {
  private static let yaml = """
    name: tiny
    model: unet-mini
    data: {size: 16x16, train: 4, validation: 2, test: 1}
    training: {epochs: 2, batch: 2, learningRate: 0.01, patience: 10}
    network: {width: 0.25}
    """

  private func settings(_ changes: [String: Setting] = [:]) throws -> CellSettings {
    let settings = try #require(try Experiment(yaml: Self.yaml, file: "x").cellSettings().first)
    return try changes.reduce(settings) { try $0.with($1.key, $1.value) }
  }

  /// A runner that stores a network's state after every step.
  private func runner(_ settings: CellSettings, _ folder: URL) throws -> CellRunner {
    CellRunner(
      scenes: try PreparedScenes(settings.data, progress: ProgressReporter(.quiet), logger: silentLogger),
      store: RunStore(folder: folder),
      progress: ProgressReporter(.quiet), options: RunOptions(checkpointInterval: .zero))
  }

  private func comparison(
    _ folder: URL, _ assignments: [String], options: RunOptions = RunOptions()
  ) throws -> Comparison {
    try makeComparison(Self.yaml, runs: folder, options: options) { experiment in
      for assignment in assignments { try experiment.set(assignment) }
    }
  }

  /// What a run gave, without times.
  private func result(_ run: URL) throws -> [Data] {
    let rows = try String(contentsOf: run.appendingPathComponent("epochs.csv"), encoding: .utf8).split(separator: "\n")
    return try [Data(rows.map { $0.split(separator: ",").dropLast().joined(separator: ",") }.joined().utf8)]
      + ["best.safetensors", "pictures.csv"].map { try Data(contentsOf: run.appendingPathComponent($0)) }
  }

  private func names(in folder: URL) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder.path))
  }

  @Test("A training that is cut off at any system call of its writes goes on to the same bits and leaves nothing aside")
  func cutOff() throws {
    try withTemporaryFolder { folder in
      let settings = try settings()
      let runner = try runner(settings, folder)
      _ = try runner.run(settings, name: "whole")
      let expected = try result(folder.appendingPathComponent("whole"))
      let total = Counter()
      try with(faults: { _ in
        total.next()
        return nil
      }) { _ = try runner.run(settings, name: "counted") }
      let calls = total.count
      #expect(calls > 300, "too few calls, so that hardly anything is shown")
      // A stride that is no divisor of a state's calls meets each of them in one state or another.
      for cut in stride(from: 1, to: calls, by: 53) {
        let done = Counter()
        let name = "cut\(cut)"
        #expect(throws: StorageError.self) {
          try with(faults: { _ in
            done.next() < cut ? nil : .error(EIO)
          }) { try runner.run(settings, name: name) }
        }
        _ = try runner.run(settings, name: name)
        let run = folder.appendingPathComponent(name)
        #expect(try result(run) == expected, "cut off at call \(cut)")
        #expect(try names(in: run) == names(in: folder.appendingPathComponent("whole")), "cut off at call \(cut)")
      }
    }
  }

  @Test("A damaged state is passed over for the one before, a damaged first one for the start, to the same bits")
  func damagedState() throws {
    try withTemporaryFolder { folder in
      let settings = try settings()
      let runner = try runner(settings, folder)
      _ = try runner.run(settings, name: "whole")
      let expected = try result(folder.appendingPathComponent("whole"))
      // Cut off within the second epoch, so that there are both states.
      let run = folder.appendingPathComponent("run")
      let renames = Counter()
      #expect(throws: StorageError.self) {
        try with(faults: { call in
          guard call == .rename else { return nil }
          return renames.next() < 12 ? nil : .error(EIO)
        }) { try runner.run(settings, name: "run") }
      }
      let (last, previous) = (
        run.appendingPathComponent("last.safetensors"), run.appendingPathComponent("previous.safetensors")
      )
      #expect(try names(in: run).isSuperset(of: ["last.safetensors", "previous.safetensors", "best.safetensors"]))
      func damage(_ file: URL) throws {
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count - 100] ^= 1
        try bytes.write(to: file)
      }
      func copy(_ name: String, damaging files: [String], removing: [String] = []) throws -> URL {
        let copy = folder.appendingPathComponent(name)
        try FileManager.default.copyItem(at: run, to: copy)
        for file in removing { try FileManager.default.removeItem(at: copy.appendingPathComponent(file)) }
        for file in files { try damage(copy.appendingPathComponent(file)) }
        return copy
      }
      for (name, damaged, removed) in [
        ("last", [last], []), ("missing", [], [last]), ("previous", [previous], []), ("first", [last], [previous]),
      ] {
        let copy = try copy(
          name, damaging: damaged.map(\.lastPathComponent), removing: removed.map(\.lastPathComponent))
        _ = try runner.run(settings, name: name)
        #expect(try result(copy) == expected, "\(name)")
      }
      let both = try copy("both", damaging: [last, previous].map(\.lastPathComponent))
      let file = both.appendingPathComponent("last.safetensors").path
      #expect(throws: StorageError.malformed(file: file, reason: "its checksum is not that of its contents")) {
        try runner.run(settings, name: "both")
      }
      let best = try copy("best", damaging: ["best.safetensors"]).appendingPathComponent("best.safetensors").path
      #expect(throws: StorageError.malformed(file: best, reason: "its checksum is not that of its contents")) {
        try runner.run(settings, name: "best")
      }
    }
  }

  @Test("A cell that diverges is given up with its reason, once, and the others go on")
  func divergence() throws {
    try withTemporaryFolder { folder in
      let assignments = ["optimizer=sgd", "learningRate=[0.01, 10]", "epochs=20"]
      let comparison = try comparison(folder, assignments)
      let (ran, failures) = try comparison.run(command: "test")
      #expect(ran == 1 && failures.count == 1)
      let cell = try #require(comparison.cells.first { $0.settings.training.learningRate == 10 })
      let failure = try #require(try comparison.store.failure(of: cell.name))
      #expect(failure.settings == cell.settings && (failure.epoch ?? 0) >= 1 && !failure.reason.isEmpty)
      #expect("\(failures[0])".contains(cell.name) && "\(failures[0])".contains(failure.reason))
      #expect(try comparison.store.record(of: cell.name) == nil)

      let again = try self.comparison(folder, assignments).run(command: "test")
      #expect(again.ran == 0 && again.failures.map { "\($0)" } == failures.map { "\($0)" })
      try FileManager.default.removeItem(
        at: comparison.store.folder(of: cell.name).appendingPathComponent("failed.json"))
      let third = try self.comparison(folder, assignments).run(command: "test")
      #expect(third.ran == 0 && third.failures.map { "\($0)" } == failures.map { "\($0)" })
    }
  }

  @Test("A run that another is at is refused with its holder")
  func inUse() throws {
    try withTemporaryFolder { folder in
      let settings = try settings()
      let runner = try runner(settings, folder)
      let lock = try #require(try FileLock.take(folder.appendingPathComponent("run/.lock")))
      let holder = FileLock.holder(of: folder.appendingPathComponent("run/.lock"))
      #expect(throws: HarnessError.inUse(folder: folder.appendingPathComponent("run").path, holder: holder)) {
        try runner.run(settings, name: "run")
      }
      withExtendedLifetime(lock) {}
    }
  }

  @Test("Two comparisons of one folder at the same time run every cell once, and both end with all")
  func shared() throws {
    try withTemporaryFolder { folder in
      let comparisons = try (0..<2).map { _ in
        try comparison(folder.appendingPathComponent("shared"), ["seed=[0, 1, 2, 3]"])
      }
      let alone = try comparison(folder.appendingPathComponent("alone"), ["seed=[0, 1, 2, 3]"])
      _ = try alone.run(command: "test")
      nonisolated(unsafe) let pair = comparisons
      let counts = Mutex<[Int]>([])
      DispatchQueue.concurrentPerform(iterations: 2) { index in
        if let outcome = try? pair[index].run(command: "test") { counts.withLock { $0.append(outcome.ran) } }
      }
      #expect(counts.withLock { $0.count } == 2 && counts.withLock { $0.reduce(0, +) } == 4)
      for cell in alone.cells {
        #expect(try result(alone.store.folder(of: cell.name)) == result(comparisons[0].store.folder(of: cell.name)))
      }
    }
  }

  @Test("A cell that doesn't fit in memory is refused before anything is written, with settings that would fit")
  func memory() throws {
    try withTemporaryFolder { folder in
      let runs = folder.appendingPathComponent("runs")
      let options = RunOptions(availableBytes: { 600 << 20 })
      let comparison = try comparison(
        runs, ["model=[unet-mini, unet]", "width=1", "batch=8", "size=128x64"], options: options)
      let error = #expect(throws: HarnessError.self) { try comparison.run(command: "test") }
      guard case .tooLarge(let cell, let needed, let available, let advice) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(cell == comparison.cells[1].name && available == 600 << 20 && needed > available)
      #expect(advice == "this would fit: network.width=0.5")
      #expect(!FileManager.default.fileExists(atPath: runs.path))
      let unknown = try self.comparison(runs, [], options: RunOptions(availableBytes: { nil }))
      #expect(try unknown.run(command: "test").ran == 1)
    }
  }

  @Test("More cells at a time than fit in memory are refused, with how many would")
  func memoryOfSeveral() throws {
    try withTemporaryFolder { folder in
      let settings = ["model=[unet-mini, linear-svc]", "seed=[0, 1, 2]"]
      let sizes = try comparison(folder, settings).plan().map(\.bytes).sorted(by: >)
      let room = sizes[0] + sizes[1]
      let comparison = try comparison(folder, settings, options: RunOptions(availableBytes: { room }))
      try comparison.requireMemory(jobs: 1)
      try comparison.requireMemory(jobs: 2)
      let error = #expect(throws: SettingError.self) { try comparison.requireMemory(jobs: 3) }
      #expect(
        "\(try #require(error))".contains("--jobs is 3, but must be at most 2: the 3 largest cells take"),
        "\(error as Any)")
      _ = try comparison.run(command: "test")
      try comparison.requireMemory(jobs: 3)
    }
  }

  @Test("A cell that is run again is the same to the bit, and what was changed since is told")
  func verification() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder, ["model=[linear-svc, unet-mini]"])
      #expect(throws: HarnessError.self) { try comparison.verify(nil) }
      _ = try comparison.run(command: "test")
      #expect(try comparison.verify(nil).differences.isEmpty)
      let network = comparison.cells[1].name
      #expect(try comparison.verify("unet").cell == network)
      #expect(throws: SettingError.self) { try comparison.verify("forest") }

      // Records have no weights, but their digest, and the pictures of figures alone.
      let elsewhere = folder.appendingPathComponent("elsewhere")
      _ = try comparison.store.exportRecords(to: elsewhere.appendingPathComponent(comparison.experiment.name))
      let recorded = try self.comparison(elsewhere, ["model=[linear-svc, unet-mini]"])
      let same = try recorded.verify(network)
      #expect(same.differences.isEmpty && !same.hasWeights)
      #expect(same.description.hasSuffix("all that its records hold is the same to the bit"))
      let copy = recorded.store.folder(of: network)
      let scores = copy.appendingPathComponent("scores.json")
      let digest = try #require(recorded.store.record(of: network)?.contents?.weights)
      try Files.write(
        String(contentsOf: scores, encoding: .utf8).replacingOccurrences(of: digest, with: "other"), to: scores)
      let pictures = copy.appendingPathComponent("pictures.csv")
      try Files.write(String(contentsOf: pictures, encoding: .utf8) + "\n", to: pictures)
      #expect(try recorded.verify(network).differences == ["scores.json", "pictures.csv"])

      let run = comparison.store.folder(of: network)
      let weights = run.appendingPathComponent("best.safetensors")
      var stored = try SafeTensors(contentsOf: weights)
      let bias = try #require(stored.arrays["head.bias"])
      let values = try #require(bias.values(Float.self, as: .float32))
      stored.arrays["head.bias"] = .init(.float32, shape: bias.shape, values: values.map { $0 + 0.5 })
      try stored.write(to: weights)
      let table = run.appendingPathComponent("epochs.csv")
      try Files.write(String(contentsOf: table, encoding: .utf8).replacingOccurrences(of: "2,", with: "3,"), to: table)
      // Scenes' names may hold folders.
      try Files.write("", to: run.appendingPathComponent("predictions/lyon/frame_1_labelIds.png"))
      let found = try comparison.verify(network)
      #expect(
        found.differences == [
          "best.safetensors: 1 of \(stored.arrays.count) arrays differ, by at most 0.5", "epochs.csv",
          "predictions/lyon/frame_1_labelIds.png",
        ])
      #expect(found.description.contains(LinearAlgebra.kernelName))
    }
  }
}
