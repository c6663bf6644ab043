import Foundation
import Harness
import Scenes
import Storage

extension StoredRun {
  /// A scene as it is shown: picture, truth and prediction side by side, as many as are stored.
  package struct MaskPicture {
    /// The scene's name.
    package let scene: String
    package let picture: Picture
  }

  /// The scenes that are shown; none until the run is finished.
  ///
  /// - Throws: errors of the stored files. One that is missing is left out.
  package func maskPictures() throws -> [MaskPicture] {
    guard let classes = record?.classes else { return [] }
    return try shown.compactMap { scene in
      guard Self.isThere(scene.prediction) else { return nil }
      let picture = try scene.picture.flatMap { Self.isThere($0) ? try PNG.picture(at: $0) : nil }
      let masks = try [scene.truth, scene.prediction].compactMap { file in
        try file.flatMap { Self.isThere($0) ? try Self.mask($0, classes) : nil }
      }
      return MaskPicture(scene: scene.name, picture: Picture(besideOneAnother: [picture].compactMap { $0 } + masks))
    }
  }

  private static func isThere(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }

  /// Stored values of classes in the classes' colours.
  private static func mask(_ file: URL, _ classes: ClassSet) throws -> Picture {
    let map = try PNG.labels(at: file)
    var places = [UInt8](repeating: classes.void, count: 256)
    for (place, own) in classes.classes.enumerated() { places[Int(own.exportValue)] = UInt8(place) }
    return Picture(classes: map.labels.map { places[Int($0)] }, of: classes, width: map.width, height: map.height)
  }
}

extension Picture {
  /// Pictures from the left to the right, their upper edges on one line; what is lower has black below it.
  fileprivate init(besideOneAnother pictures: [Picture]) {
    let height = pictures.map(\.height).max() ?? 1
    var pixels: [UInt8] = []
    for y in 0..<height {
      for picture in pictures {
        let row = 3 * picture.width
        pixels += y < picture.height ? Array(picture.pixels[y * row..<(y + 1) * row]) : Array(repeating: 0, count: row)
      }
    }
    self.init(width: pictures.reduce(0) { $0 + $1.width }, height: height, pixels: pixels)
  }
}
