import Foundation

/// The few functions of MPI that are needed, from a library that is loaded when the program runs: only who has started it
/// with mpiexec needs MPI.
struct MPILibrary: @unchecked Sendable {
  typealias Request = UnsafeMutableRawPointer

  private let startFunction: @convention(c) (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>) -> Int32
  private let sendFunction:
    @convention(c) (UnsafeRawPointer?, Int32, Int32, Int32, UnsafeMutablePointer<Request?>) -> Int32
  private let receiveFunction:
    @convention(c) (UnsafeMutableRawPointer?, Int32, Int32, Int32, UnsafeMutablePointer<Request?>) -> Int32
  private let testFunction: @convention(c) (Request, UnsafeMutablePointer<Int32>) -> Int32
  private let errorFunction: @convention(c) (Int32, UnsafeMutablePointer<CChar>, Int32) -> Void
  private let finishFunction: @convention(c) () -> Int32
  let abort: @convention(c) (Int32) -> Void

  /// - Throws: `CommunicatorError.noLibrary`.
  init(_ file: URL) throws {
    // Open MPI's own parts look for its symbols among those of the whole program.
    guard let library = dlopen(file.path, RTLD_NOW | RTLD_GLOBAL) else {
      throw CommunicatorError.noLibrary(file: file.path, reason: String(cString: dlerror()))
    }
    func function<Function>(_ name: String) throws -> Function {
      guard let symbol = dlsym(library, "segbench_mpi_\(name)") else {
        throw CommunicatorError.noLibrary(file: file.path, reason: "it has no function \(name)")
      }
      return unsafeBitCast(symbol, to: Function.self)
    }
    startFunction = try function("start")
    sendFunction = try function("send")
    receiveFunction = try function("receive")
    testFunction = try function("test")
    errorFunction = try function("error")
    finishFunction = try function("finish")
    abort = try function("abort")
  }

  /// What went wrong in a call.
  struct Failure: Error {
    let text: String
  }

  private func check(_ error: Int32) throws {
    guard error != 0 else { return }
    var text = [CChar](repeating: 0, count: 512)
    errorFunction(error, &text, Int32(text.count))
    throw Failure(text: text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" })
  }

  func start() throws -> (rank: Int, count: Int) {
    var (rank, count): (Int32, Int32) = (0, 0)
    try check(startFunction(&rank, &count))
    return (Int(rank), Int(count))
  }

  func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int32) throws -> Request? {
    var request: Request?
    try check(sendFunction(bytes.baseAddress, Int32(bytes.count), Int32(rank), tag, &request))
    return request
  }

  func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int32) throws -> Request? {
    var request: Request?
    try check(receiveFunction(bytes.baseAddress, Int32(bytes.count), Int32(rank), tag, &request))
    return request
  }

  func isDone(_ request: Request) throws -> Bool {
    var done: Int32 = 0
    try check(testFunction(request, &done))
    return done != 0
  }

  func finish() { _ = finishFunction() }
}

/// Why processes can't be joined.
package enum CommunicatorError: Error, Equatable, CustomStringConvertible {
  /// The library between the program and MPI can't be loaded.
  case noLibrary(file: String, reason: String)
  /// MPI doesn't start.
  case noStart(reason: String)

  package var description: String {
    switch self {
    case .noLibrary(let file, let reason):
      "started by mpiexec as one of several, but \(file) can't be loaded (\(reason)); 'make mpi' builds it"
    case .noStart(let reason): "MPI doesn't start: \(reason)"
    }
  }
}
