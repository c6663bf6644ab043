import Compute
import Foundation

/// Whether a finished cell, run again, gives the same to the bit.
public struct Verification: Equatable, Sendable {
  public let cell: String
  /// What is not the same, a line each: the file, and for arrays how many and how far; empty where all is.
  public let differences: [String]
  /// The processors that BLAS had its kernels for, then and now: others may round otherwise.
  public let kernels: (then: String, now: String)

  /// What was found, for people.
  public var description: String {
    if differences.isEmpty { return "\(cell): weights, epochs, scores and predictions are the same to the bit" }
    let blas =
      kernels.then == kernels.now
      ? "Both were made with BLAS kernels for \(kernels.now)."
      : "BLAS had kernels for \(kernels.then) then and for \(kernels.now) now, which may round otherwise."
    return (["\(cell) gave something else:"] + differences.map { "  \($0)" } + [blas]).joined(separator: "\n")
  }

  public static func == (left: Verification, right: Verification) -> Bool {
    left.cell == right.cell && left.differences == right.differences && left.kernels == right.kernels
  }
}

extension Comparison {
  /// Runs a finished cell again in a temporary folder and compares all that has no time in it.
  ///
  /// - Parameter name: the cell, or as much of its name as is unambiguous; nil for the one that was fitted quickest.
  /// - Throws: `HarnessError.unknown` or `.invalid` for the name, `.noRun` where no such cell is finished; what running
  ///   throws.
  public func verify(_ name: String?) throws -> Verification {
    let record = try finished(name)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segbench-verify-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    progress.begin("running \(record.cell) again")
    let again = RunStore(folder: folder)
    let repeated = try CellRunner(scenes: scenes, store: again, progress: progress, options: options)
      .run(record.settings, name: record.cell)
    let (before, after) = (store.folder(of: record.cell), again.folder(of: record.cell))
    var differences: [String] = []
    if let text = try Self.weightsDifference(before, after) { differences.append("best.safetensors: \(text)") }
    if try Self.epochs(before) != Self.epochs(after) { differences.append("epochs.csv") }
    if !record.isRepeated(by: repeated) { differences.append("scores.json") }
    for name in ["pictures.csv"] + Self.predictions(before, after)
    where (try? Files.read(before.appendingPathComponent(name)))
      != (try? Files.read(after.appendingPathComponent(name)))
    {
      differences.append(name)
    }
    return Verification(
      cell: record.cell, differences: differences,
      kernels: (try store.environment().blasKernel, LinearAlgebra.kernelName))
  }

  /// The record of the cell that `name` means.
  private func finished(_ name: String?) throws -> RunStore.Record {
    let matches = cells.map(\.name).filter { name == nil || $0 == name || $0.hasPrefix(name ?? "") }
    if let name, !cells.contains(where: { $0.name == name }) {
      guard !matches.isEmpty else {
        throw HarnessError.unknown(kind: "cell", name: name, known: cells.map(\.name))
      }
      guard matches.count == 1 else {
        throw HarnessError.invalid(key: "--verify", value: name, bound: "one of \(matches.joined(separator: ", "))")
      }
    }
    let records = try matches.compactMap(store.record(of:))
    guard let quickest = records.min(by: { $0.fit.seconds < $1.fit.seconds }) else {
      throw HarnessError.noRun(folder: store.folder.path, reason: "no such cell is finished yet")
    }
    return records.first { $0.cell == name } ?? quickest
  }

  /// What tells the weights apart; nil where nothing does.
  private static func weightsDifference(_ before: URL, _ after: URL) throws -> String? {
    let (a, b) = (
      try SafeTensors(contentsOf: before.appendingPathComponent("best.safetensors")),
      try SafeTensors(contentsOf: after.appendingPathComponent("best.safetensors"))
    )
    guard a != b else { return nil }
    let names = Set(a.arrays.keys).union(b.arrays.keys).sorted().filter { a.arrays[$0] != b.arrays[$0] }
    let largest = names.flatMap { name -> [Float] in
      let values = [a, b].map { $0.arrays[name]?.values(Float.self, as: .float32) ?? [] }
      return zip(values[0], values[1]).map { abs($0 - $1) }
    }.max()
    return "\(names.count) of \(a.arrays.count) arrays differ" + (largest.map { ", by at most \($0)" } ?? "")
  }

  /// The rows of `epochs.csv` without the seconds, the last column; none for models without epochs.
  private static func epochs(_ folder: URL) throws -> [[Substring]] {
    let file = folder.appendingPathComponent("epochs.csv")
    guard FileManager.default.fileExists(atPath: file.path) else { return [] }
    return String(decoding: try Files.read(file), as: UTF8.self).split(separator: "\n")
      .map { $0.split(separator: ",").dropLast() }
  }

  /// The files of predictions in either folder.
  private static func predictions(_ before: URL, _ after: URL) -> [String] {
    let names = [before, after].flatMap {
      (try? FileManager.default.contentsOfDirectory(atPath: $0.appendingPathComponent("predictions").path)) ?? []
    }
    return Set(names).sorted().map { "predictions/\($0)" }
  }
}

extension RunStore.Record {
  /// Whether another run gave the same, times left out.
  fileprivate func isRepeated(by other: RunStore.Record) -> Bool {
    var fit = other.fit
    fit.seconds = self.fit.seconds
    return self.fit == fit && scores == other.scores && testTally == other.testTally
  }
}
