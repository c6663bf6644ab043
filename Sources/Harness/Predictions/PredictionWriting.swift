import Foundation
import Logging
import Scenes
import Settings
import Storage

/// What is written of pictures beside the mask, the exported values and the overlay.
package struct PredictionOptions: Sendable {
  /// `NAME_probabilities.npy` of each.
  package var writesProbabilities: Bool
  /// One `legend.svg` of the classes.
  package var writesLegend: Bool

  package init(writesProbabilities: Bool = false, writesLegend: Bool = false) {
    (self.writesProbabilities, self.writesLegend) = (writesProbabilities, writesLegend)
  }

  /// What stands behind a picture's name in the files that are made of it.
  fileprivate var endings: [String] {
    ["mask.png", "labelIds.png", "overlay.png"] + (writesProbabilities ? ["probabilities.npy"] : [])
  }
}

extension StoredModel {
  /// Predicts pictures one by one, each at its own size, and writes for each the colour mask, the PNG of exported values
  /// (`labelIds`) and the overlay into `folder`. A picture that can't be read is told, and the others go on.
  ///
  /// - Parameters:
  ///   - selection: the pictures.
  ///   - folder: where the files are written.
  ///   - options: what else is written.
  ///   - progress: told the fraction that is done.
  ///   - logger: told what pictures couldn't be read, and why.
  ///   - visit: called with the files of each picture, and with the legend.
  /// - Throws: `SettingError.invalid` before anything is written, where the model has no probabilities or an output
  ///   would be written over a picture; `StorageError.unwritable`; in the end `HarnessError.badPictures`.
  package func predict(
    _ selection: PictureSelection, to folder: URL, options: PredictionOptions = PredictionOptions(),
    progress: ProgressReporter, logger: Logger, visit: ([URL]) -> Void = { _ in }
  ) throws {
    let items = selection.items
    try checkOutputs(of: items, folder, options)
    if options.writesProbabilities { try checkProbabilities() }
    progress.begin("predicting \(items.count) pictures")
    if !selection.unused.isEmpty { progress.note("not used: \(selection.unusedText)") }
    if options.writesLegend {
      let file = folder.appendingPathComponent("legend.svg")
      try Files.write(classes.legend, to: file)
      visit([file])
    }
    var failed = 0
    for (index, item) in items.enumerated() {
      try Interrupts.check(next: "\(index) of \(items.count) pictures are done")
      if let picture = readable(item, logger) {
        visit(try write(try predict(picture), of: picture, named: item.name, to: folder, options))
      } else {
        failed += 1
      }
      progress.update(Double(index + 1) / Double(items.count))
    }
    progress.end("\(items.count - failed) predicted")
    if failed > 0 { throw HarnessError.badPictures(failed: failed, of: items.count) }
  }

  /// The picture of `item`; nil, and told, where it can't be read.
  private func readable(_ item: PictureSelection.Item, _ logger: Logger) -> Picture? {
    do {
      return try item.picture()
    } catch {
      logger.error("left out: \(error)")
      return nil
    }
  }

  /// Writes what `options` ask for of a picture's prediction.
  ///
  /// - Returns: the files.
  private func write(
    _ prediction: Prediction, of picture: Picture, named name: String, to folder: URL, _ options: PredictionOptions
  ) throws -> [URL] {
    let mask = Picture(classes: prediction.classes, of: classes, width: picture.width, height: picture.height)
    let labels = LabelMap(exporting: prediction.classes, of: classes, width: picture.width, height: picture.height)
    let files = options.endings.map { folder.appendingPathComponent("\(name)_\($0)") }
    try PNG.write(mask, to: files[0])
    try PNG.write(labels, to: files[1])
    try PNG.write(picture.overlaid(with: mask), to: files[2])
    if options.writesProbabilities, let probabilities = prediction.probabilities {
      try probabilities.withUnsafeBytes {
        try NPYFile.write(
          $0, descriptor: "<f4", shape: [picture.height, picture.width, classes.count], to: files[3])
      }
    }
    return files
  }

  /// Refuses to write over what is to be predicted.
  private func checkOutputs(of items: [PictureSelection.Item], _ folder: URL, _ options: PredictionOptions) throws {
    let pictures = Set(items.map { $0.file.resolvingSymlinksInPath().path })
    for item in items {
      for ending in options.endings {
        let path = folder.appendingPathComponent("\(item.name)_\(ending)").resolvingSymlinksInPath().path
        guard !pictures.contains(path) else {
          throw SettingError.invalid(
            setting: "--out", value: folder.path, bound: "another folder: \(path) is one of the pictures to predict")
        }
      }
    }
  }

  /// Refuses a model without probabilities, which shows in what it says of an empty picture.
  private func checkProbabilities() throws {
    let prediction = try predict(Picture(width: 16, height: 16))
    guard prediction.probabilities != nil else {
      throw SettingError.invalid(
        setting: "--probabilities", value: "given", bound: "left out: a \(settings.model) has none, only classes")
    }
  }
}
