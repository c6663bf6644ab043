import ArgumentParser
import Compute
import Deep
import Foundation
import Harness
import Logging
import Serving
import Settings
import Storage

/// Serves models and pictures.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segbench serve",
    abstract: "Serve trained runs: an HTTP API that takes pictures and gives masks, and a page to try them.",
    version: Environment.version)

  @Option(
    name: .customLong("run"), help: "The folder of a run; again for each further model. The first is the default.")
  var runs: [String]

  @Option(
    help: "The folder of a dataset whose pictures have ids, or synthetic; by default what the first run was trained on."
  )
  var data: String?

  @Option(help: "The address to listen at. Only this machine reaches the default; 0.0.0.0 is for all.")
  var host = "127.0.0.1"

  @Option(help: "The port; by default what the variable PORT says, or 8080. 0 takes a free one.")
  var port: Int?

  @Option(help: "What networks compute with, fp32 or bf16; by default what each was trained with.")
  var precision: Precision?

  @Option(help: "How many threads to use; answers don't depend on it.")
  var threads: Int?

  @Option(help: "The largest body of a request, in MiB.")
  var maxBody = 16

  @Option(help: "The largest picture, in millions of pixels.")
  var maxMegapixels = 20

  @Option(help: "How many predictions may wait; more are refused with 503.")
  var queue = 32

  @Option(help: "After how many seconds a request that isn't read, or isn't answered, is given up.")
  var timeout = 30

  @Option(
    help: """
      A file with the token that clients must show as 'Authorization: Bearer TOKEN'; by default the variable \
      SEGBENCH_TOKEN, and without either none is asked for.
      """)
  var tokenFile: String?

  @Option(help: "How messages are written to standard error: text, or json, one object a line.")
  var logFormat = LogFormat.text

  enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  mutating func run() async throws {
    let variables = ProcessInfo.processInfo.environment
    let port =
      try port ?? variables["PORT"].map { text in
        guard let port = Int(text) else {
          throw SettingError.invalid(setting: "PORT", value: "'\(text)'", bound: "a whole number")
        }
        return port
      } ?? 8080
    try check("--port", port, 0...65535)
    try check("--max-body", maxBody, 1...1024)
    try check("--max-megapixels", maxMegapixels, 1...64)
    try check("--queue", queue, 1...1000)
    try check("--timeout", timeout, 1...3600)
    if let threads {
      try check("--threads", threads, 1...1024)
      Parallel.threadCount = threads
    }
    let isJSON = logFormat == .json
    var logger = Logger(label: "segbench") { _ in MessageLog(isJSON: isJSON) }
    logger.logLevel = .info

    let models = try ModelShelf(runs: runs.map(fileURL), precision: precision)
    let gallery = try gallery(models, logger)
    let predictor = Predictor(models, gallery: gallery, pixelLimit: maxMegapixels * 1_000_000, capacity: queue)
    try predictor.warmUp()
    let settings = ServerSettings(
      host: host, port: port, bodyLimit: maxBody << 20, timeout: .seconds(timeout), secret: try secret(variables))
    if settings.secret == nil, !settings.isLocal {
      logger.warning("anyone who reaches \(host):\(port) may use this server: no token is asked for")
    }
    for model in models.models { logger.info("serves \(model.id), \(model.stored.settings.model)") }
    try await Server(predictor, settings, logger).run()
  }

  /// The pictures that have ids. Without `--data`, those of the first run, if they are here.
  private func gallery(_ models: ModelShelf, _ logger: Logger) throws -> Gallery? {
    if let data { return try Gallery(root: data, for: models.models) }
    let root = models.models[0].stored.settings.data.root
    do {
      return try Gallery(root: root, for: models.models)
    } catch {
      logger.notice(
        "no pictures are listed: those that \(models.models[0].id) was trained on aren't here; --data names others")
      return nil
    }
  }

  private func secret(_ variables: [String: String]) throws -> Secret? {
    let text: String?
    if let tokenFile {
      text = String(decoding: try Files.read(fileURL(tokenFile), limit: 4096), as: UTF8.self)
    } else {
      text = variables["SEGBENCH_TOKEN"]
    }
    return try text.map { try Secret($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// Checks an option before anything is made of it.
  private func check(_ option: String, _ value: Int, _ bounds: ClosedRange<Int>) throws {
    guard bounds.contains(value) else {
      throw SettingError.invalid(
        setting: option, value: "\(value)", bound: "\(bounds.lowerBound) to \(bounds.upperBound)")
    }
  }
}

extension Precision: ExpressibleByArgument {}

/// A path as the user gives it.
private func fileURL(_ path: String) -> URL {
  URL(fileURLWithPath: (path as NSString).expandingTildeInPath)
}
