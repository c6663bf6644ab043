import ArgumentParser
import Foundation
import Harness
import Reports
import Scenes
import Settings

/// Looks at datasets and makes synthetic ones.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Describe, check, measure, preview or synthesize datasets.",
    subcommands: [Init.self, Check.self, Stats.self, Preview.self, Synthesize.self])

  struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Look at a folder and write a dataset.yaml beside the data: what was found, and what was guessed.")

    @Argument(help: "The folder of the dataset.", completion: .directory)
    var root: String

    @Option(help: "The classes: a built-in set.", completion: .classSets)
    var classes: String?

    @Option(help: "What label files hold, such as cityscapes-trainIds or colours.", completion: .encodings)
    var encoding: String?

    mutating func run() throws {
      let (file, text) = try DatasetDraft.write(
        for: fileURL(root), classes: classes.map { .text($0) }, encoding: encoding)
      print(text, terminator: "")
      FileHandle.standardError.write(Data("written to \(file.relativePath)\n".utf8))
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Load every scene of a dataset; say what its labels mean and what would make a comparison wrong.",
      discussion: "Exits with 3 where a comparison would be wrong.")

    @Argument(help: "The folder of the dataset, or synthetic.", completion: .directory)
    var root: String

    @Flag(help: "Count bad scenes as warnings.")
    var skipBad = false

    @OptionGroup var data: DataOptions

    @OptionGroup var work: WorkOptions

    mutating func run() throws {
      let (progress, _) = try work.start()
      let check = try DatasetCheck(data.open(root), progress: progress)
      if !work.quiet { print(check.table) }
      for line in check.findingLines(skippingBad: skipBad) { print(line) }
      let errors = check.errorCount(skippingBad: skipBad)
      guard errors == 0 else { throw HarnessError.unsoundData(folder: root, errors: errors) }
      if !work.quiet { print("nothing was found that would make a comparison wrong") }
    }
  }

  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print sizes, colour statistics and pixels by class of each split as JSON.")

    @Argument(help: "The folder of the dataset, or synthetic.", completion: .directory)
    var root: String

    @OptionGroup var data: DataOptions

    @OptionGroup var work: WorkOptions

    mutating func run() throws {
      let (progress, _) = try work.start()
      print(
        try DatasetCheck(data.open(root), progress: progress).json())
    }
  }

  struct Preview: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a contact sheet: scenes beside their colour masks.")

    @Argument(help: "The folder of the dataset, or synthetic.", completion: .directory)
    var root = Dataset.syntheticRoot

    @Option(help: "The PNG file to write.", completion: .file(extensions: ["png"]))
    var out: String

    @Option(help: "The dataset's split.", completion: .list(["train", "val", "test"]))
    var split = "train"

    @Option(help: "How many scenes, evenly spaced.")
    var count = 12

    @Option(help: "How many beside each other. (default: 3)")
    var columns: Int?

    @Option(help: "The size of a scene, WxH; also native with random-crop.")
    var size = "256x128"

    @Option(
      help: "An augmentation to show; weather without a severity, also several (fog,rain), in all five.",
      completion: .augmentations)
    var augment = "none"

    @Option(help: "The seed of synthetic scenes and of the augmentation. (default: 0)")
    var seed: Int?

    @OptionGroup var data: DataOptions

    @OptionGroup var work: WorkOptions

    mutating func run() throws {
      _ = try work.start()
      try check("--count", count, counts)
      if let columns { try check("--columns", columns, counts) }
      if let seed { try check("--seed", seed, 0...Int.max) }
      let chosen = try augment.split(separator: ",", omittingEmptySubsequences: false).map { name in
        try Augmentations.make(Augmentations.choice(.text(String(name))))
      }
      let weather = chosen.compactMap { $0 as? any Weather }.filter { $0.severity == nil }
      guard chosen.count == 1 || weather.count == chosen.count else {
        throw SettingError.invalid(
          setting: "--augment", value: "'\(augment)'", bound: "one augmentation, or several kinds of weather")
      }
      let isWeather = weather.count == chosen.count
      if let columns, isWeather {
        throw SettingError.invalid(
          setting: "--columns", value: "\(columns)", bound: "left out with weather, whose columns are severities")
      }
      if let seed, root != Dataset.syntheticRoot, augment == "none" {
        throw SettingError.invalid(
          setting: "--seed", value: "\(seed)", bound: "left out without synthetic scenes or an augmentation")
      }
      let drawn = seed ?? 0
      let entries = try data.open(root, sceneSeed: drawn).entries(split)
      let sheet =
        if isWeather {
          try ContactSheet.draw(
            entries, count: count, size: PixelSize.parse(size), weather: weather, seed: drawn)
        } else {
          try ContactSheet.draw(
            entries, count: count, columns: columns ?? 3,
            size: size == "native" ? .native : .resized(PixelSize.parse(size)), augmentation: chosen[0], seed: drawn)
        }
      try PNG.write(sheet, to: fileURL(out))
      print(out)
    }
  }

  struct Synthesize: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write synthetic scenes in the layout of Cityscapes: four fifths train, the rest val.")

    @Option(help: "The folder to write; new or empty.", completion: .directory)
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
