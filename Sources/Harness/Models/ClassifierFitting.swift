import Baselines
import Compute
import Foundation
import Scenes

extension ModelDefinition {
  /// A pixel classifier of the module Baselines, whose hyperparameters are a section of the settings.
  static func classifier<Kind: PixelClassifier>(
    section: String, _ hyperparameters: KeyPath<CellSettings, Kind> & Sendable
  ) -> ModelDefinition {
    ModelDefinition(
      name: Kind.name, summary: Kind.summary, family: .classifier, sections: ["features", section],
      fit: { try fit($0, $0.settings[keyPath: hyperparameters]) },
      open: { try Kind.Fitted(contentsOf: $0) },
      estimate: { settings, scenes in
        let pixels = scenes * min(settings.data.pixelSize.area, settings.features.pixelSampling.limit ?? .max)
        // The sample, and as much again for what a classifier makes of it.
        return (nil, 2 * pixels * settings.features.groups.count * MemoryLayout<Float>.size)
      })
  }

  private static func fit(_ fitting: Fitting, _ hyperparameters: some PixelClassifier) throws -> FittedModel {
    var classifier = hyperparameters
    classifier.seed = UInt64(fitting.settings.seed)
    let features = fitting.settings.features
    let (entries, loader) = (fitting.scenes.division.training, fitting.scenes.loader)
    let progress = fitting.progress
    let start = ContinuousClock.now
    progress.update(0, "gathering pixels")
    // A fit reads each scene once: those that were kept would only add to its memory, the more the more there are.
    loader.forget()
    let sample = try PixelSample(
      count: entries.count, features: features.groups,
      sampling: features.pixelSampling, seed: classifier.seed
    ) { try entries[$0].load(size: loader.size) }
    let fitted = try Interrupts.stoppingAtOnce { try classifier.fit(sample) { progress.update($0, "fitting") } }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    try fitted.save(to: fitting.weights)
    return FittedModel(
      segmenter: fitted,
      summary: FitSummary(
        seconds: seconds, pixels: sample.categories.count,
        featureImportances: (fitted as? FittedForest).map {
          Dictionary(uniqueKeysWithValues: zip($0.features.names, $0.featureImportances))
        }))
  }
}
