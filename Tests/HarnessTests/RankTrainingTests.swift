import Compute
import Foundation
import Harness
import Settings
import TestSupport
import Testing

@Suite("Trainings on several ranks", .serialized) struct RankTrainingTests {
  private func settings(_ changes: [String: Setting] = [:]) throws -> CellSettings {
    let yaml = """
      model: unet-mini
      data: {size: 32x16, train: 6, validation: 3, test: 2}
      training: {epochs: 4, batch: 4, shards: 4, learningRate: 0.01, patience: 10, schedule: plateau}
      network: {width: 0.5}
      """
    let settings = try #require(try Experiment(yaml: yaml, file: "x").cellSettings().first)
    return try changes.reduce(settings) { try $0.with($1.key, $1.value) }
  }

  /// What `lead` gives on rank 0, while the others do what it asks for.
  private func with<Result: Sendable>(
    ranks: Int, _ folder: URL, _ lead: @escaping @Sendable (CellRunner) throws -> Result
  ) throws -> Result {
    let results = try ThreadCommunicator.run(ranks) { communicator -> Result? in
      guard communicator.rank == 0 else {
        let status = try RankWork(communicator, cache: nil, logger: silentLogger).serve()
        #expect(status == 7)
        return nil
      }
      defer { RankWork.end(on: communicator, status: 7) }
      let settings = try settings()
      let runner = CellRunner(
        scenes: try PreparedScenes(settings.data, progress: ProgressReporter(.quiet), logger: silentLogger),
        store: RunStore(folder: folder), progress: ProgressReporter(.quiet),
        options: RunOptions(communicator: communicator))
      return try lead(runner)
    }
    return try #require(results[0])
  }

  @Test("One, two and four ranks store the same weights and scores, also where one number goes on from another's state")
  func sameRuns() throws {
    try withTemporaryFolder { folder in
      let whole = try settings()
      func weights(_ name: String) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent("\(name)/best.safetensors"))
      }
      for ranks in [1, 2, 4] {
        let record = try with(ranks: ranks, folder) { try $0.run(whole, name: "ranks\(ranks)") }
        #expect(record.fit.epochs == 4)
        #expect(try weights("ranks\(ranks)") == weights("ranks1"))
      }
      let half = try settings(["training.epochs": .whole(2)])
      _ = try with(ranks: 4, folder) { try $0.run(half, name: "parts") }
      try FileManager.default.removeItem(at: folder.appendingPathComponent("parts/scores.json"))
      let record = try with(ranks: 2, folder) { try $0.run(whole, name: "parts") }
      #expect(record.testTally == (try RunStore(folder: folder).record(of: "ranks1"))?.testTally)
      #expect(try weights("parts") == weights("ranks1"))
    }
  }

  @Test("After a cell that fails on rank 0 the ranks train the next one")
  func failing() throws {
    try withTemporaryFolder { folder in
      let whole = try settings()
      let wild = try settings([
        "training.optimizer": .text("sgd"), "training.learningRate": .whole(10), "training.epochs": .whole(20),
      ])
      let epochs = try with(ranks: 2, folder) { runner in
        #expect(throws: (any Error).self) { try runner.run(wild, name: "wild") }
        return try runner.run(whole, name: "next").fit.epochs
      }
      #expect(epochs == 4)
    }
  }

  @Test("A network with fewer shards than ranks is refused, and shards that no batch has")
  func tooFewShards() throws {
    let options = try ThreadCommunicator.run(2) { RunOptions(communicator: $0) }
    try withTemporaryFolder { folder in
      #expect(throws: SettingError.self) {
        try makeComparison("name: x\nmodel: unet-mini", runs: folder, options: options[0]) { _ in }
      }
      _ = try makeComparison("name: x\nmodel: linear-svc", runs: folder, options: options[0]) { _ in }
    }
    #expect(throws: SettingError.self) {
      try Experiment(yaml: "model: unet-mini\ntraining: {batch: 4, shards: 5}", file: "x").cellSettings()
    }
  }

  @Test("Only who was started as one of several has a library of MPI")
  func libraries() {
    #expect(Ranks.library([:]) == nil)
    #expect(Ranks.library(["PMI_SIZE": "1", "PMI_RANK": "0"]) == nil)
    #expect(Ranks.library(["PMI_SIZE": "2", "PMI_RANK": "0"]) == "libsegbench-mpich.so")
    #expect(Ranks.library(["OMPI_COMM_WORLD_SIZE": "2"]) == "libsegbench-openmpi.so")
  }

  @Test("Ranks on one machine share its processors, where they aren't bound to some")
  func threads() {
    let four = ["PMI_SIZE": "8", "MPI_LOCALNRANKS": "4"]
    #expect(Ranks.threadCount([:], processors: 8, bound: 8) == nil)
    #expect(Ranks.threadCount(four, processors: 8, bound: 8) == 2)
    #expect(Ranks.threadCount(four, processors: 2, bound: 2) == 1)
    #expect(Ranks.threadCount(four, processors: 8, bound: 2) == nil)
  }
}
