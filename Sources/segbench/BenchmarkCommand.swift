import ArgumentParser
import Baselines
import Deep
import Foundation
import Harness
import Reports
import Scenes
import Settings

/// What all benchmarks take.
struct MeasuringOptions: ParsableArguments {
  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var work: WorkOptions

  func start() throws { _ = try work.start() }

  /// Prints the figures as they are asked for.
  func show(_ table: @autoclosure () -> String, json text: () throws -> String) throws {
    print(json ? try text() : table())
  }
}

/// Measures the program on this machine.
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Measure speed and memory on this machine.",
    subcommands: [Train.self, Frames.self, Kernels.self, Pixels.self, Augmentation.self])

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Seconds a picture of a network's training step and of its inference, and peak memory.")

    @Option(help: "The network.", completion: .list(Networks.registry.names))
    var model: String

    @Option(help: "Change a setting of the network, such as network.variant=lite0. Repeatable.")
    var set: [String] = []

    @Option(help: "The pictures' height.")
    var height = 256

    @Option(help: "The pictures' width.")
    var width = 512

    @Option(help: "Pictures a step.")
    var batch = 2

    @Option(help: "The numbers to compute with: fp32 or bf16.")
    var precision = Precision.fp32

    @Option(help: "How many steps are timed; the fastest counts.")
    var repeats = 3

    @OptionGroup var measuring: MeasuringOptions

    mutating func run() throws {
      try measuring.start()
      let network = try Networks.registry.make(choice())
      for (option, value, bounds) in [
        ("--height", height, PixelSize.sides), ("--width", width, PixelSize.sides), ("--batch", batch, 1...1024),
        ("--repeats", repeats, counts),
      ] {
        try check(option, value, bounds)
      }
      try checkMemory(
        "--batch, --height, --width", "\(batch), \(height), \(width)",
        takes: network.estimatedTrainingBytes(
          classes: OutputClasses(count: 8), height: height, width: width, batch: batch, precision: precision))
      let benchmark = try TrainingBenchmark(
        network: network, height: height, width: width, batch: batch, repeats: repeats, precision: precision)
      try measuring.show(benchmark.table, json: benchmark.json)
    }

    /// The network with the settings that `--set` changes.
    private func choice() throws -> Choice {
      var section = ["name": Setting.text(model)]
      for assignment in set {
        let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].hasPrefix("network.") else {
          throw SettingError.invalid(setting: "--set", value: "'\(assignment)'", bound: "network.SETTING=VALUE")
        }
        section[String(parts[0].dropFirst("network.".count))] = Setting(plain: String(parts[1]))
      }
      return try Networks.registry.choice(.section(section))
    }
  }

  struct Frames: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Milliseconds a frame of every model of stored runs, and a step of training, measured together.",
      discussion:
        "Models take turns, so that a machine that is slower for a while is so for all of them: a frame is a picture of "
        + "\(FrameTime.size), a step is of all of a network's layers, at the size and batch of its training. The times are "
        + "stored with the runs, and reports made from then on use them instead of those that were taken as each model was "
        + "fitted: measure when nothing else runs, or where the models are to run. Networks may be records, without weights."
    )

    @Argument(help: "The runs of an experiment, such as runs/camvid.", completion: .directory)
    var experimentRuns: String

    @Option(help: "How often each model is timed; the fastest counts.")
    var rounds = 3

    @OptionGroup var measuring: MeasuringOptions

    mutating func run() throws {
      let (progress, _) = try measuring.work.start()
      try check("--rounds", rounds, counts)
      let store = RunStore(folder: fileURL(experimentRuns))
      let times = try FrameTimes(store, rounds: rounds, command: typedCommand(), progress: progress)
      try store.write(times)
      try measuring.show(times.table, json: times.json)
    }
  }

  struct Kernels: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Rates of matrix products and convolutions against what this machine gives at most.")

    @Option(help: "How often each is timed; the fastest counts.")
    var repeats = 5

    @OptionGroup var measuring: MeasuringOptions

    mutating func run() throws {
      try measuring.start()
      try check("--repeats", repeats, counts)
      let benchmark = try KernelBenchmark(repeats: repeats)
      try measuring.show(benchmark.table, json: benchmark.json)
    }
  }

  struct Pixels: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fit and predict times and scores of both pixel classifiers, on matrices that can be dumped.")

    @Option(help: "The folder of the dataset, or synthetic.", completion: .directory)
    var data = Dataset.syntheticRoot

    @Option(help: "How many training scenes; half as many are the test.")
    var images = 20

    @Option(help: "How many trees the forest has.")
    var trees = 20

    @Option(help: "The size of the scenes, WxH.")
    var size = "256x128"

    @Option(help: "The features: \(PixelFeatures.allCases.map(\.rawValue).joined(separator: ", ")).")
    var features = PixelFeatures.standard.rawValue

    @Option(
      help: "Where to write X.npy, y.npy, Xt.npy, yt.npy and the predictions, yt-NAME.npy.", completion: .directory)
    var dump: String?

    @OptionGroup var measuring: MeasuringOptions

    mutating func run() throws {
      try measuring.start()
      try check("--images", images, counts)
      guard let groups = PixelFeatures(rawValue: features) else {
        throw SettingError.unknown(
          kind: "feature group", name: features, known: PixelFeatures.allCases.map(\.rawValue))
      }
      let size = try PixelSize.parse(size)
      // The test takes half as much as the training.
      try checkMemory(
        "--images, --size", "\(images), \(size)",
        takes: (images + (images + 1) / 2) * size.area * groups.count * MemoryLayout<Float>.size)
      let benchmark = try PixelBenchmark(
        data: data, size: size, images: images, features: groups, trees: trees,
        dump: dump.map(fileURL))
      try measuring.show(benchmark.table, json: benchmark.json)
    }
  }

  struct Augmentation: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Milliseconds a scene of every augmentation on one core, and what it does to luminance and contrast.")

    @Option(help: "The folder of the dataset, or synthetic.", completion: .directory)
    var data = Dataset.syntheticRoot

    @Option(help: "How many training scenes, evenly spaced.")
    var images = 8

    @Option(help: "The size of the scenes, WxH.")
    var size = "512x256"

    @Option(help: "How often each scene is changed.")
    var repeats = 5

    @Option(help: "Where to write the scenes, NNNN_picture.png and NNNN_labels.png.", completion: .directory)
    var dump: String?

    @OptionGroup var measuring: MeasuringOptions

    mutating func run() throws {
      try measuring.start()
      try check("--images", images, counts)
      try check("--repeats", repeats, counts)
      let size = try PixelSize.parse(size)
      let scenes = try Dataset.open(data, sceneSeed: 0).entries("train", limit: images).map { try $0.load(size: size) }
      if let dump { try AugmentationBenchmark.write(scenes, to: fileURL(dump)) }
      let rows = AugmentationBenchmark.measure(scenes, repeats: repeats)
      try measuring.show(AugmentationBenchmark.table(rows)) { try AugmentationBenchmark.json(rows) }
    }
  }
}
