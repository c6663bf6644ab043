import Compute
import Settings

/// Measures a network on this machine: time of a training step and of inference, and peak memory.
package struct TrainingBenchmark: Codable, Equatable, Sendable {
  package let network: String
  package let precision: Precision
  package let height, width, batch, repeats, threads: Int
  /// The fastest of the repeats of a step with cross-entropy and Adam, divided by the batch.
  package let trainingSecondsPerPicture: Double
  /// The same for probabilities of a batch.
  package let inferenceSecondsPerPicture: Double
  /// The most memory that the process has held so far.
  package let peakBytes: Int
  /// What `estimatedTrainingBytes` says.
  package let estimatedBytes: Int
  /// The processors that products of matrices chose their kernels for.
  package let kernel: String

  /// Measures now. Nothing else should run meanwhile.
  ///
  /// - Throws: `SettingError.invalid` for a size or number below 1.
  package init(network: any Architecture, height: Int, width: Int, batch: Int, repeats: Int, precision: Precision)
    throws
  {
    try precision.check("precision")
    for (setting, value) in [("height", height), ("width", width), ("batch", batch), ("repeats", repeats)] {
      guard value >= 1 else {
        throw SettingError.invalid(setting: setting, value: "\(value)", bound: "at least 1")
      }
    }
    let model = NetworkModel(network, classes: OutputClasses(count: 8), seed: 0)
    model.precision = precision
    let trainer = try Trainer(model, seed: 0)
    var stream = RandomStream(seed: 0)
    let shape = Shape(batch, network.padded(height), network.padded(width), 3)
    let pictures = Tensor(shape, values: (0..<shape.count).map { _ in stream.normal() })
    let targets = Targets(classes: (0..<shape.pixels).map { _ in UInt8(stream.integer(below: model.classes.count)) })
    self.precision = precision
    (self.network, self.height, self.width, self.batch, self.repeats) = (network.name, height, width, batch, repeats)
    threads = Parallel.threadCount
    trainingSecondsPerPicture =
      fastest(of: repeats) { _ = trainer.step(pictures, targets) } / Double(batch)
    peakBytes = ProcessMemory.peakBytes
    inferenceSecondsPerPicture =
      fastest(of: repeats) {
        _ = softmax(model.logits(pictures, on: Tape(.inference, precision: precision)).tensor)
      } / Double(batch)
    estimatedBytes = model.estimatedTrainingBytes(height: height, width: width, batch: batch)
    kernel = LinearAlgebra.kernelName
  }
}
