import Foundation

/// The ranks of an MPI program.
///
/// One thread makes all calls of MPI: it begins what others ask for, looks whether it is done, and sends every other rank
/// a sign of life every two seconds, whatever the rest of the program does. A rank that none comes from for a minute is
/// lost, as with a broken network; then, and where MPI reports an error, the program ends.
package final class MPICommunicator: Communicator, @unchecked Sendable {
  /// Messages of one call, of which none may wait for another's.
  private final class Exchange: @unchecked Sendable {
    let lane: CommunicatorLane
    let sent: [UnsafeRawBufferPointer]
    let received: [UnsafeMutableRawBufferPointer]
    var requests: [MPILibrary.Request] = []
    let done = DispatchSemaphore(value: 0)

    init(
      _ lane: CommunicatorLane, _ sent: [UnsafeRawBufferPointer], _ received: [UnsafeMutableRawBufferPointer]
    ) {
      (self.lane, self.sent, self.received) = (lane, sent, received)
    }
  }

  /// How often a sign of life is sent, and after how long without one a rank is lost, in seconds.
  package static let (pulse, patience) = (2.0, 60.0)
  private static let pulseTag: Int32 = 100
  package private(set) var rank = 0
  package private(set) var count = 1
  private let library: MPILibrary
  /// Told what went wrong before the program ends.
  private let report: @Sendable (String) -> Void
  private let condition = NSCondition()
  private var asked: [Exchange] = []
  private var isEnding = false
  private var abortStatus: Int32?
  private let started = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  private var startFailure: String?

  /// Starts MPI.
  ///
  /// - Parameters:
  ///   - file: the library that `make mpi` built for the MPI that has started this process.
  ///   - report: told of a rank that is lost, right before the program ends with status 1.
  /// - Throws: `CommunicatorError`.
  package init(_ file: URL, report: @escaping @Sendable (String) -> Void) throws {
    library = try MPILibrary(file)
    self.report = report
    let thread = Thread { [self] in work() }
    thread.name = "segbench MPI"
    thread.stackSize = 8 << 20
    thread.start()
    started.wait()
    if let startFailure { throw CommunicatorError.noStart(reason: startFailure) }
  }

  package func exchange(
    _ lane: CommunicatorLane, sending sent: [UnsafeRawBufferPointer], to received: [UnsafeMutableRawBufferPointer]
  ) {
    let exchange = Exchange(lane, sent, received)
    condition.lock()
    asked.append(exchange)
    condition.signal()
    condition.unlock()
    exchange.done.wait()
  }

  /// Ends MPI when all ranks have come here.
  package func finish() {
    _ = share([UInt8(0)])
    condition.lock()
    isEnding = true
    condition.signal()
    condition.unlock()
    ended.wait()
  }

  /// Ends all ranks at once.
  package func abort(_ status: Int32) -> Never {
    condition.lock()
    abortStatus = status
    condition.signal()
    condition.unlock()
    // MPI waits for its network, which may be what is broken.
    sleep(5)
    _exit(status)
  }

  // MARK: The thread

  private func work() {
    do {
      (rank, count) = try library.start()
    } catch {
      startFailure = (error as? MPILibrary.Failure)?.text ?? "\(error)"
      started.signal()
      return
    }
    started.signal()
    do {
      let pulses = Pulses(library, rank: rank, count: count, tag: Self.pulseTag)
      var open: [Exchange] = []
      var idle = 0
      while true {
        condition.lock()
        if asked.isEmpty && open.isEmpty && !isEnding && abortStatus == nil { _ = condition.wait(until: Date() + 0.2) }
        let (new, isEnding, abortStatus) = (asked, isEnding, abortStatus)
        asked = []
        condition.unlock()
        if let abortStatus { library.abort(abortStatus) }
        for exchange in new { try begin(exchange) }
        open += new
        try pulses.beat()
        if let (lost, seconds) = pulses.lost(after: Self.patience) {
          throw MPILibrary.Failure(text: "rank \(lost) gave no sign of life for \(Int(seconds)) seconds")
        }
        let before = open.count
        open = try open.filter { try !isDone($0) }
        if isEnding && open.isEmpty {
          try pulses.end()
          library.finish()
          ended.signal()
          return
        }
        // Others need the processor more than who only waits, and the more so the longer it waits already.
        idle = open.count < before || !new.isEmpty ? 0 : idle + 1
        if idle > 10 { usleep(idle > 2000 ? 1000 : 50) } else { sched_yield() }
      }
    } catch {
      report((error as? MPILibrary.Failure)?.text ?? "\(error)")
      DispatchQueue.global().asyncAfter(deadline: .now() + 5) { _exit(1) }
      library.abort(1)
      _exit(1)
    }
  }

  private func begin(_ exchange: Exchange) throws {
    for (other, bytes) in exchange.received.enumerated() where other != rank && !bytes.isEmpty {
      if let request = try library.receive(bytes, from: other, tag: exchange.lane.rawValue) {
        exchange.requests.append(request)
      }
    }
    for (other, bytes) in exchange.sent.enumerated() where other != rank && !bytes.isEmpty {
      if let request = try library.send(bytes, to: other, tag: exchange.lane.rawValue) {
        exchange.requests.append(request)
      }
    }
  }

  private func isDone(_ exchange: Exchange) throws -> Bool {
    exchange.requests = try exchange.requests.filter { try !library.isDone($0) }
    if exchange.requests.isEmpty { exchange.done.signal() }
    return exchange.requests.isEmpty
  }
}

