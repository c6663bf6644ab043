import Compute
import Foundation

/// One cell of an experiment: its settings on given pictures.
public struct Cell: Equatable, Sendable {
  public let settings: CellSettings
  /// The folder of its run: what tells it apart for a reader, then a fingerprint of all that bears on its result, so
  /// that other settings or other pictures never share a folder.
  public let name: String

  /// The cell of `settings` on the pictures that `dataFingerprint` stands for.
  ///
  /// - Parameter axes: the experiment's axes, of which those beyond model, loss, augmentation and seed are named.
  public init(_ settings: CellSettings, axes: [String], dataFingerprint: String) throws {
    self.settings = settings
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var identity = settings
    // The same pictures in another folder are the same pictures.
    identity.data.root = dataFingerprint
    let json = try encoder.encode(identity)
    let fingerprint = String(
      format: "%08x", UInt32(truncatingIfNeeded: RandomStream.key(String(decoding: json, as: UTF8.self)) >> 16))
    let definition = try Models.named(settings.model)
    let standard = ["model", "loss", "augmentation", "seed"]
    let further = axes.filter { !standard.contains($0) }.compactMap { axis -> String? in
      let path = axis.split(separator: ".").map(String.init)
      guard definition.uses(path[0]) else { return nil }
      return "\(path[path.count - 1])=\(Experiment.value(at: path, of: settings) ?? .none)"
    }
    let isNetwork = definition.family == .network
    let parts =
      [settings.model] + (isNetwork ? [settings.loss, settings.augmentation] : []) + ["seed\(settings.seed)"] + further
      + [fingerprint]
    name = parts.joined(separator: "_").replacingOccurrences(of: "/", with: "-")
  }
}
