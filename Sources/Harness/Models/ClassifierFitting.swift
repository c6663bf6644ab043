import Baselines
import Compute
import Foundation
import Scenes
import Settings
import Storage

extension Estimator {
  /// A pixel classifier of the module Baselines.
  init(classifier: any PixelClassifier.Type) {
    self.init(
      family: .classifier, component: classifier, section: classifier.section, sections: ["features"],
      // Which pixels are drawn is chance too.
      hasChance: { classifier.hasChance || $0.features.sampling.name != AllPixels.name },
      check: { try classifier.init($0.own).check(featureCount: $0.features.groups.count) },
      fit: { try Self.fit($0, classifier.init($0.settings.own)) },
      open: { file, _, _ in try classifier.open(file) },
      estimate: { settings, classSet, sizes, _ in
        let limit = try Samplings.registry.make(settings.features.sampling).limit ?? .max
        let (sizes, features) = (sizes.brought(to: settings.data.size), settings.features.groups.count)
        let pixels = sizes.training.reduce(0) { $0 + min($1.area, limit) }
        // Whole pictures are described on all threads, while pixels are gathered from them.
        let gathered = pixels + Parallel.threadCount * sizes.largest.area
        let fit = try classifier.init(settings.own).estimatedBytes(
          pixels: pixels, features: features, classes: classSet.count)
        return (nil, max(fit, gathered * features * MemoryLayout<Float>.size))
      })
  }

  private static func fit(
    _ fitting: Fitting, _ classifier: any PixelClassifier
  ) throws -> (segmenter: any Segmenter, summary: FitSummary) {
    let features = fitting.settings.features
    let (entries, loader) = (fitting.scenes.split.training, fitting.scenes.loader)
    let (progress, seed) = (fitting.progress, UInt64(fitting.settings.seed))
    let start = ContinuousClock.now
    progress.update(0, "gathering pixels")
    // A fit reads each scene once: those that were kept would only add to its memory, the more the more there are.
    loader.forget()
    let sample = try PixelSample(
      count: entries.count, features: features.groups, sampling: Samplings.registry.make(features.sampling), seed: seed
    ) { try loader.read(entries[$0]) }
    let fitted = try Interrupts.stoppingAtOnce {
      try classifier.fit(sample, seed: seed) { progress.update($0, "fitting") }
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    try fitted.save(to: fitting.weights)
    var stored = try SafeTensors(contentsOf: fitting.weights)
    stored.metadata[ClassSet.metadataKey] = try fitting.classSet.json()
    try stored.write(to: fitting.weights)
    return (
      fitted,
      FitSummary(
        seconds: seconds, pixels: sample.labels.count,
        featureImportances: fitted.featureImportances.map {
          Dictionary(uniqueKeysWithValues: zip(fitted.features.names, $0))
        }, notes: fitted.notes.isEmpty ? nil : fitted.notes)
    )
  }
}

extension FitNote {
  /// In words, with the names of classes.
  package func text(_ names: [String]) -> String {
    switch self {
    case .notConverged(let classes, let iterations):
      "not converged within \(iterations) iterations: \(classes.map { names[$0] }.joined(separator: ", "))"
    }
  }
}
