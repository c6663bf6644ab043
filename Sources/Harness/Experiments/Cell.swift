import Foundation
import Settings
import Storage

/// One cell of an experiment: its settings on given pictures.
package struct Cell: Equatable, Sendable {
  package let settings: CellSettings
  /// What stands for the contents of the files that it reads.
  package let contents: Contents
  /// The folder of its run: what tells it apart for a reader, then a fingerprint of all that bears on its result, so
  /// that other settings, pictures, labels or weights never share a folder.
  package private(set) var name: String
  /// A digest of all that bears on its result, with which its name ends.
  let fingerprint: String

  /// The cell of `settings` on given contents.
  ///
  /// - Parameters:
  ///   - settings: one combination of the experiment's settings.
  ///   - axes: the experiment's axes, of which those beyond model, loss, augmentation and seed are named.
  ///   - contents: what stands for the contents of files; the same pictures in another folder are the same pictures.
  package init(_ settings: CellSettings, axes: [String], contents: Contents) throws {
    (self.settings, self.contents) = (settings, contents)
    let estimator = try Estimators.named(settings.model)
    let standard = ["model", "loss", "augmentation", "seed"]
    // The loss' own settings stand with its name.
    let further = axes.filter { !standard.contains($0) && !$0.hasPrefix("loss.") }.compactMap { axis -> String? in
      guard let value = settings.shown(axis) else { return nil }
      return "\(axis.split(separator: ".").last ?? "")=\(value)"
    }
    let isNetwork = estimator.family == .network
    let parts =
      [settings.model] + (isNetwork ? [settings.loss.description, settings.augmentation.description] : [])
      + ["seed\(settings.seed)"] + further
    let readable = parts.joined(separator: "_").map { $0.isLetter || $0.isNumber || "._-+=()".contains($0) ? $0 : "-" }
    fingerprint = try Self.fingerprint(settings, contents)
    name = "\(String(readable.prefix(160)))_\(fingerprint)"
  }

  /// What a cell's name ends with: equal for cells of equal settings on equal contents, whatever axes stand before it.
  package static func fingerprint(in name: String) -> String { String(name.split(separator: "_").last ?? "") }

  /// This cell under the name that it is stored under.
  func named(_ name: String) -> Cell {
    var cell = self
    cell.name = name
    return cell
  }

  /// What stands for the contents of the files that a cell reads.
  package struct Contents: Equatable, Sendable {
    /// The pictures, labels and instances of all scenes, and the classes that labels stand for.
    package let data: String
    /// The encoder's weights; nil without any.
    package let weights: String?

    package init(data: String, weights: String? = nil) {
      (self.data, self.weights) = (data, weights)
    }
  }

  /// Keys that say where what is read lies and how it is called. What is read counts.
  package static let places = [
    "data.root", "data.sceneSeed", "data.classes", "data.layout", "data.encoding", "data.skipBad",
  ]

  /// A digest of the settings that differ from the defaults, where files are replaced by their contents: settings that
  /// later versions add don't change it.
  static func fingerprint(_ settings: CellSettings, _ contents: Contents) throws -> String {
    var changes = settings.changes
    for key in places { changes[key] = nil }
    if changes["encoder.weights"] != nil { changes["encoder.weights"] = .text(contents.weights ?? "") }
    let lines = changes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } + ["data=\(contents.data)"]
    return String(
      format: "%08x",
      UInt32(truncatingIfNeeded: Checksum.of(Data(lines.joined(separator: "\n").utf8), seed: 0) >> 16))
  }
}
