import Foundation

/// Processes that do one piece of work together, each with a number from 0, its rank.
///
/// A rank that is lost ends the program on all: no call reports it.
package protocol Communicator: AnyObject, Sendable {
  /// The number of this process.
  var rank: Int { get }
  /// How many there are.
  var count: Int { get }
  /// Sends to other ranks and receives from them, and returns when all of it has gone and come.
  ///
  /// Every pair of ranks sees its messages of a lane in the order of the calls; one thread at a time uses a lane.
  ///
  /// - Parameters:
  ///   - lane: keeps messages of different threads apart.
  ///   - sent: what each rank gets from here, by rank; nothing is sent where it is empty.
  ///   - received: where each rank's goes, by rank, of just the size of what it sends; nothing is awaited where it is
  ///     empty. What is of the own rank is left alone in both.
  func exchange(
    _ lane: CommunicatorLane, sending sent: [UnsafeRawBufferPointer], to received: [UnsafeMutableRawBufferPointer])
}

/// What messages are about.
package enum CommunicatorLane: Int32, CaseIterable, Sendable {
  /// What to do next.
  case control
  /// Sums that a pass waits for.
  case sums
  /// Gradients, while the pass goes on.
  case gradients
}

/// A process by itself.
package final class SingleProcess: Communicator {
  package let (rank, count) = (0, 1)

  package init() {}

  package func exchange(
    _ lane: CommunicatorLane, sending sent: [UnsafeRawBufferPointer], to received: [UnsafeMutableRawBufferPointer]
  ) {}
}

extension Communicator {
  /// The values of every rank, by rank.
  ///
  /// - Parameters:
  ///   - own: as many on each rank.
  ///   - lane: as for `exchange(_:sending:to:)`.
  package func share<Value: BitwiseCopyable>(_ own: [Value], _ lane: CommunicatorLane = .control) -> [[Value]] {
    exchange(own, lane, counts: [Int](repeating: own.count, count: count), among: 0..<count)
  }

  /// The values of some ranks, by rank; those of the others are empty.
  ///
  /// - Parameters:
  ///   - own: `counts[rank]` values.
  ///   - lane: as for `exchange(_:sending:to:)`.
  ///   - counts: how many each rank has.
  ///   - ranks: who gets them all: the same on each of those, on whom alone it is to be called.
  package func exchange<Value: BitwiseCopyable>(
    _ own: [Value], _ lane: CommunicatorLane, counts: [Int], among ranks: some Sequence<Int>
  ) -> [[Value]] {
    precondition(own.count == counts[rank], "\(own.count) values to share, not \(counts[rank])")
    let others = Set(ranks).subtracting([rank])
    let size = MemoryLayout<Value>.stride
    let buffers = (0..<count).map { other in
      UnsafeMutableRawBufferPointer.allocate(
        byteCount: others.contains(other) ? counts[other] * size : 0, alignment: MemoryLayout<Value>.alignment)
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    own.withUnsafeBytes { bytes in
      let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
      exchange(lane, sending: (0..<count).map { others.contains($0) ? bytes : nothing }, to: buffers)
    }
    return (0..<count).map { other in
      other == rank ? own : others.contains(other) ? Array(buffers[other].bindMemory(to: Value.self)) : []
    }
  }

  /// What rank 0 gives, on all ranks.
  ///
  /// - Parameter data: nil on the others.
  package func broadcast(_ data: Data?) -> Data {
    let size = Int(share([UInt64(data?.count ?? 0)])[0][0])
    guard let data, rank == 0 else {
      var result = Data(count: size)
      result.withUnsafeMutableBytes { bytes in
        for part in Self.parts(of: size) {
          transfer(from: nil, to: UnsafeMutableRawBufferPointer(rebasing: bytes[part]))
        }
      }
      return result
    }
    data.withUnsafeBytes { bytes in
      for part in Self.parts(of: size) { transfer(from: UnsafeRawBufferPointer(rebasing: bytes[part]), to: nil) }
    }
    return data
  }

  /// Passes bytes on from rank 0.
  private func transfer(from source: UnsafeRawBufferPointer?, to target: UnsafeMutableRawBufferPointer?) {
    let (nothing, nowhere) = (
      UnsafeRawBufferPointer(start: nil, count: 0), UnsafeMutableRawBufferPointer(start: nil, count: 0)
    )
    exchange(
      .control, sending: (0..<count).map { _ in source ?? nothing },
      to: (0..<count).map { $0 == 0 ? target ?? nowhere : nowhere })
  }

  /// Messages are of at most 64 MiB.
  private static func parts(of size: Int) -> [Range<Int>] {
    let most = 1 << 26
    return stride(from: 0, to: size, by: most).map { $0..<min(size, $0 + most) }
  }
}
