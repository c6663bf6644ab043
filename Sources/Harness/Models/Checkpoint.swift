import Compute
import Deep
import Foundation

/// The stored state of a training: `last.safetensors`, from which it goes on, and `best.safetensors`.
struct Checkpoint {
  let folder: URL

  private var last: URL { folder.appendingPathComponent("last.safetensors") }
  private var best: URL { folder.appendingPathComponent("best.safetensors") }

  /// Stores weights, optimizer state and the epochs so far in one file, so that they can't fall apart.
  func store(_ model: NetworkModel, _ trainer: Trainer, _ history: [Epoch]) throws {
    let weights = model.safeTensors
    let state = trainer.state
    var stored = SafeTensors()
    for (name, array) in weights.arrays { stored.arrays["weights/\(name)"] = array }
    for (name, array) in state.arrays { stored.arrays["trainer/\(name)"] = array }
    for (name, text) in weights.metadata { stored.metadata["weights/\(name)"] = text }
    for (name, text) in state.metadata { stored.metadata["trainer/\(name)"] = text }
    stored.metadata["history"] = String(decoding: try JSONEncoder().encode(history), as: UTF8.self)
    try stored.write(to: last)
  }

  /// Stores the model as the best so far.
  func storeBest(_ model: NetworkModel) throws {
    try model.safeTensors.write(to: best)
  }

  /// Gives the model the best weights stored.
  func restoreBest(_ model: NetworkModel) throws {
    try model.load(SafeTensors(contentsOf: best))
  }

  /// Takes up the last stored state, where there is one.
  ///
  /// - Returns: the epochs so far.
  /// - Throws: `ComputeError.malformed`, `DeepError` for a file that isn't the state of such a training.
  func restore(_ model: NetworkModel, _ trainer: Trainer) throws -> [Epoch] {
    guard FileManager.default.fileExists(atPath: last.path) else { return [] }
    let stored = try SafeTensors(contentsOf: last)
    func part(_ prefix: String) -> SafeTensors {
      func strip<Value>(_ values: [String: Value]) -> [String: Value] {
        Dictionary(
          uniqueKeysWithValues: values.compactMap { key, value in
            key.hasPrefix(prefix) ? (String(key.dropFirst(prefix.count)), value) : nil
          })
      }
      return SafeTensors(metadata: strip(stored.metadata), arrays: strip(stored.arrays))
    }
    guard let history = try? JSONDecoder().decode([Epoch].self, from: Data((stored.metadata["history"] ?? "").utf8)),
      history.indices.allSatisfy({ history[$0].epoch == $0 + 1 })
    else { throw ComputeError.malformed(file: last.path, reason: "its history of epochs can't be read") }
    try model.load(part("weights/"))
    try trainer.restore(part("trainer/"))
    return history
  }
}
