import ArgumentParser
import Baselines
import Foundation
import Harness
import Scenes

/// Measures the program on this machine.
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Measure speed and memory on this machine.", subcommands: [Pixels.self])

  struct Pixels: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fit and predict times and scores of both pixel classifiers, on matrices that can be dumped.")

    @Option(help: "The folder of the dataset, or synthetic.")
    var data = "synthetic"

    @Option(help: "How many training scenes; half as many are the test.")
    var images = 20

    @Option(help: "How many trees the forest has.")
    var trees = 20

    @Option(help: "The size of the scenes, WxH.")
    var size = "256x128"

    @Option(help: "The features: \(PixelFeatures.allCases.map(\.rawValue).joined(separator: ", ")).")
    var features = PixelFeatures.standard.rawValue

    @Option(help: "Where to write X.npy, y.npy, Xt.npy and yt.npy.")
    var dump: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var work: WorkOptions

    mutating func run() throws {
      _ = try work.start()
      guard let groups = PixelFeatures(rawValue: features) else {
        throw HarnessError.unknown(
          kind: "feature group", name: features, known: PixelFeatures.allCases.map(\.rawValue))
      }
      let benchmark = try PixelBenchmark(
        data: data, size: PixelSize.parse(size), images: images, features: groups, trees: trees,
        dump: dump.map(fileURL))
      print(json ? try benchmark.json() : benchmark.table)
    }
  }
}
