import ArgumentParser
import Foundation
import Harness
import Reports

/// Looks at stored runs, and makes room.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List and compare stored runs, and remove what isn't needed any more.",
    subcommands: [List.self, Show.self, Compare.self, Remove.self, Prune.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the experiments of a folder of runs: cells, their states, size on disk.")

    @Argument(help: "The folder of runs.", completion: .directory)
    var runs = "runs"

    mutating func run() throws {
      print(RunInventory.table(of: try RunInventory.all(in: fileURL(runs))), terminator: "")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the cells of an experiment, and those that no longer belong to it.")

    @Argument(help: "The runs of an experiment, such as runs/camvid.", completion: .directory)
    var experimentRuns: String

    mutating func run() throws {
      print(try RunInventory(RunStore(folder: fileURL(experimentRuns))).table, terminator: "")
    }
  }

  struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put two stored cells beside one another: settings, scores, and what one gains over the other.")

    @Argument(
      help: "A cell, such as runs/quick/unet_ce; as much of its name as no other has.", completion: .directory)
    var first: String

    @Argument(help: "Another one, of the same experiment or of one on the same data.", completion: .directory)
    var second: String

    @OptionGroup var work: WorkOptions

    mutating func run() throws {
      let (_, logger) = try work.start()
      let cells = try [first, second].map { path -> CellComparison.StoredCell in
        let file = fileURL(path)
        let store = RunStore(folder: file.deletingLastPathComponent())
        return (store, try RunInventory(store).cell(file.lastPathComponent).name)
      }
      print(try CellComparison(cells[0], cells[1], logger: logger).table, terminator: "")
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rm", abstract: "Remove cells with all that they stored.")

    @Argument(help: "The runs of an experiment, such as runs/camvid.", completion: .directory)
    var experimentRuns: String

    @Argument(help: "The cells, by their names or as much of their start as no other has.")
    var cells: [String]

    mutating func run() throws {
      let inventory = try RunInventory(RunStore(folder: fileURL(experimentRuns)))
      // All are known before one is removed.
      for cell in try cells.map(inventory.cell) {
        try inventory.remove(cell)
        print("removed \(cell.name), \(megabytes(cell.bytes))")
      }
    }
  }

  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove the states that finished trainings went on from; scores, weights and predictions stay.")

    @Argument(help: "The runs of an experiment, such as runs/camvid.", completion: .directory)
    var experimentRuns: String

    @Flag(help: "Remove cells, too, that the experiment as it was last run doesn't have.")
    var orphans = false

    @Flag(help: "Print what would be removed; remove nothing.")
    var dryRun = false

    mutating func run() throws {
      let inventory = try RunInventory(RunStore(folder: fileURL(experimentRuns)))
      var bytes = 0
      for cell in inventory.cells {
        let isOrphan = orphans && !cell.belongs
        guard isOrphan || (cell.state.isFinished && cell.stateBytes > 0) else { continue }
        if !dryRun { try isOrphan ? inventory.remove(cell) : inventory.removeState(of: cell) }
        let own = isOrphan ? cell.bytes : cell.stateBytes
        bytes += own
        print("\(cell.name): \(isOrphan ? "the cell" : "its state"), \(megabytes(own))")
      }
      print("\(dryRun ? "would remove" : "removed") \(megabytes(bytes))")
    }
  }
}

/// Bytes as people read them.
private func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
