import Compute
import Scenes

/// Measures a network on this machine: time of a training step and of inference, and peak memory.
public struct TrainingBenchmark: Codable, Equatable, Sendable {
  public let network: String
  public let height, width, batch, repeats, threads: Int
  /// The fastest of the repeats of a step with cross-entropy and Adam, divided by the batch.
  public let trainingSecondsPerPicture: Double
  /// The same for probabilities of a batch.
  public let inferenceSecondsPerPicture: Double
  /// The most memory that the process has held so far.
  public let peakBytes: Int
  /// What `estimatedTrainingBytes` says.
  public let estimatedBytes: Int
  /// The processors that products of matrices chose their kernels for.
  public let kernel: String

  /// Measures now. Nothing else should run meanwhile.
  ///
  /// - Throws: `DeepError.unknown` for the network, `.invalid` for a size or setting.
  public init(
    network: String, settings: NetworkSettings = NetworkSettings(), height: Int, width: Int, batch: Int, repeats: Int
  ) throws {
    for (setting, value) in [("height", height), ("width", width), ("batch", batch), ("repeats", repeats)] {
      guard value >= 1 else {
        throw DeepError.invalid(setting: setting, value: "\(value)", bound: "at least 1")
      }
    }
    let model = try NetworkModel(network, settings: settings, seed: 0)
    let trainer = try Trainer(model, seed: 0)
    let batchSize = batch
    var stream = RandomStream(seed: 0)
    let multiple = model.definition.sizeMultiple
    func padded(_ side: Int) -> Int { (side + multiple - 1) / multiple * multiple }
    let shape = Shape(batchSize, padded(height), padded(width), 3)
    let pictures = Tensor(shape, values: (0..<shape.count).map { _ in stream.normal() })
    let targets = Targets(classes: (0..<shape.pixels).map { _ in UInt8(stream.integer(below: Category.count)) })
    (self.network, self.height, self.width, self.batch, self.repeats) = (network, height, width, batch, repeats)
    threads = Parallel.threadCount
    trainingSecondsPerPicture =
      fastest(of: repeats) { _ = trainer.step(pictures, targets) } / Double(batch)
    peakBytes = ProcessMemory.peakBytes
    inferenceSecondsPerPicture =
      fastest(of: repeats) {
        _ = softmax(model.network.logits(Feature(pictures), on: Tape(.inference)).tensor)
      } / Double(batch)
    estimatedBytes = model.estimatedTrainingBytes(height: height, width: width, batch: batch)
    kernel = LinearAlgebra.kernelName
  }
}