/// The signs of life between the ranks, as the thread of MPI sees them.
private final class Pulses {
  private enum Sign: UInt8 {
    case alive
    /// The last one: MPI is not to end with messages on their way.
    case leaving
  }
  private let library: MPILibrary
  private let others: [Int]
  private let tag: Int32
  /// A byte to receive for each rank, and behind them the signs to send.
  private let bytes: UnsafeMutableRawBufferPointer
  private var sends: [Int: MPILibrary.Request] = [:]
  private var receipts: [Int: MPILibrary.Request] = [:]
  private var left: Set<Int> = []
  /// Seconds without a sign.
  private var silence: [Int: Double] = [:]
  private var looked = ContinuousClock.now
  private var sent = ContinuousClock.now - .seconds(MPICommunicator.pulse)

  init(_ library: MPILibrary, rank: Int, count: Int, tag: Int32) {
    (self.library, self.tag) = (library, tag)
    others = (0..<count).filter { $0 != rank }
    bytes = .allocate(byteCount: count + 2, alignment: 1)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    bytes[count + Int(Sign.leaving.rawValue)] = Sign.leaving.rawValue
  }

  deinit { bytes.deallocate() }

  private func byte(_ place: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes[place..<place + 1])
  }

  /// Sends what is due and takes what has come; a few times a second is often enough.
  func beat() throws {
    let now = ContinuousClock.now
    let passed = (now - looked) / .seconds(1)
    guard passed >= 0.1 else { return }
    looked = now
    // A process that was stopped, and goes on now, has not listened meanwhile.
    for other in others where !left.contains(other) { silence[other, default: 0] += min(passed, 1) }
    try receive()
    guard (now - sent) / .seconds(1) >= MPICommunicator.pulse else { return }
    sent = now
    for other in others { _ = try send(.alive, to: other) }
  }

  private func receive() throws {
    for other in others where !left.contains(other) {
      if let request = receipts[other] {
        guard try library.isDone(request) else { continue }
        receipts[other] = nil
        silence[other] = 0
        if bytes[other] == Sign.leaving.rawValue {
          left.insert(other)
          continue
        }
      }
      receipts[other] = try library.receive(byte(other), from: other, tag: tag)
    }
  }

  /// - Returns: false where the last one isn't through yet.
  private func send(_ sign: Sign, to other: Int) throws -> Bool {
    guard try isSent(to: other) else { return false }
    let place = bytes.count - 2 + Int(sign.rawValue)
    sends[other] = try library.send(UnsafeRawBufferPointer(byte(place)), to: other, tag: tag)
    return true
  }

  private func isSent(to other: Int) throws -> Bool {
    guard let request = sends[other] else { return true }
    guard try library.isDone(request) else { return false }
    sends[other] = nil
    return true
  }

  /// A rank from which nothing came for longer than `seconds`, and for how long.
  func lost(after seconds: Double) -> (rank: Int, seconds: Double)? {
    silence.first { $0.value > seconds }.map { ($0.key, $0.value) }
  }

  /// Sends the last signs, and returns when they have come from all.
  func end() throws {
    var unsaid = others
    let start = ContinuousClock.now
    while true {
      unsaid = try unsaid.filter { try !send(.leaving, to: $0) }
      try receive()
      let areSent = try others.allSatisfy(isSent)
      if unsaid.isEmpty && areSent && left.count == others.count { return }
      guard (ContinuousClock.now - start) / .seconds(1) < MPICommunicator.patience else {
        throw MPILibrary.Failure(text: "not all ranks ended within \(Int(MPICommunicator.patience)) seconds")
      }
      usleep(50)
    }
  }
}
