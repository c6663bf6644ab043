import Compute
import Foundation
import Storage

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

  /// The files that the scene is read from: picture, labels and, where there are any, instances; none where it is drawn.
  package var files: [URL] {
    switch source {
    case .files(let picture, let labels, let instances): [picture, labels] + (instances.map { [$0] } ?? [])
    case .drawn: []
    }
  }

  /// What no other scene of its dataset has: names may repeat between splits, as numbered frames do; files don't.
  package var key: String { files.first?.path ?? name }

  /// Where it stands in its series, as frames are numbered: the number at the end of its name, and what comes before
  /// that; nil without a number.
  package var frame: (series: Substring, number: Int)? {
    let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
    return Int(name.suffix(digits)).map { (name.dropLast(digits), $0) }
  }

  /// What decoding depends on beside the contents of the files and the size: which label each value or colour is. Classes
  /// are none of it: scenes hold labels.
  package var decoding: String {
    "\(labelTable.encoding.vocabulary.name) \(labelTable.encoding.code.description)"
  }

  /// Loads the scene, resized to `size` where one is given: the picture by area or bilinear filter, labels and
  /// instances by nearest neighbour.
  ///
  /// - Parameters:
  ///   - size: the size that is wanted; nil for the picture's own.
  ///   - read: gives the bytes of a file.
  /// - Throws: `ScenesError` that names the file: damaged, of another size than its picture, or with a label that
  ///   the label set doesn't know; what `read` throws.
  package func load(
    size: PixelSize? = nil, reading read: (URL) throws -> Data = { try Files.read($0, limit: PNG.byteLimit) }
  ) throws -> Scene {
    switch source {
    case .drawn(let draw): return draw(size)
    case .files(let pictureFile, let labelFile, let instanceFile):
      let picture = try PictureFile.picture(read(pictureFile), file: pictureFile.path)
      let labels = try labelTable.encoding.labels(read(labelFile), file: labelFile.path)
      let instances = try instanceFile.map { try PNG.instances(read($0), file: $0.path) }
      let native = PixelSize(width: picture.width, height: picture.height)
      try check(labelFile, PixelSize(width: labels.width, height: labels.height), is: native)
      if let instances, let instanceFile {
        try check(instanceFile, PixelSize(width: instances.width, height: instances.height), is: native)
      }
      let size = size ?? native
      return Scene(
        name: name, picture: picture.resized(to: size), labels: labels.resized(to: size),
        instances: instances?.resized(to: size), labelTable: labelTable)
    }
  }

  /// Checks the scene's files without unpacking the picture: that they are whole, of one size, and hold known labels.
  ///
  /// - Parameter read: gives the bytes of a file.
  /// - Returns: whether any pixel has a class, and the picture's own size.
  /// - Throws: as `load(size:reading:)`.
  package func check(reading read: (URL) throws -> Data) throws -> (hasClass: Bool, size: PixelSize) {
    guard case .files(let pictureFile, let labelFile, let instanceFile) = source else {
      let scene = try load()
      return (hasClass(scene.labels), scene.picture.size)
    }
    let native = try PictureFile.verifiedSize(read(pictureFile), file: pictureFile.path)
    let labels = try labelTable.encoding.labels(read(labelFile), file: labelFile.path)
    try check(labelFile, PixelSize(width: labels.width, height: labels.height), is: native)
    if let instanceFile {
      try check(instanceFile, PNG.verifiedSize(read(instanceFile), file: instanceFile.path), is: native)
    }
    return (hasClass(labels), native)
  }

  /// Whether any of the labels is of a class but void.
  func hasClass(_ map: LabelMap) -> Bool {
    let void = labelTable.classSet.void
    let isVoid = labelTable.classes.map { ($0 ?? void) == void }
    return map.labels.contains { !isVoid[Int($0)] }
  }

  private func check(_ file: URL, _ size: PixelSize, is expected: PixelSize) throws {
    guard size == expected else {
      throw ScenesError.sizeMismatch(file: file.path, size: "\(size)", expected: "\(expected)")
    }
  }
}
