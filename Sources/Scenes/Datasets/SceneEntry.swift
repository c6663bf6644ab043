import Compute
import Foundation

/// One scene of a dataset, not loaded yet.
package struct SceneEntry: Sendable {
  /// Where a scene comes from.
  package enum Source: Sendable {
    /// Files; the label file is there for every scene, the instance file for some.
    case files(picture: URL, labels: URL, instances: URL?)
    /// Made in memory, at a size or at its own.
    case drawn(@Sendable (_ size: PixelSize?) -> Scene)
  }

  package let name: String
  /// The city or sequence. Neighbouring frames of one are near copies, so groups are never divided.
  package let group: String
  package let source: Source
  package let labelTable: LabelTable

  package init(name: String, group: String, source: Source, labelTable: LabelTable) {
    (self.name, self.group, self.source, self.labelTable) = (name, group, source, labelTable)
  }

  /// Loads the scene, resized to `size` where one is given: the picture by area or bilinear filter, labels and
  /// instances by nearest neighbour.
  ///
  /// - Throws: `ScenesError` that names the file: damaged, of another size than its picture, or with a label that
  ///   the label set doesn't know.
  package func load(size: PixelSize? = nil) throws -> Scene {
    switch source {
    case .drawn(let draw): return draw(size)
    case .files(let pictureFile, let labelFile, let instanceFile):
      let picture = try PictureFile.picture(at: pictureFile)
      let labels = try PNG.labels(at: labelFile)
      let instances = try instanceFile.map { try PNG.instances(at: $0) }
      let native = PixelSize(width: picture.width, height: picture.height)
      try check(labelFile, PixelSize(width: labels.width, height: labels.height), is: native)
      if let instances, let instanceFile {
        try check(instanceFile, PixelSize(width: instances.width, height: instances.height), is: native)
      }
      if let unknown = labels.labels.first(where: { labelTable.classes[Int($0)] == nil }) {
        throw ScenesError.unknownLabel(file: labelFile.path, label: Int(unknown), encoding: labelTable.encoding.name)
      }
      let size = size ?? native
      return Scene(
        name: name, picture: picture.resized(to: size), labels: labels.resized(to: size),
        instances: instances?.resized(to: size), labelTable: labelTable)
    }
  }

  private func check(_ file: URL, _ size: PixelSize, is expected: PixelSize) throws {
    guard size == expected else {
      throw ScenesError.sizeMismatch(file: file.path, size: "\(size)", expected: "\(expected)")
    }
  }
}
