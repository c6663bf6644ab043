import Compute
import Foundation

/// One scene of a dataset, not loaded yet.
public struct SceneEntry: Sendable {
  /// Where a scene comes from.
  public enum Source: Sendable {
    /// Files; the label file is there for every scene, the instance file for some.
    case files(picture: URL, labels: URL, instances: URL?)
    /// Drawn in memory.
    case synthetic(SyntheticStreet, index: Int, size: PixelSize)
  }

  public let name: String
  /// The city or sequence. Neighbouring frames of one are near copies, so groups are never divided.
  public let group: String
  public let source: Source
  public let labelSet: LabelSet

  public init(name: String, group: String, source: Source, labelSet: LabelSet) {
    (self.name, self.group, self.source, self.labelSet) = (name, group, source, labelSet)
  }

  /// Loads the scene, resized to `size` where one is given: the picture by area or bilinear filter, labels and
  /// instances by nearest neighbour.
  ///
  /// - Throws: `ScenesError` that names the file: damaged, of another size than its picture, or with a label that
  ///   the label set doesn't know.
  public func load(size: PixelSize? = nil) throws -> Scene {
    switch source {
    case .synthetic(let street, let index, let native):
      let size = size ?? native
      return street.scene(index: index, width: size.width, height: size.height)
    case .files(let pictureFile, let labelFile, let instanceFile):
      let picture = try PNG.picture(at: pictureFile)
      let labels = try PNG.labels(at: labelFile)
      let instances = try instanceFile.map { try PNG.instances(at: $0) }
      let native = PixelSize(width: picture.width, height: picture.height)
      try check(labelFile, PixelSize(width: labels.width, height: labels.height), is: native)
      if let instances, let instanceFile {
        try check(instanceFile, PixelSize(width: instances.width, height: instances.height), is: native)
      }
      if let unknown = labels.labels.first(where: { labelSet.categories[Int($0)] == nil }) {
        throw ScenesError.unknownLabel(file: labelFile.path, label: Int(unknown), labelSet: labelSet.name)
      }
      let size = size ?? native
      return Scene(
        name: name, picture: picture.resized(to: size), labels: labels.resized(to: size),
        instances: instances?.resized(to: size), labelSet: labelSet)
    }
  }

  private func check(_ file: URL, _ size: PixelSize, is expected: PixelSize) throws {
    guard size == expected else {
      throw ScenesError.sizeMismatch(file: file.path, size: "\(size)", expected: "\(expected)")
    }
  }
}
