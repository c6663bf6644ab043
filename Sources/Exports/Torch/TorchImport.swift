import Deep
import Foundation
import Harness
import Scenes
import Settings
import Storage

/// A network that PyTorch trained, as a run.
package struct TorchImport {
  private let file: URL
  private let stored: SafeTensors

  /// Reads safetensors under PyTorch's names: those of `segbench export torch`, or of segmentation_models.pytorch.
  ///
  /// - Throws: `StorageError`; `DeepError.badCheckpoint` for a pickled file.
  package init(_ file: URL) throws {
    self.file = file
    let data = try Files.read(file, limit: 4 << 30)
    // Pickled ones are ZIP files, since PyTorch 1.6.
    guard !data.starts(with: [0x50, 0x4B, 3, 4]) else {
      throw DeepError.badCheckpoint(
        reason: "\(file.path) is pickled, and may run any program when it is read; in Python, "
          + "safetensors.torch.save_file(model.state_dict(), \"model.safetensors\") stores the arrays alone")
    }
    stored = try SafeTensors(data, file: file.path)
  }

  /// Stores the network as the run in `folder`.
  ///
  /// - Parameters:
  ///   - settings: the network, its own settings, its classes, and the size that it sees pictures at.
  ///   - folder: of the run, which may not be there yet.
  /// - Throws: `SettingError.invalid` for a model that is no network; `DeepError.badCheckpoint` with the first layer that
  ///   differs; `HarnessError.noRun` where there is a run already.
  package func store(_ settings: CellSettings, in folder: URL) throws {
    guard let architecture = settings.architecture else {
      throw SettingError.invalid(
        setting: "model", value: settings.model, bound: "one of \(Networks.registry.names.joined(separator: ", "))")
    }
    let classes = try settings.classSet()
    let outputs = OutputClasses(classes, learnsVoid: settings.training.learnsVoid)
    let naming = TorchNaming(architecture, architecture.parameters(classes: outputs))
    if let difference = difference(from: naming) {
      let fitting = Networks.all.first { kind in
        let other = kind.init()
        return other.name != architecture.name
          && self.difference(from: TorchNaming(other, other.parameters(classes: outputs))) == nil
      }
      throw DeepError.badCheckpoint(
        reason: "\(file.path) has other layers than \(architecture.name): \(difference)"
          + (fitting.map { "; it has those of \($0.name)" } ?? ""))
    }
    let model = NetworkModel(architecture, classes: outputs, seed: 0)
    var arrays: [String: SafeTensors.Array] = [:]
    for entry in naming.entries {
      guard let values = array(entry)?.floats else { continue }
      var back = [Int](repeating: 0, count: entry.order.count)
      for (place, stood) in entry.order.enumerated() { back[stood] = place }
      arrays[entry.parameter.name] = .transposed(values, entry.extents, order: back)
    }
    try model.load(SafeTensors(arrays: arrays))
    guard model.isFinite else {
      throw DeepError.badCheckpoint(reason: "\(file.path) has weights that are no numbers")
    }
    try StoredModel.store(model, settings, classes, in: folder)
  }

  /// An array of the file, whose encoder may be a module of its own.
  private func array(_ entry: TorchNaming.Entry) -> SafeTensors.Array? {
    stored.arrays[entry.name] ?? stored.arrays["encoder.\(entry.name)"]
  }

  /// The first layer in which the file isn't the network of `naming`; nil where there is none.
  private func difference(from naming: TorchNaming) -> String? {
    let known = Set(naming.entries.flatMap { [$0.name, "encoder.\($0.name)"] })
    // Beside the layers, a classifier that was never used, and counts of batches.
    let others = stored.arrays.keys.filter { name in
      !known.contains(name) && !name.hasSuffix(".num_batches_tracked")
        && !["classifier.", "encoder.classifier."].contains { name.hasPrefix($0) }
    }.sorted()
    for entry in naming.entries {
      guard let found = array(entry) else {
        let first = others.first.flatMap { name in stored.arrays[name].map { ", but has \(name) \($0.shape)" } } ?? ""
        return "it lacks \(entry.name) \(entry.extents)\(first)"
      }
      guard found.shape == entry.extents, found.floats != nil else {
        return "its \(entry.name) is \(found.element.rawValue) \(found.shape), not F32 \(entry.extents)"
      }
    }
    return others.first.flatMap { name in
      stored.arrays[name].map { "its \(name) \($0.shape) is no layer of it" }
    }
  }
}
