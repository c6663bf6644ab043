import ArgumentParser
import Compute
import Deep
import Foundation
import Harness
import Reports
import Logging
import Scenes
import Settings

/// What every command that works for a while takes.
struct WorkOptions: ParsableArguments {
  @Option(help: "How many threads to use; results don't depend on it.")
  var threads: Int?

  @Flag(help: "Show no progress.")
  var quiet = false

  @Flag(help: "Say more: what the work is done with, and each epoch on a line of its own.")
  var verbose = false

  @Option(help: "How progress and messages are written to standard error: text, or json, one object a line.")
  var logFormat = LogFormat.text

  enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  func validate() throws {
    if quiet && verbose { throw ValidationError("give either --quiet or --verbose") }
  }

  /// Applies the thread count and gives what tells the user how it goes.
  func start() throws -> (progress: ProgressReporter, logger: Logger) {
    if let threads {
      try check("--threads", threads, 1...1024)
      Parallel.threadCount = threads
    } else if let own = Ranks.threadCount(
      processors: ProcessInfo.processInfo.processorCount, bound: ProcessInfo.processInfo.activeProcessorCount)
    {
      Parallel.threadCount = own
    }
    let isJSON = logFormat == .json
    var logger = Logger(label: "segbench") { _ in MessageLog(isJSON: isJSON) }
    logger.logLevel = quiet ? .error : .info
    return (ProgressReporter(quiet ? .quiet : isJSON ? .json : .automatic, isVerbose: verbose), logger)
  }
}

/// How commands that look at a dataset read it.
struct DataOptions: ParsableArguments {
  @Option(
    help:
      "The classes: a built-in set, or a YAML file of your own; by default what dataset.yaml says, or cityscapes-8.",
    completion: .classSets)
  var classes: String?

  @Option(help: "How the folder lies; by default what is found.", completion: .layouts)
  var layout: String?

  @Option(
    help: "What label files hold, such as cityscapes-trainIds or colours; by default what they tell.",
    completion: .encodings)
  var encoding: String?

  /// Refuses what says how a folder is read where there is none.
  func check(_ root: String) throws {
    for (option, value) in [("--layout", layout), ("--encoding", encoding)] {
      guard let value, root == Dataset.syntheticRoot else { continue }
      throw SettingError.invalid(
        setting: option, value: value, bound: "left out with synthetic scenes, which lie in no folder")
    }
  }

  /// Opens the dataset of `root`.
  func open(_ root: String, sceneSeed: Int = 0) throws -> Dataset {
    try check(root)
    return try Dataset.open(
      root, sceneSeed: sceneSeed, classes: classes.map(ClassSet.named), layout: layout,
      encoding: encoding.map { .text($0) })
  }
}

extension Report.Beside: ExpressibleByArgument {}

extension Precision: ExpressibleByArgument {}

extension Language: ExpressibleByArgument {
  public init?(argument: String) {
    guard let language = try? Language.named(argument) else { return nil }
    self = language
  }

  public static var allValueStrings: [String] { all.map(\.code) }
}

/// What commands that run cells take.
struct RunCommandOptions: ParsableArguments {
  @Option(
    help: "Within an epoch, store a network's state every so many minutes; 0 for after each step. (default: 10.0)")
  var checkpointMinutes: Double?

  @Option(
    help: "Keep decoded scenes in this folder, so that the next start reads them; it may be deleted at any time.",
    completion: .directory)
  var cache: String?

  func validate() throws {
    if let checkpointMinutes, !(0...100_000).contains(checkpointMinutes) {
      throw ValidationError("--checkpoint-minutes is \(checkpointMinutes), but must be 0 to 100000")
    }
  }

  /// Joins the processes that mpiexec has started with this one. All but rank 0 do what that one asks for, until it ends,
  /// and don't return.
  func join(_ logger: Logger) throws -> any Communicator {
    let communicator = try Ranks.join()
    if communicator.rank > 0 { try RankWork(communicator, cache: cache.map(fileURL), logger: logger).run() }
    return communicator
  }

  /// As the harness takes them.
  ///
  /// - Throws: `SettingError.invalid` where nothing that is run stores a state.
  func options(for experiment: Experiment, on communicator: any Communicator) throws -> RunOptions {
    if let checkpointMinutes, try experiment.cellSettings().allSatisfy({ $0.architecture == nil }) {
      throw SettingError.invalid(
        setting: "--checkpoint-minutes", value: "\(checkpointMinutes)", bound: "left out: no network is trained")
    }
    return RunOptions(
      checkpointInterval: .seconds(60 * (checkpointMinutes ?? 10)), cache: cache.map(fileURL),
      communicator: communicator)
  }
}

/// What was typed, as it can be typed again, without some options that take a value.
func typedCommand(without options: Set<String> = []) -> String {
  (["segbench"] + typedWords(without: options)).map(\.quotedForShell).joined(separator: " ")
}

/// The words that were typed behind the program's name, without some options that take a value and some flags.
func typedWords(without options: Set<String>, flags: Set<String> = []) -> [String] {
  var words: [String] = []
  var isValue = false
  for word in CommandLine.arguments.dropFirst() {
    if isValue {
      isValue = false
    } else if options.contains(word) {
      isValue = true
    } else if !flags.contains(word), !options.contains(where: { word.hasPrefix("\($0)=") }) {
      words.append(word)
    }
  }
  return words
}

/// Checks an option before anything is made of it.
///
/// - Throws: `SettingError.invalid` with the bound.
func check(_ option: String, _ value: Int, _ bounds: ClosedRange<Int>) throws {
  guard bounds.contains(value) else {
    let bound =
      bounds.upperBound == .max ? "\(bounds.lowerBound) or more" : "\(bounds.lowerBound) to \(bounds.upperBound)"
    throw SettingError.invalid(setting: option, value: "\(value)", bound: bound)
  }
}

/// What options that count something may be: as many as anyone waits for, and sums and products don't overflow.
let counts = 1...1_000_000

/// Checks that there is the memory that options ask for, where the system tells.
///
/// - Throws: `SettingError.invalid` with what there is.
func checkMemory(_ options: String, _ value: String, takes bytes: Int) throws {
  guard let available = ProcessMemory.availableBytes, bytes > available else { return }
  func gibibytes(_ bytes: Int) -> String { String(format: "%.1f GiB", Double(bytes) / 0x1p30) }
  throw SettingError.invalid(
    setting: options, value: value,
    bound: "small enough for the \(gibibytes(available)) that are free; this takes \(gibibytes(bytes))")
}

/// A path as the user gives it.
func fileURL(_ path: String) -> URL {
  URL(fileURLWithPath: (path as NSString).expandingTildeInPath)
}
