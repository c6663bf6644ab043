import Deep
import Foundation
import Harness
import Settings
import Storage

/// A run's network for PyTorch: its weights under PyTorch's names, and a module that takes them.
package struct TorchExport {
  /// The names of both files.
  package static let (weightsName, moduleName) = ("model.safetensors", "load.py")

  private let stored: StoredModel
  private let model: NetworkModel

  /// Opens the run in `folder`.
  ///
  /// - Throws: as `StoredModel`; `SettingError.invalid` for a run of a classifier.
  package init(run folder: URL) throws {
    stored = try StoredModel(run: folder)
    guard let network = stored.network else {
      throw SettingError.invalid(
        setting: "run", value: folder.path, bound: "the run of a network; \(stored.settings.model) isn't one")
    }
    model = network
  }

  /// The weights by PyTorch's names; the metadata says whose they are.
  package var weights: SafeTensors {
    var weights = SafeTensors(metadata: [
      "network": model.architecture.name, "made_by": "segbench \(Environment.version)",
    ])
    for entry in TorchNaming(model.architecture, model.parameters).entries {
      weights.arrays[entry.name] = .transposed(
        entry.parameter.array.floats ?? [], entry.parameter.extents, order: entry.order)
    }
    return weights
  }

  /// Writes both files.
  ///
  /// - Returns: the files.
  /// - Throws: `StorageError.unwritable`.
  package func write(to folder: URL) throws -> [URL] {
    let files = [Self.weightsName, Self.moduleName].map(folder.appendingPathComponent)
    try weights.write(to: files[0])
    try Files.write(TorchModule(model, stored.settings, stored.classes).text(), to: files[1])
    return files
  }
}
