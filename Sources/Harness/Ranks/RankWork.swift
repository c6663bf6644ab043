import Compute
import Foundation
import Logging
import Scenes

/// A rank other than 0: does what rank 0 asks for. It reads pictures itself, and writes nothing.
package struct RankWork {
  private let communicator: any Communicator
  private let cache: URL?
  private let logger: Logger

  /// - Parameters:
  ///   - communicator: the ranks.
  ///   - cache: the folder where decoded scenes are kept; nil for none.
  ///   - logger: told of errors; all else rank 0 says, too.
  package init(_ communicator: any Communicator, cache: URL?, logger: Logger) {
    var logger = logger
    logger.logLevel = .error
    (self.communicator, self.cache, self.logger) = (communicator, cache, logger)
  }

  /// Works until rank 0 ends, and ends the process with its status.
  ///
  /// - Throws: what reading pictures throws; `HarnessError.otherPictures` where they aren't those of rank 0.
  package func run() throws -> Never { Ranks.finish(try serve()) }

  /// Ends the work of all other ranks, as rank 0 does.
  package static func end(on communicator: any Communicator, status: Int32) {
    RankTask.end(status).send(to: communicator)
  }

  /// Works until rank 0 ends.
  ///
  /// - Returns: the status that it ends with.
  package func serve() throws -> Int32 {
    var prepared: [DataSettings: PreparedScenes] = [:]
    while true {
      switch try RankTask.receive(from: communicator) {
      case .end(let status): return status
      case .train(let settings, let data):
        let progress = ProgressReporter(.quiet)
        let scenes =
          try prepared[settings.data]
          ?? PreparedScenes(settings.data, cache: cache.map(SceneCache.init), progress: progress, logger: logger)
        prepared[settings.data] = scenes
        guard scenes.fingerprint == data else {
          throw HarnessError.otherPictures(root: settings.data.root, rank: communicator.rank)
        }
        let folder = FileManager.default.temporaryDirectory
        try NetworkTraining(
          Fitting(
            settings: settings, classSet: scenes.classSet, scenes: scenes, folder: folder, progress: progress,
            checkpointInterval: .zero, communicator: communicator)
        ).follow()
      }
    }
  }
}
