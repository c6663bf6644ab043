import Compute
import Foundation
import Scenes

/// The model of a stored run, ready to predict.
public struct TrainedModel {
  public let settings: CellSettings
  public let segmenter: any Segmenter

  /// Opens the run in `folder`.
  ///
  /// - Throws: `HarnessError.noRun` where it isn't one, or isn't trained yet; `ComputeError` for damaged files.
  public init(run folder: URL) throws {
    guard FileManager.default.fileExists(atPath: folder.appendingPathComponent("cell.json").path) else {
      throw HarnessError.noRun(folder: folder.path, reason: "it holds no cell.json, so it isn't the folder of a run")
    }
    settings = try RunStore.settings(of: folder)
    try settings.data.validate()
    let weights = folder.appendingPathComponent("best.safetensors")
    guard FileManager.default.fileExists(atPath: weights.path) else {
      throw HarnessError.noRun(folder: folder.path, reason: "it isn't trained yet: best.safetensors is missing")
    }
    segmenter = try Models.named(settings.model).open(weights)
  }

  /// The prediction for a picture of any size, at that size: the model sees the picture at the size that it was
  /// trained on, and its probabilities are brought back bilinearly (labels alone by nearest neighbour).
  public func predict(_ picture: Picture) throws -> Prediction {
    let size = settings.data.pixelSize
    let native = PixelSize(width: picture.width, height: picture.height)
    return try segmenter.predict([picture.resized(to: size)])[0].resized(to: native)
  }

  /// Writes the colour mask, the labelIds PNG and the overlay of a picture's prediction into `folder`.
  ///
  /// - Returns: the files written.
  @discardableResult
  public func predict(_ file: URL, to folder: URL) throws -> [URL] {
    let picture = try PNG.picture(at: file)
    let prediction = try predict(picture)
    let mask = Picture(categories: prediction.categories, width: picture.width, height: picture.height)
    let labels = LabelMap(mainLabelsOf: prediction.categories, width: picture.width, height: picture.height)
    let stem = file.deletingPathExtension().lastPathComponent
    let files = ["mask", "labelIds", "overlay"].map { folder.appendingPathComponent("\(stem)_\($0).png") }
    try PNG.write(mask, to: files[0])
    try PNG.write(labels, to: files[1])
    try PNG.write(picture.overlaid(with: mask), to: files[2])
    return files
  }
}
