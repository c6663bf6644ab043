import Compute
import Foundation
import Scenes
import Settings

/// Scenes side by side on one picture, each beside its colour mask.
package enum ContactSheet {
  /// The sheet of `count` scenes, evenly spaced among `entries`, each as its picture and its mask.
  ///
  /// - Parameters:
  ///   - entries: the scenes to choose from.
  ///   - count: how many are shown, at most all.
  ///   - columns: how many stand side by side.
  ///   - size: the size of each scene in pixels; native only with an augmentation that gives scenes a size.
  ///   - augmentation: what is done to each scene first, with draws of `seed` and the scene's name.
  ///   - seed: the same gives the same sheet.
  /// - Throws: `SettingError.invalid` for a sheet that is too large to be read again.
  package static func draw(
    _ entries: [SceneEntry], count: Int, columns: Int, size: SceneSize, augmentation: any Augmentation, seed: Int
  ) throws -> Picture {
    guard let shownSize = augmentation.resizing?.outputSize ?? size.common else {
      throw SettingError.invalid(
        setting: "--size", value: "\(size)", bound: "WIDTHxHEIGHT, or native with --augment random-crop")
    }
    let shown = min(count, entries.count)
    let columns = min(columns, shown)
    let rows = (shown + columns - 1) / columns
    let gap = 4
    var sheet = try blank(
      width: columns * (2 * shownSize.width + 2 * gap) - gap, height: rows * (shownSize.height + gap) - gap)
    let scenes = try Parallel.map(shown) { index in
      let entry = entries[index * entries.count / shown]
      var random = RandomStream(seed: UInt64(seed), RandomStream.key(entry.name))
      return augmentation.apply(to: try entry.load(size: size.common), random: &random)
    }
    for (index, scene) in scenes.enumerated() {
      let x = index % columns * (2 * shownSize.width + 2 * gap)
      let y = index / columns * (shownSize.height + gap)
      sheet.paste(scene.picture, x: x, y: y)
      sheet.paste(
        Picture(
          classes: scene.classes, of: scene.labelTable.classSet, width: shownSize.width, height: shownSize.height),
        x: x + shownSize.width, y: y)
    }
    return sheet
  }
}

extension ContactSheet {
  /// The sheet of `count` scenes in rows, one for each of `weather`: as they are, then at severity 1 to 5.
  package static func draw(
    _ entries: [SceneEntry], count: Int, size: PixelSize, weather: [any Weather], seed: Int
  ) throws -> Picture {
    let shown = min(count, entries.count)
    let gap = 4
    let columns = 1 + Severity.all.count
    var sheet = try blank(
      width: columns * (size.width + gap) - gap, height: shown * weather.count * (size.height + gap) - gap)
    for row in 0..<shown * weather.count {
      let scene = try entries[row / weather.count * entries.count / shown].load(size: size)
      let kind = weather[row % weather.count]
      sheet.paste(scene.picture, x: 0, y: row * (size.height + gap))
      for (index, severity) in Severity.all.enumerated() {
        var random = RandomStream(seed: UInt64(seed), RandomStream.key(scene.name))
        sheet.paste(
          kind.at(severity).apply(to: scene, random: &random).picture, x: (index + 1) * (size.width + gap),
          y: row * (size.height + gap))
      }
    }
    return sheet
  }

  private static func blank(width: Int, height: Int) throws -> Picture {
    guard PixelSize.sides.contains(width), PixelSize.sides.contains(height), width * height <= PNG.pixelLimit else {
      throw SettingError.invalid(
        setting: "the sheet of --count scenes of --size", value: "\(width)x\(height)",
        bound: "at most \(PixelSize.sides.upperBound) wide and high, and \(PNG.pixelLimit) pixels")
    }
    return Picture(width: width, height: height, colour: RGB(255, 255, 255))
  }
}

extension Picture {
  /// Copies a picture that fits within this one to column `x` and row `y`.
  fileprivate mutating func paste(_ picture: Picture, x: Int, y: Int) {
    let length = picture.width * 3
    for row in 0..<picture.height {
      let start = ((y + row) * width + x) * 3
      pixels.replaceSubrange(start..<start + length, with: picture.pixels[row * length..<(row + 1) * length])
    }
  }
}
