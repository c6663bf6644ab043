import Compute
import Foundation

/// Ranks that are threads of one process.
package final class ThreadCommunicator: Communicator {
  package let rank, count: Int
  private let mail: Mail

  private init(rank: Int, count: Int, mail: Mail) {
    (self.rank, self.count, self.mail) = (rank, count, mail)
  }

  package func exchange(
    _ lane: CommunicatorLane, sending sent: [UnsafeRawBufferPointer], to received: [UnsafeMutableRawBufferPointer]
  ) {
    for (other, bytes) in sent.enumerated() where other != rank && !bytes.isEmpty {
      mail.post(Data(bytes), Mail.Address(lane: lane, from: rank, to: other))
    }
    for (other, target) in received.enumerated() where other != rank && !target.isEmpty {
      let data = mail.take(Mail.Address(lane: lane, from: other, to: rank))
      precondition(data.count == target.count, "\(data.count) bytes of rank \(other), \(target.count) expected")
      data.copyBytes(to: target)
    }
  }

  /// What `body` gives on each of `count` ranks, which run at the same time.
  package static func run<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (ThreadCommunicator) throws -> Result
  ) throws -> [Result] {
    let (mail, results) = (Mail(), Locked([Int: Swift.Result<Result, any Error>]()))
    let done = DispatchSemaphore(value: 0)
    for rank in 0..<count {
      let thread = Thread {
        let result = Swift.Result { try body(ThreadCommunicator(rank: rank, count: count, mail: mail)) }
        results.withLock { $0[rank] = result }
        done.signal()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    for _ in 0..<count { done.wait() }
    return try (0..<count).compactMap { rank in try results.withLock { $0[rank] }?.get() }
  }
}

/// Messages that were sent and not yet received.
private final class Mail: @unchecked Sendable {
  struct Address: Hashable {
    let lane: CommunicatorLane
    let from, to: Int
  }
  private let condition = NSCondition()
  private var messages: [Address: [Data]] = [:]

  func post(_ data: Data, _ address: Address) {
    condition.lock()
    messages[address, default: []].append(data)
    condition.broadcast()
    condition.unlock()
  }

  func take(_ address: Address) -> Data {
    condition.lock()
    defer { condition.unlock() }
    while messages[address, default: []].isEmpty { condition.wait() }
    return messages[address, default: []].removeFirst()
  }
}
