import Foundation
import Harness
import Reports
import Settings
import Storage
import TestSupport
import Testing

/// What is told of stored runs, and removed.
@Suite("Inventory of runs") struct RunInventoryTests {
  private static let yaml = """
    name: tiny
    model: unet-mini
    data: {size: 32x16, train: 4, validation: 2, test: 2}
    training: {epochs: 1, batch: 2}
    network: {width: 0.25}
    """

  /// Runs cells of two seeds, then asks for one of them and a third that isn't run.
  private func inventory(in folder: URL) throws -> RunInventory {
    _ = try makeComparison(Self.yaml, runs: folder) { try $0.set("seed=[0, 1]") }.run(command: "test")
    let narrower = try makeComparison(Self.yaml, runs: folder) { try $0.set("seed=0") }
    _ = try narrower.run(command: "test")
    return try RunInventory(narrower.store)
  }

  private func files(_ inventory: RunInventory, _ cell: RunInventory.Cell) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: inventory.store.folder(of: cell.name).path))
  }

  @Test("Cells are told with state, score and size, and those that the experiment no longer has as such")
  func told() throws {
    try withTemporaryFolder { folder in
      let inventory = try inventory(in: folder)
      #expect(inventory.cells.map(\.belongs) == [true, false] && inventory.plannedCount == 1)
      for cell in inventory.cells {
        let record = try #require(try inventory.store.record(of: cell.name))
        #expect(cell.state == .finished(meanIoU: record.scores(.test, .official)?.meanIoU))
        #expect(cell.stateBytes > 0 && cell.bytes > cell.stateBytes)
      }
      #expect(try RunInventory.all(in: folder).map(\.name) == ["tiny"])
      #expect(inventory.table.contains("finished, not of the experiment"))

      let (own, other) = (inventory.cells[0].name, inventory.cells[1].name)
      try FileManager.default.removeItem(at: inventory.store.folder(of: own).appendingPathComponent("scores.json"))
      try Files.write("{", to: inventory.store.folder(of: other).appendingPathComponent("scores.json"))
      let lock = try FileLock.take(inventory.store.folder(of: own).appendingPathComponent(".lock"))
      let later = try RunInventory(inventory.store)
      #expect(later.cells[0].state.isRunning)
      if case .damaged(let reason) = later.cells[1].state {
        #expect(reason.contains("scores.json"))
      } else {
        Issue.record("\(later.cells[1].state)")
      }
      #expect(throws: HarnessError.self) { try later.remove(later.cells[0]) }
      withExtendedLifetime(lock) {}
    }
  }

  @Test("A pruned cell lacks its state alone: it is still finished, reported and opened")
  func pruned() throws {
    try withTemporaryFolder { folder in
      let inventory = try inventory(in: folder)
      let cell = inventory.cells[0]
      let before = try files(inventory, cell)
      try inventory.removeState(of: cell)
      #expect(try before.subtracting(files(inventory, cell)) == ["last.safetensors"])
      let later = try RunInventory(inventory.store).cells[0]
      #expect(later.state == cell.state && later.stateBytes == 0 && later.bytes == cell.bytes - cell.stateBytes)
      _ = try StoredModel(run: inventory.store.folder(of: cell.name))
      let comparison = try makeComparison(Self.yaml, runs: folder) {
        try $0.set("seed=0")
        try $0.set("conditions=fog-3")
      }
      #expect(try comparison.run(command: "test").ran == 0)
    }
  }

  @Test("A cell is named by as much of its start as no other has, and removed whole")
  func removed() throws {
    try withTemporaryFolder { folder in
      let inventory = try inventory(in: folder)
      let other = inventory.cells[1]
      #expect(try inventory.cell(String(other.name.dropLast(3))) == other)
      #expect(throws: SettingError.self) { try inventory.cell("unet-mini") }
      #expect(throws: SettingError.self) { try inventory.cell("unet-maxi") }
      try inventory.remove(other)
      #expect(try RunInventory(inventory.store).cells == [inventory.cells[0]])
      #expect(throws: HarnessError.self) { try RunInventory(RunStore(folder: folder)) }
    }
  }

  @Test("A fitted model that isn't what was stored with its scores is damaged; its scores still stand")
  func damagedWeights() throws {
    try withTemporaryFolder { folder in
      let inventory = try inventory(in: folder)
      let cell = inventory.cells[0]
      let weights = inventory.store.weights(of: cell.name)
      var data = try Data(contentsOf: weights)
      data[data.count - 1] ^= 1
      try Files.write(data, to: weights)
      let later = try RunInventory(inventory.store).cells[0]
      guard case .damaged(let reason) = later.state else {
        Issue.record("\(later.state)")
        return
      }
      #expect(reason.contains("best.safetensors is damaged"))
      let comparison = try makeComparison(Self.yaml, runs: folder) { try $0.set("seed=0") }
      #expect(try comparison.plan()[0].state == "finished, its weights damaged")
      #expect(try comparison.run(command: "test").ran == 0)
      try FileManager.default.removeItem(at: weights)
      #expect(try RunInventory(inventory.store).cells[0].state == cell.state)
    }
  }
}
