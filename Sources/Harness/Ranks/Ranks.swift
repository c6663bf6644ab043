import Compute
import Foundation

/// The processes that mpiexec has started together with this one.
package enum Ranks {
  private static let joined = Locked<MPICommunicator?>(nil)

  /// Joins them; a process that was started by itself stays so. Called once.
  ///
  /// - Throws: `CommunicatorError`.
  package static func join() throws -> any Communicator {
    guard let library = library(ProcessInfo.processInfo.environment) else { return SingleProcess() }
    let own = Bundle.main.executableURL?.resolvingSymlinksInPath() ?? URL(fileURLWithPath: CommandLine.arguments[0])
    let communicator = try MPICommunicator(own.deletingLastPathComponent().appendingPathComponent(library)) { reason in
      Terminal.say("segbench: \(reason); the same command goes on from the state that was stored last")
    }
    joined.withLock { $0 = communicator }
    if communicator.rank > 0 { Interrupts.isSilent.store(true, ordering: .relaxed) }
    return communicator
  }

  /// The library for the MPI that has started this process as one of several; nil where none has.
  ///
  /// - Parameter environment: what MPICH's mpiexec and its kin, and Open MPI's, leave in it.
  package static func library(_ environment: [String: String]) -> String? {
    func areSeveral(_ name: String) -> Bool { environment[name].flatMap { Int($0) } ?? 1 > 1 }
    if areSeveral("OMPI_COMM_WORLD_SIZE") { return "libsegbench-openmpi.so" }
    return areSeveral("PMI_SIZE") ? "libsegbench-mpich.so" : nil
  }

  /// How many threads this process has to itself, where others of its kind run on the same machine and none is bound to
  /// processors of its own; nil else.
  ///
  /// - Parameters:
  ///   - environment: as for `library`.
  ///   - processors: how many the machine has.
  ///   - bound: how many of them this process may use.
  package static func threadCount(
    _ environment: [String: String] = ProcessInfo.processInfo.environment, processors: Int, bound: Int
  ) -> Int? {
    guard library(environment) != nil, processors == bound else { return nil }
    let local = environment["OMPI_COMM_WORLD_LOCAL_SIZE"] ?? environment["MPI_LOCALNRANKS"]
    return local.flatMap { Int($0) }.map { max(1, processors / max(1, $0)) }
  }

  /// Ends the work of all ranks, as this one ends with `status`: rank 0 tells the others, and what goes wrong on another
  /// one ends all at once.
  package static func leave(_ status: Int32) {
    guard let communicator = joined.withLock({ $0 }) else { return }
    guard communicator.rank == 0 else { communicator.abort(status) }
    RankWork.end(on: communicator, status: status)
    communicator.finish()
  }

  /// Ends a rank that was told to.
  static func finish(_ status: Int32) -> Never {
    joined.withLock { $0 }?.finish()
    exit(status)
  }
}

/// What rank 0 has the others do.
enum RankTask: Codable, Equatable {
  /// To take part in a training, on pictures that `data` stands for.
  case train(CellSettings, data: String)
  /// To end with a status.
  case end(Int32)

  func send(to communicator: any Communicator) { _ = communicator.broadcast(try? JSONEncoder().encode(self)) }

  static func receive(from communicator: any Communicator) throws -> RankTask {
    try JSONDecoder().decode(RankTask.self, from: communicator.broadcast(nil))
  }
}
