import Compute
import Foundation
import Scenes
import Settings
import Storage

/// The runs of one experiment on disk. Every file is written aside and renamed; a cell is finished when its
/// `scores.json` is there, which is written last, and given up when its `failed.json` is. One process at a time is at a
/// cell: the one that holds the lock on its `.lock`.
package struct RunStore: Sendable {
  /// The largest stored table or text that is read, in bytes.
  static let byteLimit = 1 << 26

  /// `runs/<experiment>`.
  package let folder: URL
  /// Those of other experiments, in which cells and panel pictures are looked for that it doesn't have itself.
  private let others: [RunStore]

  package init(folder: URL, besides others: [RunStore] = []) {
    (self.folder, self.others) = (folder, others)
  }

  /// What was fitted and how it scored.
  package struct Record: Codable, Equatable, Sendable {
    package let cell: String
    package let settings: CellSettings
    /// The classes that it tells apart; nil in runs of 0.1.0, which knew eight only.
    package private(set) var classSet: ClassSet?
    package let fit: FitSummary
    /// Scores by part, under each protocol that the dataset allows.
    package let scores: [Part: [Scores]]
    /// Seconds to predict one test picture.
    package let predictionSeconds: Double
    /// How long it takes for one frame of a camera; nil in runs of 0.1.0.
    package var frame: FrameTime?
    /// The test tally, from which any further score follows.
    package let testTally: Tally
    /// Scores of the test scenes by the name of the condition that they were seen under, each under the protocols that
    /// the dataset allows; nil where there is none beside clear weather.
    package var conditions: [String: [Scores]]?
    /// Stands for the contents of the pictures of each condition that another program made; nil where there is none.
    package var conditionContents: [String: String]?
    /// The calibration on validation scenes; nil without probabilities, and in runs of 0.1.0.
    package private(set) var validationCalibration: Calibration?
    /// The calibrations on test scenes by the name of the condition that they were seen under, as `conditions`; nil
    /// without probabilities, and in runs of 0.1.0. That in clear weather is in `testTally`.
    package var calibrations: [String: Calibration]?
    /// What stands for the contents of files; nil in runs of 0.2.0.
    package private(set) var contents: Contents?
    /// What it was run by, and where.
    package let environment: Environment

    /// Digests of files, as `FileDigests` makes them.
    package struct Contents: Codable, Equatable, Sendable {
      /// That of the fitted model, `best.safetensors`.
      package let weights: String
      /// That of the file that the encoder started from; nil where there is none.
      package private(set) var encoder: String?
    }

    /// The classes that it tells apart.
    package var classes: ClassSet { classSet ?? .cityscapes8 }

    /// The scores of a part under a protocol.
    package func scores(_ part: Part, _ scoringProtocol: ScoringProtocol) -> Scores? {
      scores[part]?.first { $0.scoringProtocol == scoringProtocol }
    }
  }

  /// Why a cell was given up.
  package struct Failure: Codable, Equatable, Sendable {
    package let cell: String
    package let settings: CellSettings
    /// The epoch that couldn't be finished, from 1, where a loss or weights were no longer numbers; `last.safetensors`
    /// holds the state before.
    package private(set) var epoch: Int?
    /// What went wrong.
    package let reason: String
    /// Whether the same would happen again, so that it isn't tried: nil or true where it would. What files and disks did
    /// may be gone by the next time.
    package private(set) var isLasting: Bool?

    /// As the fit threw it.
    var error: HarnessError {
      epoch.map { .diverged(cell: cell, epoch: $0, reason: reason) } ?? .cellFailed(cell: cell, reason: reason)
    }
  }

  /// What the report needs of the experiment beside its cells.
  package struct Index: Codable, Equatable, Sendable {
    package var cells: [String]
    package let axes: [String]
    package let select: Experiment.Selection?
    package let headline: ScoringProtocol
    /// The classes; nil in runs of 0.1.0, which knew eight only.
    package private(set) var classSet: ClassSet?
    /// How many scenes each part has: of the test all that any cell has, else the most that a cell has.
    package let sceneCounts: [Part: Int]
    /// The fewest scenes that a cell is trained on and chosen by; nil where all have as many.
    package private(set) var fewestScenes: [Part: Int]?
    /// How many scenes were left out as bad.
    package let skipped: Int
    /// The size of the largest picture as models see it; nil in runs of 0.1.0.
    package private(set) var largestPicture: PixelSize?
    /// Test scenes that figures show, whose pictures and truth are stored in `panel`.
    package let panel: [String]
    package let citation: String
    /// How the scenes were divided; nil in runs of 0.1.0, which knew one way only.
    package private(set) var division: Division?
    /// The test pictures by drive; nil in runs of 0.1.0, which didn't store them.
    package private(set) var testPictures: TestPictures?
    /// The worst test pictures, which figures show too; nil in runs of 0.1.0, and until a cell is finished.
    package var worst: WorstPictures?

    /// The classes that models tell apart.
    package var classes: ClassSet { classSet ?? .cityscapes8 }

    /// How many scenes of a part cells have, from the fewest to the most.
    package func range(_ part: Part) -> ClosedRange<Int> {
      let most = sceneCounts[part] ?? 0
      return min(fewestScenes?[part] ?? most, most)...most
    }
  }

  /// The test pictures that a cell segments worst: the cell with the best validation mean IoU, so that no score of the
  /// test chose it.
  package struct WorstPictures: Codable, Equatable, Sendable {
    package let cell: String
    /// The names of the pictures, the worst first; they and their truths are stored in `panel`.
    package let pictures: [String]

    package init(cell: String, pictures: [String]) {
      (self.cell, self.pictures) = (cell, pictures)
    }
  }

  /// The digests of files, which all experiments of a folder of runs share.
  package var digests: FileDigests {
    FileDigests(keptIn: folder.deletingLastPathComponent().appendingPathComponent(".digests.json"))
  }

  package func folder(of cell: String) -> URL { found(cell) }

  /// Where the truth of a scene that figures show is stored.
  package func panelTruth(_ scene: String) -> URL { found("panel/\(scene)_truth.png") }

  /// A path below its folder, or below that of the first other that has it where it has none itself.
  func found(_ path: String) -> URL {
    let all = ([self] + others).map { $0.folder.appendingPathComponent(path) }
    return all.dropFirst().isEmpty ? all[0] : all.first { FileManager.default.fileExists(atPath: $0.path) } ?? all[0]
  }
  private func failed(_ cell: String) -> URL { folder(of: cell).appendingPathComponent("failed.json") }

  /// The record of a finished cell; nil where it isn't finished.
  ///
  /// - Throws: `StorageError.malformed` where its `scores.json` is damaged.
  package func record(of cell: String) throws -> Record? {
    let file = folder(of: cell).appendingPathComponent("scores.json")
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let record = try Self.read(Record.self, file)
    try Self.checkNames([record.cell], file)
    return record
  }

  /// Why a cell was given up; nil where it wasn't.
  ///
  /// - Throws: `StorageError.malformed` where its `failed.json` is damaged.
  ///
  /// One of a kind that may be gone is still told here until the cell is run again.
  package func failure(of cell: String) throws -> Failure? {
    guard FileManager.default.fileExists(atPath: failed(cell).path) else { return nil }
    return try Self.read(Failure.self, failed(cell))
  }

  /// The lock on a cell; nil where another holds it. What writers that were killed left aside is removed.
  func lock(_ cell: String) throws -> FileLock? {
    guard let lock = try FileLock.take(lockFile(cell)) else { return nil }
    Files.removeAsides(in: folder(of: cell))
    return lock
  }

  /// Whether a process is at a cell; nothing of the cell is changed.
  package func isBeingRun(_ cell: String) throws -> Bool { try FileLock.isHeld(lockFile(cell)) }

  /// Who runs a cell whose lock couldn't be had.
  func holder(of cell: String) -> String { FileLock.holder(of: lockFile(cell)) }

  private func lockFile(_ cell: String) -> URL { folder(of: cell).appendingPathComponent(".lock") }

  /// Does what only one process may do to the experiment at a time, waiting for another to be done with such.
  package func exclusively<Result>(_ work: () throws -> Result) throws -> Result {
    let file = folder.appendingPathComponent(".lock")
    while true {
      if let lock = try FileLock.take(file) { return try withExtendedLifetime(lock, work) }
      try Interrupts.pause()
    }
  }

  /// Stores the scores of a cell, which finishes it. What only an unfinished one needs is removed; the last state is kept
  /// where a training of more epochs can go on from it.
  func write(_ record: Record) throws {
    let folder = folder(of: record.cell)
    try Self.write(record, to: folder.appendingPathComponent("scores.json"))
    let isOver = (try? record.settings.training.canGoOn) != true
    for file in isOver ? Checkpoint.files(in: folder) : [Checkpoint.previous(in: folder)] {
      try? FileManager.default.removeItem(at: file)
    }
  }

  /// The fitted model of a cell.
  package func weights(of cell: String) -> URL { Self.weights(in: folder(of: cell)) }

  /// The fitted model in a run's folder.
  package static func weights(in folder: URL) -> URL { folder.appendingPathComponent(weightsName) }

  package static let weightsName = "best.safetensors"

  /// What is wrong with the fitted model of a finished cell; nil where nothing is, or it isn't there any more. Those of
  /// 0.2.0 aren't looked at.
  ///
  /// - Throws: `StorageError.unreadable`.
  func fault(of record: Record, _ digests: FileDigests) throws -> String? {
    let file = weights(of: record.cell)
    guard let stored = record.contents?.weights, FileManager.default.fileExists(atPath: file.path),
      try digests.digest(of: file) != stored
    else { return nil }
    return "\(Self.weightsName) is damaged: it isn't what was stored with its scores"
  }

  func write(_ failure: Failure) throws {
    try Self.write(failure, to: failed(failure.cell))
  }

  /// Whether a cell was given up for good: the same would happen again.
  func isGivenUp(_ cell: String) throws -> Bool { try failure(of: cell).map { $0.isLasting ?? true } ?? false }

  /// Forgets why a cell failed, as it is run again.
  func removeFailure(of cell: String) {
    try? FileManager.default.removeItem(at: failed(cell))
  }

  func write(_ settings: CellSettings, of cell: String) throws {
    try Self.write(settings, to: folder(of: cell).appendingPathComponent("cell.json"))
  }

  /// The settings that a cell's folder was made for.
  package static func settings(of cellFolder: URL) throws -> CellSettings {
    try read(CellSettings.self, cellFolder.appendingPathComponent("cell.json"))
  }

  /// Where the latest run was made; each finished cell's record holds its own.
  func write(_ environment: Environment) throws {
    try Self.write(environment, to: folder.appendingPathComponent("environment.json"))
  }

  func write(_ experiment: Experiment, _ index: Index) throws {
    try Files.write(experiment.yaml(), to: folder.appendingPathComponent("experiment.yaml"))
    try Self.write(index, to: folder.appendingPathComponent("index.json"))
  }

  /// The experiment as it was last run.
  ///
  /// - Throws: `HarnessError.noRun` where the folder isn't one of runs, `SettingError`.
  package func experiment() throws -> Experiment { try Experiment(contentsOf: file("experiment.yaml")) }

  /// - Throws: `HarnessError.noRun` where the folder isn't one of runs; `StorageError.malformed` also where a name in it
  ///   would lead out of the folder.
  package func index() throws -> Index {
    let file = try file("index.json")
    let index = try Self.read(Index.self, file)
    try Self.checkNames(index.cells, file)
    try Self.checkNames(index.panel + (index.worst?.pictures ?? []), file, mayHoldFolders: true)
    return index
  }

  /// One of the files that every folder of runs has.
  private func file(_ name: String) throws -> URL {
    let file = folder.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw HarnessError.noRun(folder: folder.path, reason: "it holds no \(name), so it isn't a folder of runs")
    }
    return file
  }

  /// Checks that names found in `file` stand for files within a folder, or in folders below it, as scenes' may.
  private static func checkNames(_ names: [String], _ file: URL, mayHoldFolders: Bool = false) throws {
    for name in names {
      let parts = mayHoldFolders ? name.split(separator: "/", omittingEmptySubsequences: false) : [name[...]]
      for part in parts where ["", ".", ".."].contains(part) || part.utf8.contains(where: { $0 == 0x2F || $0 == 0 }) {
        throw StorageError.malformed(file: file.path, reason: "'\(name)' is not the name of a file")
      }
    }
  }

  static func read<Value: Decodable>(_ type: Value.Type, _ file: URL) throws -> Value {
    let data = try Files.read(file, limit: byteLimit)
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let other as OtherVersion {
      throw HarnessError.otherVersion(
        file: file.path, reason: "it has settings that this one doesn't know: \(other.unknown.joined(separator: ", "))")
    } catch let error as SettingError {
      throw HarnessError.otherVersion(file: file.path, reason: "\(error)")
    } catch {
      throw StorageError.malformed(
        file: file.path, reason: "it doesn't hold what it should; delete it to make it again")
    }
  }

  static func write<Value: Encodable>(_ value: Value, to file: URL) throws {
    try Files.write(JSONEncoder.pretty.encode(value) + Data("\n".utf8), to: file)
  }
}
