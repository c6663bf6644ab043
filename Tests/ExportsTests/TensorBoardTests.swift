import Exports
import Foundation
import Harness
import Scenes
import Storage
import TestSupport
import Testing

/// The committed runs of the default experiment.
let records = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("reports/quick/records")

@Suite("TensorBoard") struct TensorBoardTests {
  /// The records of a file of events, whose lengths and checksums must hold.
  private static func decoded(_ data: Data) throws -> [Data] {
    func number<Value: FixedWidthInteger>(_ place: Int, _ type: Value.Type) throws -> Value {
      try #require(place + MemoryLayout<Value>.size <= data.count)
      return data[place..<place + MemoryLayout<Value>.size].reversed().reduce(0) { $0 << 8 | Value($1) }
    }
    var records: [Data] = []
    var place = 0
    while place < data.count {
      let length = Int(try number(place, UInt64.self))
      #expect(try number(place + 8, UInt32.self) == CRC32C.masked(data[place..<place + 8]))
      try #require(place + 16 + length <= data.count)
      let record = data[place + 12..<place + 12 + length]
      #expect(try number(place + 12 + length, UInt32.self) == CRC32C.masked(record))
      records.append(record)
      place += 16 + length
    }
    return records
  }

  private static func run(_ name: String) throws -> StoredRun {
    try #require(try StoredRun.all(in: records).runs.first { $0.settings.model == name })
  }

  @Test("CRC-32C has the values of RFC 3720, and is masked as TFRecord has it") func checksums() {
    #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.of((0..<32).map { UInt8($0) }) == 0x46DD_794E)
    #expect(CRC32C.of((0..<32).reversed().map { UInt8($0) }) == 0x113F_DB5C)
    #expect(CRC32C.of(Array("123456789".utf8)) == 0xE306_9283)
    // ((sum >> 15) | (sum << 17)) + 0xa282ead8 of the last.
    #expect(CRC32C.masked(Array("123456789".utf8)) == 0xC78A_B0E5)
  }

  @Test("A file begins with its version, and each record is read back whole") func framing() throws {
    var events = EventFile(time: 1.5)
    events.add(scalar: 0.25, "training/loss", step: 3, time: 2.5)
    let decoded = try Self.decoded(events.data)
    try #require(decoded.count == 2)
    #expect(
      Array(decoded[0]) == [0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x1A, 13] + Array("brain.Event:2".utf8)
        + [0x52, 10, 0x0A, 8] + Array("segbench".utf8))
    #expect(
      Array(decoded[1]) == [0x09, 0, 0, 0, 0, 0, 0, 0x04, 0x40, 0x10, 3, 0x2A, 22, 0x0A, 20, 0x0A, 13]
        + Array("training/loss".utf8) + [0x15, 0, 0, 0x80, 0x3E])
  }

  @Test("A network's file has its epochs' values in order, its scores and its pictures; a second one is the same")
  func events() throws {
    let run = try Self.run("unet")
    let events = try TensorBoardExport.events(run)
    #expect(run.epochs.count == 20)
    // The version, the settings, five values an epoch, the scores, four pictures and the end.
    #expect(try Self.decoded(events.data).count == 2 + 5 * 20 + run.finalMetrics.count + 4 + 1)
    #expect(try TensorBoardExport.events(run).data == events.data)
    #expect(run.epochMetrics.map { $0[0].step } == Array(1...20))
    #expect(run.epochMetrics.map { $0[0].value } == run.epochs.map(\.loss))
    #expect(run.finalMetrics.allSatisfy { $0.step == run.record?.fit.bestEpoch })
  }

  @Test("Masks stand beside picture and truth") func masks() throws {
    let shown = try Self.run("random-forest").maskPictures()
    #expect(shown.count == 4)
    #expect(shown.allSatisfy { $0.picture.size == PixelSize(width: 3 * 128, height: 64) })
  }

  @Test("Files are written under one name, the experiment's beside its runs'") func files() throws {
    try withTemporaryFolder { folder in
      let runs = try StoredRun.all(in: records).runs
      let files = try TensorBoardExport(to: folder).write(runs)
      #expect(files.count == runs.count + 1)
      #expect(Set(files.map(\.lastPathComponent)) == [TensorBoardExport.fileName])
      #expect(files[0].deletingLastPathComponent().lastPathComponent == "quick")
      // What fails leaves the file that was there.
      let before = try Data(contentsOf: files[1])
      #expect(throws: StorageError.self) {
        try with(faults: { $0 == .write ? .error(ENOSPC) : nil }) { try TensorBoardExport(to: folder).write(runs) }
      }
      #expect(try Data(contentsOf: files[1]) == before)
    }
  }

  @Test("A run's own folder is its run; other folders are refused") func folders() throws {
    let run = try Self.run("unet")
    let (alone, missing) = try StoredRun.all(in: run.folder)
    #expect(alone.map(\.name) == [run.name] && alone[0].experiment == "quick" && missing == 0)
    #expect(throws: HarnessError.self) { try StoredRun.all(in: records.deletingLastPathComponent()) }
  }

  @Test("No two names of metrics become one") func names() {
    #expect(StoredRun.plain("test/iou/traffic light") == "test/iou/traffic light")
    #expect(StoredRun.plain("a+b") == "a_2B_b")
    #expect(StoredRun.plain("forêt") == "for_EA_t")
  }
}
