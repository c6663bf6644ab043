import Compute
import Foundation
import Scenes

/// The runs of one experiment on disk. Every file is written aside and renamed; a cell is finished when its
/// `scores.json` is there, which is written last.
public struct RunStore: Sendable {
  /// The largest stored table or text that is read, in bytes.
  static let byteLimit = 1 << 26

  /// `runs/<experiment>`.
  public let folder: URL

  public init(folder: URL) {
    self.folder = folder
  }

  /// What was fitted and how it scored.
  public struct Record: Codable, Equatable, Sendable {
    public let cell: String
    public let settings: CellSettings
    public let fit: FitSummary
    /// Scores by part, under each protocol that the dataset allows.
    public let scores: [Part: [Scores]]
    /// Seconds to predict one test picture.
    public let predictionSeconds: Double
    /// The test tally, from which any further score follows.
    public let testTally: Tally
    /// Scores of the test scenes by the name of the condition that they were seen under, each under the protocols that
    /// the dataset allows; nil where there is none beside clear weather.
    public var conditions: [String: [Scores]]?
    /// What it was run by, and where.
    public let environment: Environment

    /// The scores of a part under a protocol.
    func scores(_ part: Part, _ scoringProtocol: ScoringProtocol) -> Scores? {
      scores[part]?.first { $0.scoringProtocol == scoringProtocol }
    }
  }

  /// What the report needs of the experiment beside its cells.
  public struct Index: Codable, Equatable, Sendable {
    public var cells: [String]
    public let axes: [String]
    public let select: Experiment.Selection?
    public let headline: ScoringProtocol
    /// How many scenes each part has, and how many were left out as bad.
    public let sceneCounts: [Part: Int]
    public let skipped: Int
    /// Test scenes that figures show, whose pictures and truth are stored in `panel`.
    public let panel: [String]
    public let citation: String
  }

  public func folder(of cell: String) -> URL { folder.appendingPathComponent(cell) }
  public var panelFolder: URL { folder.appendingPathComponent("panel") }
  func predictions(of cell: String) -> URL { folder(of: cell).appendingPathComponent("predictions") }
  func weights(of cell: String) -> URL { folder(of: cell).appendingPathComponent("best.safetensors") }

  /// The record of a finished cell; nil where it isn't finished.
  ///
  /// - Throws: `ComputeError.malformed` where its `scores.json` is damaged.
  public func record(of cell: String) throws -> Record? {
    let file = folder(of: cell).appendingPathComponent("scores.json")
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let record = try Self.read(Record.self, file)
    try Self.checkNames([record.cell], file)
    return record
  }

  func write(_ record: Record) throws {
    try Self.write(record, to: folder(of: record.cell).appendingPathComponent("scores.json"))
  }

  func write(_ settings: CellSettings, of cell: String) throws {
    try Self.write(settings, to: folder(of: cell).appendingPathComponent("cell.json"))
  }

  /// The settings that a cell's folder was made for.
  public static func settings(of cellFolder: URL) throws -> CellSettings {
    try read(CellSettings.self, cellFolder.appendingPathComponent("cell.json"))
  }

  /// Where the latest run was made; each finished cell's record holds its own.
  func write(_ experiment: Experiment, _ index: Index) throws {
    try Files.write(experiment.yaml(), to: folder.appendingPathComponent("experiment.yaml"))
    try Self.write(index, to: folder.appendingPathComponent("index.json"))
  }

  /// The experiment as it was last run.
  public func experiment() throws -> Experiment {
    let file = folder.appendingPathComponent("experiment.yaml")
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw HarnessError.noRun(folder: folder.path, reason: "it holds no experiment.yaml, so it isn't a folder of runs")
    }
    return try Experiment(contentsOf: file)
  }

  /// - Throws: `ComputeError.malformed` also where a name in it would lead out of the folder.
  func index() throws -> Index {
    let file = folder.appendingPathComponent("index.json")
    let index = try Self.read(Index.self, file)
    try Self.checkNames(index.cells + index.panel, file)
    return index
  }

  /// Checks that names found in `file` stand for files within a folder.
  private static func checkNames(_ names: [String], _ file: URL) throws {
    for name in names where ["", ".", ".."].contains(name) || name.utf8.contains(where: { $0 == 0x2F || $0 == 0 }) {
      throw ComputeError.malformed(file: file.path, reason: "'\(name)' is not the name of a file")
    }
  }

  private static func read<Value: Decodable>(_ type: Value.Type, _ file: URL) throws -> Value {
    let data = try Files.read(file, limit: byteLimit)
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw ComputeError.malformed(
        file: file.path, reason: "it doesn't hold what it should; delete it to make it again")
    }
  }

  private static func write<Value: Encodable>(_ value: Value, to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try Files.write(encoder.encode(value) + Data("\n".utf8), to: file)
  }
}
