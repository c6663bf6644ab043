import Foundation
import Scenes
import Settings
import Storage

/// Whether a finished cell, run again, gives the same to the bit.
package struct Verification: Sendable {
  package let cell: String
  /// What is not the same, a line each: the file, and for weights how many arrays and how far; empty where all is.
  package let differences: [String]
  /// Whether weights were compared, which records of a run don't have.
  package let hasWeights: Bool
  /// Where it was run then and now.
  package let then, now: Environment

  /// What was found, for people.
  package var description: String {
    if differences.isEmpty {
      let same = hasWeights ? "weights, epochs, scores and predictions are" : "all that its records hold is"
      return "\(cell): \(same) the same to the bit"
    }
    return (["\(cell) gave something else when run again:"] + differences.map { "  \($0)" } + causes)
      .joined(separator: "\n")
  }

  /// What may have made the difference, a line each: the bits depend on the program, on the system's exponentials and
  /// logarithms, and on whether products are fused with additions, but neither on the processor nor on threads.
  private var causes: [String] {
    let all = [
      then.build == now.build
        ? nil : "It was another build of the program then: \(Self.name(then)), and is \(Self.name(now)) now.",
      then.system == now.system
        ? nil : "The system was \(then.system) then and is \(now.system) now, whose exp and log may round otherwise.",
      then.productKernel.hasSuffix(" with FMA") == now.productKernel.hasSuffix(" with FMA")
        ? nil
        : "Products were made by \(then.productKernel) then and by \(now.productKernel) now, which round otherwise.",
    ].compactMap(\.self)
    return all.isEmpty
      ? [
        "The same build on the same system, with products by \(then.productKernel) then and by \(now.productKernel) "
          + "now, should give the same bits: what was stored has changed, or the machine or segbench has a fault."
      ] : all
  }

  private static func name(_ environment: Environment) -> String {
    "\(environment.programVersion) \(environment.build)" + (environment.commit.map { " of commit \($0)" } ?? "")
  }
}

extension Comparison {
  /// Runs a finished cell again in a temporary folder and compares all that has no time in it; where records of it are all
  /// that is stored, what they hold.
  ///
  /// - Parameter name: the cell, or as much of its name as is unambiguous; nil for the one that was fitted quickest.
  /// - Throws: `HarnessError.unknown` or `.invalid` for the name, `.noRun` where no such cell is finished; what running
  ///   throws.
  package func verify(_ name: String?) throws -> Verification {
    let record = try finished(name)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segbench-verify-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    progress.begin("running \(record.cell) again")
    let again = RunStore(folder: folder)
    let prepared = scenes[data(of: record)]
    let conditions = try (record.conditions ?? [:]).keys.sorted().map { name in
      try prepared.conditions.first { $0.name == name } ?? Condition.named(name)
    }
    let runner = CellRunner(
      scenes: prepared.seen(under: conditions), store: again, progress: progress, options: options)
    try runner.complete(runner.run(record.settings, name: record.cell))
    let (before, after) = (store.folder(of: record.cell), again.folder(of: record.cell))
    var differences: [String] = []
    let weights = RunStore.weights(in: before)
    let hasWeights = FileManager.default.fileExists(atPath: weights.path)
    if hasWeights, let text = try Self.weightsDifference(before, after) {
      differences.append("\(weights.lastPathComponent): \(text)")
    }
    if record.fit.epochs != nil {
      let (first, second) = (try EpochTable.read(before), try EpochTable.read(after))
      if first.count != second.count || !zip(first, second).allSatisfy({ $0.isRepeated(by: $1) }) {
        differences.append(EpochTable.fileName)
      }
    }
    // What an earlier build didn't store can't differ.
    let (stored, made) = (try Self.facts(before), try Self.facts(after))
    if stored != made.filter({ stored[$0.key] != nil }) { differences.append("scores.json") }
    for name in Self.filesWithoutTimes(before, after) {
      let file = try? Files.read(before.appendingPathComponent(name))
      if file != (try? Files.read(after.appendingPathComponent(name))), hasWeights || file != nil {
        differences.append(name)
      }
    }
    return Verification(
      cell: record.cell, differences: differences, hasWeights: hasWeights, then: record.environment,
      now: Environment.current(data: record.environment.data, command: nil))
  }

  /// The record of the cell that `name` means.
  private func finished(_ name: String?) throws -> RunStore.Record {
    let all = cells.map(\.name)
    let matches = try name.map { [try all.cell(named: $0, setting: "--verify")] } ?? all
    let records = try matches.compactMap(store.record(of:))
    guard let quickest = records.min(by: { $0.fit.seconds < $1.fit.seconds }) else {
      throw HarnessError.noRun(folder: store.folder.path, reason: "no such cell is finished yet")
    }
    return quickest
  }

  /// What tells the weights apart; nil where nothing does.
  private static func weightsDifference(_ before: URL, _ after: URL) throws -> String? {
    let (a, b) = (
      try SafeTensors(contentsOf: RunStore.weights(in: before)),
      try SafeTensors(contentsOf: RunStore.weights(in: after))
    )
    guard a != b else { return nil }
    let names = Set(a.arrays.keys).union(b.arrays.keys).sorted().filter { a.arrays[$0] != b.arrays[$0] }
    let largest = names.flatMap { name -> [Float] in
      let values = [a, b].map { $0.arrays[name]?.values(Float.self, as: .float32) ?? [] }
      return zip(values[0], values[1]).map { abs($0 - $1) }
    }.max()
    return "\(names.count) of \(a.arrays.count) arrays differ" + (largest.map { ", by at most \($0)" } ?? "")
  }

  /// What `scores.json` holds, by the path of its keys, without times, memory and where it was made.
  private static func facts(_ folder: URL) throws -> [[String]: Setting] {
    let stored = try JSONDecoder().decode(
      Setting.self, from: Files.read(folder.appendingPathComponent("scores.json")))
    return Dictionary(uniqueKeysWithValues: stored.leaves.map { ($0.path, $0.value) })
      .filter { path, _ in
        path[0] != "environment" && !["peakBytes", "processorWait"].contains(path.last)
          && !(path.last?.lowercased().hasSuffix("seconds") ?? false)
      }
  }

  /// The predictions and the tables of pictures in either folder. Scenes' names may hold folders, so predictions lie in
  /// such.
  private static func filesWithoutTimes(_ before: URL, _ after: URL) -> [String] {
    func paths(_ part: String) -> Set<String> {
      Set(
        [before, after].flatMap { folder in
          FileManager.default.enumerator(atPath: folder.appendingPathComponent(part).path)?
            .compactMap { $0 as? String } ?? []
        })
    }
    let tables = paths("").filter { name in
      guard name.hasSuffix(".csv") else { return false }
      // Earlier builds stored no boundaries.
      return name.hasPrefix("pictures")
        || name.hasPrefix("boundaries")
          && FileManager.default.fileExists(atPath: before.appendingPathComponent(name).path)
    }
    return tables.sorted()
      + paths("predictions").filter { $0.hasSuffix(".png") }.sorted().map { "predictions/\($0)" }
  }
}
