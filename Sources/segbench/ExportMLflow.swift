import ArgumentParser
import Exports
import Foundation
import Harness
import Logging

/// Replays stored runs on an MLflow server.
struct ExportMLflow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mlflow",
    abstract: "Send stored runs to an MLflow server: settings, scalars by epoch, scores, files.",
    discussion:
      "What the server has isn't sent again. Of a server that asks who one is, MLflow's own variables are read: "
      + "MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.")

  @Argument(
    help: "The runs of an experiment, such as runs/camvid, or the folder of one run; of several, all.",
    completion: .directory)
  var runs: [String]

  @Option(name: .customLong("to"), help: "The server's address, such as http://127.0.0.1:5000.")
  var server: String

  @Flag(help: "Send fitted models, too.")
  var weights = false

  @Flag(help: "Go on sending what is new until all runs are finished, as beside compare.")
  var follow = false

  @OptionGroup var work: WorkOptions

  mutating func run() throws {
    let (_, logger) = try work.start()
    let server = try MLflowServer(server, client: Curl(environment: ProcessInfo.processInfo.environment))
    let export = MLflowExport(to: server, sendsWeights: weights)
    let following = Following(export, logger: logger)
    while try !following.send(runs.map(fileURL), isPatient: follow), follow { try Interrupts.pause(seconds: 2) }
  }
}

/// Sends runs again whenever they have come on.
private final class Following {
  private let export: MLflowExport
  private let logger: Logger
  /// How far each run had come when it was last sent, by its name, of each folder.
  private var sent: [URL: [String: (epochs: Int, state: StoredRun.State)]] = [:]
  private var complained = false

  init(_ export: MLflowExport, logger: Logger) {
    (self.export, self.logger) = (export, logger)
  }

  /// Sends what has changed.
  ///
  /// - Parameter isPatient: whether to wait for folders and servers that aren't there.
  /// - Returns: whether all runs have ended.
  func send(_ folders: [URL], isPatient: Bool) throws -> Bool {
    do {
      var isOver = true
      for folder in folders {
        var sent = sent[folder] ?? [:]
        let (runs, missing) = try StoredRun.all(
          in: folder, except: Set(sent.filter { $0.value.state == .finished }.keys))
        for run in runs {
          try Interrupts.check()
          if let last = sent[run.name], last == (run.epochs.count, run.state) { continue }
          report(run, try export.send(run))
          sent[run.name] = (run.epochs.count, run.state)
          self.sent[folder] = sent
        }
        isOver = isOver && missing == 0 && runs.allSatisfy(\.state.isFinal)
      }
      complained = false
      return isOver
    } catch let error where isPatient && Self.mayPass(error) {
      if !complained { logger.warning("trying again: \(error)") }
      complained = true
      return false
    }
  }

  private static func mayPass(_ error: any Error) -> Bool {
    switch error {
    case MLflowError.unreachable, HarnessError.noRun: true
    default: false
    }
  }

  private func report(_ run: StoredRun, _ outcome: MLflowExport.Outcome) {
    let sent =
      outcome.isEmpty
      ? "nothing new" : "\(outcome.values) values, \(outcome.parameters) settings, \(outcome.files) files sent"
    print("\(run.experiment)/\(run.name): \(sent)")
    if outcome.keepsFilesElsewhere {
      logger.warning(
        "no files sent: the server doesn't serve artifacts (--no-serve-artifacts), its clients are to store them")
    }
  }
}
