import Foundation
import Scenes
import TestSupport
import Testing

/// The program as scripts see it: what it prints, how it exits, what it leaves behind.
@Suite("Command line") struct CommandLineTests {
  private struct Outcome {
    let status: Int32
    let output, errors: String
  }

  /// The program that was built beside the tests.
  static let program: URL? = {
    // The test runner lies in the folder of the products, or somewhere else and gets the bundle's path as argument.
    let candidates = [Bundle.main.bundleURL] + CommandLine.arguments.map { URL(fileURLWithPath: $0) }
    return candidates.map { $0.deletingLastPathComponent().appendingPathComponent("segbench") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  private func run(_ arguments: [String], in folder: URL, with variables: [String: String] = [:]) throws -> Outcome {
    try finish(start(arguments, in: folder, with: variables), in: folder)
  }

  private func start(
    _ arguments: [String], in folder: URL, with variables: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    let (output, errors) = (folder.appendingPathComponent(".out"), folder.appendingPathComponent(".err"))
    for file in [output, errors] { try Data().write(to: file) }
    let program: URL = try #require(Self.program, "segbench isn't built")
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    return process
  }

  private func finish(_ process: Process, in folder: URL) throws -> Outcome {
    process.waitUntilExit()
    #expect(process.terminationReason == .exit, "\(process.arguments ?? []) was ended by a signal")
    func text(_ name: String) throws -> String {
      try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }
    return Outcome(status: process.terminationStatus, output: try text(".out"), errors: try text(".err"))
  }

  @Test(
    "Bad calls end with their exit code, name what is wrong, and leave no file behind",
    arguments: [
      (["compare", "--preset", "quik"], 2, "did you mean 'quick'"),
      (["compare", "--set", "epochs=ten"], 2, "whole number"),
      (["compare", "--set", "epohs=3"], 2, "did you mean 'epochs'"), (["compare", "--set", "epochs"], 2, "key=value"),
      (["compare", "--set", "model=unet-mini2"], 2, "did you mean 'unet-mini'"),
      (["compare", "--threads", "0"], 2, "1 to 1024"),
      (["compare", "--jobs", "0"], 2, "1 to 1024"), (["compare", "--cell", "unet", "--jobs", "2"], 2, "leave out"),
      (["compare", "--preset", "smoke", "--cell", "unit"], 2, "there is no cell 'unit'"),
      (["compare", "--jobs", "2", "--dry-run"], 2, "run none"),
      (["submit", "--preset", "smoke", "--time", "soon"], 2, "days-hours"),
      (["submit", "--preset", "smoke"], 2, "no finished cell tells"),
      (["submit", "--preset", "smoke", "--time", "9", "--directive", "mem=1G"], 2, "without its dashes"),
      (["submit", "--preset", "smoke", "--time", "9", "--at-once", "0"], 2, "1 to 1000000"),
      (["status", "nowhere"], 3, "nowhere"), (["merge", "a", "--into", "b"], 2, "two folders"),
      (["merge", "nowhere", "here", "--into", "b"], 3, "nowhere"),
      (["compare", "--checkpoint-minutes", "1e9"], 2, "0 to 100000"),
      (["compare", "--preset", "smoke", "--verify"], 3, "finished yet"),
      (["compare", "--preset", "smoke", "--cache", "text.yaml"], 1, "can't write"),
      (["compare", "--set", "size=10x"], 2, "WIDTHxHEIGHT"), (["compare", "--nothing"], 2, "Unknown option"),
      (["compare", "missing.yaml"], 3, "missing.yaml"), (["compare", "text.yaml"], 2, "text.yaml"),
      (["compare", "--data", "nowhere"], 3, "nowhere"), (["compare", "--data", "empty"], 3, "it is empty"),
      (["compare", "--data", "other"], 3, "known layouts"),
      (["compare", "x.yaml", "--preset", "smoke"], 2, "left out"),
      (["compare", "--data", "onecity"], 3, "the part for validation"),
      (["compare", "--data", "badlabel", "--preset", "smoke"], 3, "is 200, which is no label of camvid"),
      (["train", "unet-maxi", "--run", "run"], 2, "did you mean 'unet-mini'"), (["train", "unet-mini"], 2, "--run"),
      (["train", "unet-mini", "--loss", "cf", "--run", "run"], 2, "did you mean 'ce'"),
      (["train", "unet-mini", "--augment", "mirrors", "--run", "run"], 2, "did you mean 'mirror'"),
      (["evaluate", "--data", "synthetic"], 2, "either --run or --predictions"),
      (["test", "--data", "synthetic"], 2, "either --run or --predictions"),
      (["evaluate", "--run", "empty", "--data", "synthetic"], 3, "cell.json"),
      (["evaluate", "--predictions", "empty", "--data", "good"], 3, "no PNG files"),
      (["evaluate", "--predictions", "other", "--data", "good"], 3, "no prediction for"),
      (["evaluate", "--predictions", "small", "--data", "good"], 3, "4x4"),
      (["evaluate", "--predictions", "colour", "--data", "good"], 3, "colour picture"),
      (["evaluate", "--predictions", "unknown", "--data", "good"], 3, "label 99 at pixel (0, 0)"),
      (["evaluate", "--predictions", "small", "--data", "good"], 3, "--resize"),
      (["evaluate", "--predictions", "several", "--data", "good"], 3, "v_0_a.png, v_0_b.png"),
      (["evaluate", "--run", "empty", "--data", "good", "--resize"], 2, "--resize goes with --predictions"),
      (["evaluate", "--run", "empty", "--data", "good", "--size", "8x8"], 2, "--size goes with --predictions"),
      (["compare", "--dry-run", "--verify"], 2, "either --dry-run or --verify"),
      (["compare", "--dry-run", "--beside", "seeds"], 2, "--beside goes with a report"),
      (["compare", "--dry-run", "--reports", "x"], 2, "--reports goes with a report"),
      (["compare", "--log-format", "xml"], 2, "'json'"),
      (["compare", "--quiet", "--verbose"], 2, "either --quiet or --verbose"),
      (
        ["compare", "--set", "model=unet", "--set", "svc.c=1"], 2,
        "svc.c is 1, but must be left out: unet doesn't use it"
      ),
      (["compare", "--set", "seed=1", "--set", "seed=2"], 2, "seed is 1 and 2, but must be given once"),
      (["compare", "--data", "good", "--set", "data.root=synthetic"], 2, "must be given once"),
      (["compare", "--data", "good", "--set", "sceneSeed=3"], 2, "it is that of synthetic scenes"),
      (["compare", "--set", "layout=camvid"], 2, "synthetic scenes lie in no folder"),
      (["compare", "--skip-bad"], 2, "synthetic scenes lie in no folder"),
      (
        ["compare", "--set", "model=[linear-svc, random-forest]", "--checkpoint-minutes", "5"], 2,
        "no network is trained"
      ),
      (["train", "linear-svc", "--run", "run", "--loss", "dice"], 2, "linear-svc doesn't use it"),
      (["train", "linear-svc", "--run", "run", "--augment", "fog"], 2, "linear-svc doesn't use it"),
      (["train", "random-forest", "--run", "run", "--set", "epochs=3"], 2, "random-forest doesn't use it"),
      (["train", "random-forest", "--run", "run", "--set", "precision=bf16"], 2, "random-forest doesn't use it"),
      (["train", "unet-mini", "--run", "run", "--set", "encoder.freeze=2"], 2, "unet-mini doesn't use it"),
      (["train", "unet-mini", "--run", "run", "--set", "augmentationPolicy=append"], 2, "nothing is augmented"),
      (["train", "unet-mini", "--run", "run", "--seed", "3", "--set", "seed=4"], 2, "must be given once"),
      (["train", "unet-mini", "--run", "run", "--set", "name=x"], 2, "left out of a single training"),
      (["train", "unet-mini", "--run", "run", "--set", "select=validation"], 2, "left out of a single training"),
      (["train", "unet-mini", "--run", "run", "--set", "seed=[0, 1]"], 2, "one value"),
      (["train", "linear-svc", "--run", "run", "--checkpoint-minutes", "5"], 2, "no network is trained"),
      (["evaluate", "--run", "empty", "--data", "synthetic", "--layout", "camvid"], 2, "left out with synthetic"),
      (["evaluate", "--run", "empty", "--data", "synthetic", "--encoding", "colours"], 2, "left out with synthetic"),
      (
        ["evaluate", "--predictions", "other", "--data", "good", "--precision", "bf16"], 2,
        "--precision goes with --run"
      ),
      (["evaluate", "--run", "empty", "--predictions", "other", "--data", "good"], 2, "either --run or --predictions"),
      (["data", "check", "synthetic", "--layout", "camvid"], 2, "left out with synthetic"),
      (["data", "preview", "good", "--out", "x.png", "--seed", "3"], 2, "without synthetic scenes or an augmentation"),
      (["data", "preview", "--out", "x.png", "--augment", "fog", "--columns", "4"], 2, "columns are severities"),
      (["report", "empty", "other"], 3, "experiment.yaml"),
      (["runs", "compare", "empty/a", "empty/b"], 3, "experiment.yaml"),
      (["evaluate", "--predictions", "other", "--data", "good", "--split", "vall"], 3, "vall"),
      (["evaluate", "--predictions", "other", "--data", "good", "--protocol", "nine"], 2, "with-void"),
      (["evaluate", "--predictions", "other", "--data", "good", "--protocol", "official"], 2, "no official score"),
      (["evaluate", "--predictions", "other", "--data", "good", "--condition", "fog-3"], 2, "--run"),
      (["evaluate", "--run", "empty", "--data", "good", "--condition", "fgo-3"], 2, "did you mean 'fog-3'"),
      (["compare", "--set", "conditions=[fog-3, rian-3]"], 2, "did you mean 'rain-3'"),
      (["benchmark", "train", "--model", "unett"], 2, "did you mean 'unet'"),
      (["benchmark", "pixels", "--trees", "0"], 2, "10000"),
      (["benchmark", "kernels", "--repeats", "0"], 2, "must be 1 to"),
      (["predict", "--run", "empty", "text.yaml", "--out", "out"], 3, "cell.json"),
      (["predict", "--run", "empty", "text.yaml", "missing.png", "--out", "out"], 3, "missing.png"),
      (["predict", "--run", "empty", "empty", "--out", "out"], 3, "no PNG or JPEG file in"),
      (["report", "empty"], 3, "experiment.yaml"), (["presets", "show", "smok"], 2, "did you mean 'smoke'"),
      (["data", "check", "truncated"], 3, "would make a comparison on truncated wrong"),
      (["data", "check", "unlabelled"], 3, "is missing"),
      (["data", "preview", "--out", "x.png", "--count", "0"], 2, "--count is 0, but must be 1 to"),
      (["data", "preview", "--out", "x.png", "--augment", "fog,rian"], 2, "did you mean 'rain'"),
      (["data", "preview", "--out", "x.png", "--augment", "fog,mirror"], 2, "several kinds of weather"),
      (["data", "preview", "--out", "/proc/no/x.png", "--count", "1"], 1, "can't write"),
      (["data", "synthesize", "--out", "good", "--count", "5"], 1, "not empty"),
      (["data", "synthesize", "--out", "new", "--count", "1"], 2, "3 or more"),
      (["data", "synthesize", "--out", "new", "--size", "0x5"], 2, "WIDTHxHEIGHT"),
      (["data", "synthesize", "--out", "new", "--count", "3476"], 2, "at most 3475"),
      (["data", "preview", "--out", "x.png", "--size", "65536x1024", "--count", "2"], 2, "pixels"),
      (["data", "preview", "good", "--out", "x.png", "--seed=-1"], 2, "--seed is -1"),
      (["benchmark", "train", "--model", "unet", "--width", "65536", "--height", "65536"], 2, "GiB"),
      (["benchmark", "pixels", "--images", "1000000", "--size", "8192x8192"], 2, "GiB"),
    ])
  func badCalls(arguments: [String], status: Int32, message: String) throws {
    try withTemporaryFolder { folder in
      try Self.makeInputs(in: folder)
      let before = try Self.names(in: folder)
      let outcome = try run(arguments, in: folder)
      #expect(outcome.status == status, "\(outcome.errors)")
      #expect((outcome.errors + outcome.output).contains(message), "\(outcome.errors)")
      #expect(!outcome.errors.contains("Fatal error"))
      #expect(try Self.names(in: folder) == before)
    }
  }

  @Test(
    "No number makes a command trap: what is out of bounds is named with its bound",
    arguments: [
      (["data", "preview", "--out", "x.png"], ["count", "columns", "seed"]),
      (["data", "synthesize", "--out", "new", "--size", "16x16"], ["count", "seed"]),
      (["benchmark", "train", "--model", "unet-mini"], ["height", "width", "batch", "repeats", "threads"]),
      (["benchmark", "kernels"], ["repeats", "threads"]), (["benchmark", "pixels"], ["images", "trees", "threads"]),
      (["benchmark", "augmentation"], ["images", "repeats"]), (["compare", "--dry-run"], ["threads"]),
      (["train", "unet-mini", "--run", "run", "--set", "epochs=0"], ["seed", "threads"]),
    ] as [([String], [String])])
  func numbers(command: [String], options: [String]) throws {
    try withTemporaryFolder { folder in
      for option in options {
        for number in [Int.min, -1, Int.max] where option != "seed" || number < 0 {
          let outcome = try run(command + ["--\(option)=\(number)"], in: folder)
          #expect(outcome.status == 2, "\(option) \(number): \(outcome.errors)")
          #expect(outcome.errors.contains("must be"), "\(option) \(number): \(outcome.errors)")
        }
      }
      #expect(try Self.names(in: folder).isEmpty)
    }
  }

  @Test("A seed may be any whole number that isn't negative")
  func largeSeed() throws {
    try withTemporaryFolder { folder in
      let arguments = ["data", "preview", "--out", "x.png", "--count", "1", "--size", "16x16", "--seed", "\(Int.max)"]
      let outcome = try run(arguments, in: folder)
      #expect(outcome.status == 0)
    }
  }

  @Test("An unreadable label file is an error that names it", .enabled(if: getuid() != 0))
  func unreadable() throws {
    try withTemporaryFolder { folder in
      try Self.makeInputs(in: folder)
      let file = folder.appendingPathComponent("good/trainannot/s1_0.png")
      try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: file.path)
      let outcome = try run(["data", "check", "good"], in: folder)
      #expect(outcome.status == 3 && outcome.output.contains(file.path))
    }
  }

  @Test("A bad scene among good ones is left out and counted with --skip-bad")
  func skipBad() throws {
    try withTemporaryFolder { folder in
      try Self.makeInputs(in: folder)
      let outcome = try run(["data", "check", "truncated", "--skip-bad"], in: folder)
      #expect(outcome.status == 0 && outcome.output.contains("warning: \(folder.path)/truncated/val/v_0.png"))
    }
  }

  @Test("Predictions of another size are scored with --resize, and files of no scene are told")
  func resize() throws {
    try withTemporaryFolder { folder in
      try Self.makeInputs(in: folder)
      try Self.write(label: 7, folder.appendingPathComponent("small/w_0.png"))
      let outcome = try run(["evaluate", "--predictions", "small", "--data", "good", "--resize"], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("1 files") && outcome.errors.contains("w_0.png"), "\(outcome.errors)")
    }
  }

  @Test("Folders of pictures are predicted: what is bad or no picture is told, and the rest goes on")
  func predict() throws {
    try withTemporaryFolder { folder in
      let settings = ["size=32x16", "train=4", "validation=2", "test=1", "trees=3"].flatMap { ["--set", $0] }
      #expect(try run(["train", "random-forest", "--run", "run"] + settings, in: folder).status == 0)
      for name in ["pa/img", "pb/img", "pa/deep/other"] {
        try PNG.write(Picture(width: 20, height: 10), to: folder.appendingPathComponent("\(name).png"))
      }
      try Data("no picture".utf8).write(to: folder.appendingPathComponent("pa/bad.png"))
      try Data().write(to: folder.appendingPathComponent("pa/notes.txt"))
      let arguments = ["predict", "--run", "run", "pa", "pb/img.png", "--out", "out", "--legend"]
      let outcome = try run(arguments, in: folder)
      #expect(outcome.status == 3, "\(outcome.errors)")
      for text in ["bad.png", "not used: 1 .txt", "1 of 4 pictures couldn't be read"] {
        #expect(outcome.errors.contains(text), "\(outcome.errors)")
      }
      let expected =
        ["legend.svg"]
        + ["pa/deep/other", "pa/img", "pb/img"]
        .flatMap { name in ["mask", "labelIds", "overlay"].map { "\(name)_\($0).png" } }
      #expect(outcome.output.split(separator: "\n").map(String.init) == expected.map { "out/\($0)" })
      let written = try Self.names(in: folder.appendingPathComponent("out")).filter { $0.contains(".") }
      #expect(written == expected.sorted())

      let quiet = try run(arguments + ["--quiet"], in: folder)
      #expect(quiet.status == 3 && quiet.errors.contains("bad.png") && !quiet.errors.contains("not used"))
    }
  }

  @Test("Ctrl-C ends predicting between two pictures, with 130, and says how many are done")
  func predictingInterrupted() throws {
    try withTemporaryFolder { folder in
      let settings = ["size=32x16", "train=4", "validation=2", "test=1", "trees=3"].flatMap { ["--set", $0] }
      #expect(try run(["train", "random-forest", "--run", "run"] + settings, in: folder).status == 0)
      let picture = folder.appendingPathComponent("in/0000.png")
      try PNG.write(Picture(width: 20, height: 10), to: picture)
      for number in 1001...2000 {
        try FileManager.default.copyItem(at: picture, to: folder.appendingPathComponent("in/\(number).png"))
      }
      let process = try start(["predict", "--run", "run", "in", "--out", "out"], in: folder)
      let first = folder.appendingPathComponent("out/0000_overlay.png")
      while process.isRunning && !FileManager.default.fileExists(atPath: first.path) { usleep(1000) }
      kill(process.processIdentifier, SIGINT)
      let outcome = try finish(process, in: folder)
      #expect(outcome.status == 130, "\(outcome.errors)")
      #expect(outcome.errors.contains("of 1001 pictures are done"), "\(outcome.errors)")
      let written = try Self.names(in: folder.appendingPathComponent("out")).count
      #expect(written.isMultiple(of: 3) && written < 3 * 1001)
    }
  }

  @Test("A dry run prints cells, scenes, parameters and memory, and writes nothing")
  func dryRun() throws {
    try withTemporaryFolder { folder in
      let outcome = try run(
        ["compare", "--dry-run", "--set", "model=unet-mini", "--set", "seed=[0,1]", "--set", "network.width=1"],
        in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      for text in ["2 cells", "100 training", "471,784", "GiB", "to run"] { #expect(outcome.output.contains(text)) }
      #expect(try Self.names(in: folder).isEmpty)
    }
  }

  @Test(
    "Ctrl-C and SIGTERM store the state within the epoch, say how to go on, and end with 130",
    arguments: [SIGINT, SIGTERM])
  func interrupted(signal: Int32) throws {
    try withTemporaryFolder { folder in
      let arguments =
        ["train", "unet-mini", "--run", "run", "--checkpoint-minutes", "0"]
        + ["size=32x16", "train=4", "validation=2", "test=1", "epochs=100000", "patience=100000", "network.width=0.25"]
        .flatMap { ["--set", $0] }
      let process = try start(arguments, in: folder)
      let state = folder.appendingPathComponent("run/last.safetensors")
      while process.isRunning && !FileManager.default.fileExists(atPath: state.path) { usleep(10_000) }
      kill(process.processIdentifier, signal)
      let outcome = try finish(process, in: folder)
      #expect(outcome.status == 130, "\(outcome.errors)")
      #expect(outcome.errors.contains("the same command goes on from here"), "\(outcome.errors)")
      #expect(outcome.errors.contains("of epoch"), "\(outcome.errors)")
    }
  }

  /// What the processor can do, as Linux calls it.
  private static let processorFlags: Set<Substring> = {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("flags") }
    return Set(line?.split(separator: " ") ?? [])
  }()

  @Test(
    "The smoke experiment's models, predictions and scores are the same to the bit with any of the processor's kernels",
    .enabled(if: processorFlags.isSuperset(of: ["avx2", "fma"])))
  func sameBits() throws {
    try withTemporaryFolder { folder in
      // Below AVX libxsmm has no kernels, and loops do its work.
      var targets = ["hsw": "libxsmm hsw with FMA", "sse": "loops with FMA"]
      if Self.processorFlags.isSuperset(of: ["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"]) {
        targets["skx"] = "libxsmm skx with FMA"
      }
      let chosen = try results(of: [:], in: folder.appendingPathComponent("chosen"))
      #expect(chosen.bytes.count > 6 && chosen.scores.count == 7)
      for (target, kernel) in targets {
        let forced = try results(of: ["LIBXSMM_TARGET": target], in: folder.appendingPathComponent(target))
        #expect(forced.kernels == [kernel])
        #expect(forced.scores == chosen.scores, "\(target)")
        #expect(Set(forced.bytes.keys) == Set(chosen.bytes.keys), "\(target)")
        for (name, bytes) in chosen.bytes { #expect(forced.bytes[name] == bytes, "\(name), \(target)") }
      }
    }
  }

  /// What the smoke experiment leaves behind that has no time in it: files of models, predictions and pictures, scores
  /// by cell, and the kernels that it was made by.
  private func results(of variables: [String: String], in folder: URL) throws -> (
    bytes: [String: Data], scores: [String: NSDictionary], kernels: Set<String>
  ) {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // One thread, as other tests run beside this one.
    let arguments = [
      "compare", "--preset", "smoke", "--runs", ".", "--reports", "reports", "--quiet", "--threads", "1",
    ]
    let outcome = try run(arguments, in: folder, with: variables)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let runs = folder.appendingPathComponent("smoke")
    var (bytes, scores, kernels) = ([String: Data](), [String: NSDictionary](), Set<String>())
    for name in try Self.names(in: runs) {
      let file = runs.appendingPathComponent(name)
      switch file.lastPathComponent {
      case "scores.json":
        let record = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        scores[name] = try #require(record["scores"] as? NSDictionary)
        let environment = try #require(record["environment"] as? [String: Any])
        kernels.insert(try #require(environment["blasKernel"] as? String))
      case "best.safetensors", "pictures.csv", "boundaries.csv", "instances.csv":
        bytes[name] = try Data(contentsOf: file)
      default: if file.pathExtension == "png" { bytes[name] = try Data(contentsOf: file) }
      }
    }
    return (bytes, scores, kernels)
  }

  @Test("Help and version end with 0")
  func help() throws {
    try withTemporaryFolder { folder in
      for arguments in [["--help"], ["compare", "--help"], ["--version"], ["presets"]] {
        let outcome = try run(arguments, in: folder)
        #expect(outcome.status == 0 && !outcome.output.isEmpty && outcome.errors.isEmpty)
      }
    }
  }

  @Test("The version stands alone in the first line, the commit and the processor's kernels below")
  func version() throws {
    try withTemporaryFolder { folder in
      let lines = try run(["--version"], in: folder).output.split(separator: "\n").map(String.init)
      try #require(lines.count == 3, "\(lines)")
      #expect(lines[0].wholeMatch(of: #/\d+\.\d+\.\d+/#) != nil)
      #expect(lines[1].wholeMatch(of: #/commit ([0-9a-f]{12}(-dirty)?|unknown: .*)/#) != nil)
      let flags = Self.processorFlags
      let vectors =
        flags.isSuperset(of: ["avx512f", "avx512vl", "avx512dq"])
        ? "AVX-512" : flags.isSuperset(of: ["avx2", "fma"]) ? "AVX2" : "plain"
      #expect(lines[2].hasPrefix("kernels ") && lines[2].contains(", \(vectors) (networks), "), "\(lines[2])")
      #expect(flags.contains("amx_bf16") || lines[2].hasSuffix("none (bf16)"), "\(lines[2])")
      #if arch(x86_64)
        let forced = try run(["--version"], in: folder, with: ["LIBXSMM_TARGET": "sse"]).output
        #expect(forced.contains("kernels loops with"), "\(forced)")
      #endif
    }
  }

  @Test("Completions of all shells hold the names that the program has", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try run(["--generate-completion-script", shell], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      for name in ["unet-mini", "focal-tversky", "motion-blur", "smoke", "camvid-colours", "fog-3", "without-void"] {
        #expect(outcome.output.contains(name), "\(shell) lacks \(name)")
      }
    }
  }

  @Test("bash completes models, and keys of settings", .enabled(if: access("/bin/bash", X_OK) == 0))
  func bashCompletion() throws {
    try withTemporaryFolder { folder in
      let program = try #require(Self.program)
      try Data(run(["--generate-completion-script", "bash"], in: folder).output.utf8)
        .write(to: folder.appendingPathComponent("completion"))
      for (words, expected) in [
        (["train", "unet-m"], "unet-mini"), (["train", "unet", "--loss", "dic"], "dice"),
        (["presets", "show", "sm"], "smoke"), (["compare", "--set", "training.ep"], "training.epochs="),
      ] {
        let script = """
          source ./completion
          COMP_WORDS=(segbench \(words.joined(separator: " "))); COMP_CWORD=\(words.count); COMP_TYPE=9
          COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
          compopt() { :; }
          _segbench segbench '\(words.last ?? "")' '\(words.dropLast().last ?? "")'
          printf '%s\n' "${COMPREPLY[@]}"
          """
        let process = Process()
        let out = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script]
        let path = program.deletingLastPathComponent().path
        process.environment = ProcessInfo.processInfo.environment.merging(["PATH": "\(path):/usr/bin:/bin"]) { $1 }
        process.currentDirectoryURL = folder
        process.standardOutput = out
        try process.run()
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text.split(separator: "\n").contains { $0.hasPrefix(expected) }, "\(words): \(text)")
      }
    }
  }

  /// Three cells of which each takes a second.
  private static let grid = """
    name: grid
    model: [linear-svc, random-forest, unet-mini]
    data: {size: 32x16, train: 4, validation: 2, test: 3}
    training: {epochs: 2, batch: 2}
    network: {width: 0.25}
    forest: {trees: 3}
    """

  @Test("Cells that are run by several processes are what one process makes of them, and Ctrl-C reaches all")
  func jobs() throws {
    try withTemporaryFolder { folder in
      try Data(Self.grid.utf8).write(to: folder.appendingPathComponent("grid.yaml"))
      let words = ["compare", "grid.yaml", "--quiet"]
      let together = try run(words + ["--jobs", "3", "--runs", "three", "--reports", "r3"], in: folder)
      #expect(together.status == 0 && together.errors.isEmpty, "\(together.errors)")
      #expect(together.output.contains("3 of 3 cells run now"))
      #expect(try run(words + ["--runs", "one", "--reports", "r1"], in: folder).status == 0)
      for name in ["iou_by_category", "pictures", "confusion"] {
        let texts = try ["r1", "r3"].map {
          try String(contentsOf: folder.appendingPathComponent("\($0)/grid/tables/\(name).csv"), encoding: .utf8)
        }
        #expect(texts[0] == texts[1] && !texts[0].isEmpty, "\(name)")
      }
      // Whichever process ran a cell, it was the one command.
      let report = try String(contentsOf: folder.appendingPathComponent("r3/grid/report.md"), encoding: .utf8)
      #expect(report.contains("--jobs 3") && !report.contains("Environment"))
      // More epochs than it has time for.
      let long = try start(
        words + [
          "--jobs", "2", "--runs", "stopped", "--set", "model=unet-mini", "--set", "seed=[0,1]", "--set",
          "epochs=100000", "--set", "patience=100000",
        ],
        in: folder)
      // Its output is kept apart from that of the command that goes on.
      let aside = folder.appendingPathComponent("aside")
      try FileManager.default.createDirectory(at: aside, withIntermediateDirectories: true)
      func running() throws -> Int {
        try run(["status", "../stopped/grid"], in: aside).output.components(separatedBy: "run by ").count - 1
      }
      while try long.isRunning && running() < 2 { usleep(100_000) }
      long.interrupt()
      #expect(try finish(long, in: folder).status == 130)
      #expect(try running() == 0)
    }
  }

  @Test("Submitting hands Slurm the arrays and the report behind them; what it refuses leaves no job")
  func submit() throws {
    try withTemporaryFolder { folder in
      try Data(Self.grid.utf8).write(to: folder.appendingPathComponent("grid.yaml"))
      func program(_ name: String, _ text: String) throws {
        let file = folder.appendingPathComponent("bin/\(name)")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("#!/bin/sh\n\(text)\n".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
      }
      func log() -> String {
        (try? String(contentsOf: folder.appendingPathComponent("log"), encoding: .utf8)) ?? ""
      }
      let words = ["submit", "grid.yaml", "--time", "60", "--partition", "cpu", "--quiet"]
      let path = ["PATH": "\(folder.path)/bin:/usr/bin:/bin"]

      let more = ["--print", "--set", "epochs=1", "--checkpoint-minutes=5", "--threads", "1", "--cores=3"]
      let printed = try run(words + more, in: folder, with: ["PATH": "/nowhere"])
      #expect(printed.status == 0 && printed.output.contains("#SBATCH --partition=cpu\n"))
      let command = " compare grid.yaml --set epochs=1 --checkpoint-minutes=5 \\\n  --cell "
      #expect(printed.output.contains(command), "\(printed.output)")
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("runs/grid/slurm").path))
      let none = try run(words, in: folder, with: ["PATH": "/nowhere"])
      #expect(none.status == 1 && none.errors.contains("sbatch: it isn't on this machine"))

      try program("scancel", "echo scancel $@ >> log")
      try program(
        "sbatch", "echo sbatch $@ >> log; case $2 in --dep*) echo 'no such partition' >&2; exit 1;; esac; echo 7")
      let refused = try run(words, in: folder, with: path)
      #expect(refused.status == 1 && refused.errors.contains("sbatch: no such partition"))
      #expect(log().hasSuffix("scancel 7\n"))

      try FileManager.default.removeItem(at: folder.appendingPathComponent("log"))
      try program("sbatch", "echo sbatch $@ >> log; echo 7')'cluster | tr ')' ';'")
      let done = try run(words, in: folder, with: path)
      #expect(done.status == 0 && done.output.hasPrefix("3 of 3 cells submitted as jobs 7, the report as 7"))
      let scripts = folder.resolvingSymlinksInPath().appendingPathComponent("runs/grid/slurm").path
      #expect(
        log() == """
          sbatch --parsable \(scripts)/cells-1.sh
          sbatch --parsable --dependency=afterany:7 \(scripts)/report.sh

          """)
      #expect(try run(["compare", "grid.yaml", "--quiet"], in: folder).status == 0)
      #expect(try run(words, in: folder, with: path).output.hasPrefix("all cells are finished"))
    }
  }

