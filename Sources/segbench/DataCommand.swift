import ArgumentParser
import Foundation
import Harness
import Reports
import Scenes
import Settings

/// Looks at datasets and makes synthetic ones.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Check, measure, preview or synthesize datasets.",
    subcommands: [Check.self, Stats.self, Preview.self, Synthesize.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Load every scene of a dataset; print counts, class shares and every bad file.")

    @Argument(help: "The folder of the dataset, or synthetic.")
    var root: String

    @Flag(help: "Count bad scenes as warnings.")
    var skipBad = false

    @Option(help: "The classes: a built-in set, or a YAML file of your own.")
    var classes = ClassSet.cityscapes8.name

    @OptionGroup var work: WorkOptions

    mutating func run() throws {
      let (progress, logger) = try work.start()
      let check = try DatasetCheck(
        Dataset.open(root, sceneSeed: 0, classes: ClassSet.named(classes)), progress: progress)
      print(check.table, terminator: "")
      for problem in check.problems { logger.warning("\(problem)") }
      if !check.problems.isEmpty && !skipBad {
        throw HarnessError.badScenes(folder: root, count: check.problems.count)
      }
      print(check.problems.isEmpty ? "all scenes are good" : "\(check.problems.count) bad scenes")
    }
  }

  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print sizes, colour statistics and pixels by class of each split as JSON.")

    @Argument(help: "The folder of the dataset, or synthetic.")
    var root: String

    @Option(help: "The classes: a built-in set, or a YAML file of your own.")
    var classes = ClassSet.cityscapes8.name

    @OptionGroup var work: WorkOptions

    mutating func run() throws {
      let (progress, _) = try work.start()
      print(
        try DatasetCheck(Dataset.open(root, sceneSeed: 0, classes: ClassSet.named(classes)), progress: progress).json())
    }
  }

  struct Preview: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a contact sheet: scenes beside their colour masks.")

    @Argument(help: "The folder of the dataset, or synthetic.")
    var root = "synthetic"

    @Option(help: "The PNG file to write.")
    var out: String

    @Option(help: "The dataset's split.")
    var split = "train"

    @Option(help: "How many scenes, evenly spaced.")
    var count = 12

    @Option(help: "How many beside each other.")
    var columns = 3

    @Option(help: "The size of a scene, WxH.")
    var size = "256x128"

    @Option(help: "An augmentation to show; weather without a severity, also several (fog,rain), in all five.")
    var augment = "none"

    @Option(help: "The seed of synthetic scenes and of the augmentation.")
    var seed = 0

    @Option(help: "The classes: a built-in set, or a YAML file of your own.")
    var classes = ClassSet.cityscapes8.name

    @OptionGroup var work: WorkOptions

    mutating func run() throws {
      _ = try work.start()
      try check("--count", count, counts)
      try check("--columns", columns, counts)
      try check("--seed", seed, 0...Int.max)
      let chosen = try augment.split(separator: ",", omittingEmptySubsequences: false).map { name in
        try Augmentations.make(Augmentations.choice(.text(String(name))))
      }
      let weather = chosen.compactMap { $0 as? any Weather }.filter { $0.severity == nil }
      guard chosen.count == 1 || weather.count == chosen.count else {
        throw SettingError.invalid(
          setting: "--augment", value: "'\(augment)'", bound: "one augmentation, or several kinds of weather")
      }
      let entries = try Dataset.open(root, sceneSeed: seed, classes: ClassSet.named(classes)).entries(split)
      let size = try PixelSize.parse(size)
      let sheet =
        if weather.count == chosen.count {
          try ContactSheet.draw(entries, count: count, size: size, weather: weather, seed: seed)
        } else {
          try ContactSheet.draw(
            entries, count: count, columns: columns, size: size, augmentation: chosen[0], seed: seed)
        }
      try PNG.write(sheet, to: fileURL(out))
      print(out)
    }
  }

  struct Synthesize: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write synthetic scenes in the layout of Cityscapes: four fifths train, the rest val.")

    @Option(help: "The folder to write; new or empty.")
    var out: String

    @Option(help: "How many scenes, at least 3.")
    var count = 100

    @Option(help: "Their size, WxH.")
    var size = "512x256"

    @Option(help: "The seed.")
    var seed = 0

    @OptionGroup var work: WorkOptions

    mutating func run() throws {
      let (progress, _) = try work.start()
      try check("--seed", seed, 0...Int.max)
      try Synthesis.write(
        to: fileURL(out), count: count, size: PixelSize.parse(size), seed: seed, progress: progress)
    }
  }
}