  @Test("A preset that is printed, stored and run is the preset")
  func presetRoundTrip() throws {
    try withTemporaryFolder { folder in
      let yaml = try run(["presets", "show", "smoke"], in: folder).output
      try Data(yaml.utf8).write(to: folder.appendingPathComponent("smoke.yaml"))
      let plans = try [["smoke.yaml"], ["--preset", "smoke"]].map {
        try run(["compare", "--dry-run"] + $0, in: folder).output
      }
      #expect(plans[0] == plans[1] && !plans[0].isEmpty)
    }
  }

  // MARK: Inputs

  private static func names(in folder: URL) throws -> [String] {
    try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
      .filter { ![".out", ".err"].contains($0) }.sorted()
  }

  /// Small datasets and predictions, each wrong in its own way but `good`.
  private static func makeInputs(in folder: URL) throws {
    for name in ["good", "badlabel", "truncated", "unlabelled"] {
      try makeDataset(folder.appendingPathComponent(name), sequences: ["s1", "s2"])
    }
    try makeDataset(folder.appendingPathComponent("onecity"), sequences: ["s1"])
    try write(label: 200, folder.appendingPathComponent("badlabel/trainannot/s1_0.png"))
    let picture = folder.appendingPathComponent("truncated/val/v_0.png")
    try Data(contentsOf: picture).prefix(50).write(to: picture)
    try FileManager.default.removeItem(at: folder.appendingPathComponent("unlabelled/valannot/v_0.png"))
    for name in ["empty", "colour"] {
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    try Data(": not [ yaml".utf8).write(to: folder.appendingPathComponent("text.yaml"))
    try Data("name: x".utf8).write(to: folder.appendingPathComponent("x.yaml"))
    try write(label: 7, folder.appendingPathComponent("other/w_0.png"))
    try write(label: 7, folder.appendingPathComponent("small/v_0.png"), 4)
    try write(label: 99, folder.appendingPathComponent("unknown/v_0.png"))
    for name in ["a", "b"] { try write(label: 7, folder.appendingPathComponent("several/v_0_\(name).png")) }
    try PNG.write(Picture(width: 32, height: 32), to: folder.appendingPathComponent("colour/v_0.png"))
  }

  private static func makeDataset(_ folder: URL, sequences: [String]) throws {
    for (split, names) in [("train", sequences.map { "\($0)_0" }), ("val", ["v_0"])] {
      for name in names {
        let shade = UInt8(truncatingIfNeeded: name.utf8.reduce(0) { 31 &* $0 &+ Int($1) })
        try PNG.write(
          Picture(width: 32, height: 32, colour: RGB(shade, shade, 9)),
          to: folder.appendingPathComponent("\(split)/\(name).png"))
        let labels = (0..<32 * 32).map { UInt8($0 % 32 < 16 + Int(shade) % 8 ? 3 : 8) }
        try PNG.write(
          LabelMap(width: 32, height: 32, labels: labels),
          to: folder.appendingPathComponent("\(split)annot/\(name).png"))
      }
    }
    try Data("encoding: camvid".utf8).write(to: folder.appendingPathComponent("dataset.yaml"))
  }

  private static func write(label: UInt8, _ file: URL, _ side: Int = 32) throws {
    try PNG.write(
      LabelMap(width: side, height: side, labels: [UInt8](repeating: label, count: side * side)), to: file)
  }
}
