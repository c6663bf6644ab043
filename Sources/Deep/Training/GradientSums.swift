import Compute
import Dispatch
import Foundation

/// The sums of the shards' gradients in one step, on all ranks, in the order of the tree.
///
/// Parameters are packed into buckets, the last of the network first, as the way back comes by them. As soon as all of a
/// bucket is there it is exchanged while the pass goes on: each rank adds up one part of it for all, and sends out the sum.
final class GradientSums: @unchecked Sendable {
  /// Gradients that are exchanged together.
  private final class Bucket: @unchecked Sendable {
    let parameters: [Parameter]
    let count: Int
    /// How many of the parameters aren't there yet.
    var missing: Int
    /// The own nodes, one after the other.
    var values: FloatBuffer?

    init(_ parameters: [Parameter]) {
      self.parameters = parameters
      count = parameters.reduce(0) { $0 + $1.count }
      missing = parameters.count
    }
  }

  /// From how many values on a bucket is full.
  private static let fullCount = 1 << 20
  private let cut: BatchCut
  private let tree: ReductionTree
  private let communicator: any Communicator
  /// The nodes of each rank's shards.
  private let nodes: [[ReductionTree.Node]]
  private let buckets: [Bucket]
  private let places: [ObjectIdentifier: Int]
  /// The sums of own nodes so far of parameters that not all own shards have come by.
  private var pending: [ObjectIdentifier: [ReductionTree.Node: FloatBuffer]] = [:]
  private let queue = DispatchQueue(label: "segbench gradients", qos: .userInitiated)
  private let finished = Locked<[Bucket]>([])
  private let exchanged = Locked((seconds: 0.0, bytes: 0))

  /// - Parameter parameters: those that learn, as the network has them.
  init(_ parameters: [Parameter], _ cut: BatchCut, _ communicator: any Communicator) {
    (self.cut, self.communicator) = (cut, communicator)
    tree = ReductionTree(count: cut.shards)
    nodes = (0..<cut.ranks).map { [tree] in tree.nodes(in: cut.shards(of: $0)) }
    var (buckets, open): ([Bucket], [Parameter]) = ([], [])
    // A process by itself sends nothing, so that each parameter is done by itself.
    let full = communicator.count > 1 ? Self.fullCount : 0
    for parameter in parameters.reversed() {
      open.append(parameter)
      guard open.reduce(0, { $0 + $1.count }) >= full else { continue }
      buckets.append(Bucket(open))
      open = []
    }
    if !open.isEmpty { buckets.append(Bucket(open)) }
    self.buckets = buckets
    places = Dictionary(
      uniqueKeysWithValues: buckets.enumerated().flatMap { place, bucket in
        bucket.parameters.map { (ObjectIdentifier($0), place) }
      })
    // Who has no shard still adds for the others.
    if nodes[communicator.rank].isEmpty { buckets.forEach(exchange) }
  }

  /// Takes a parameter's gradient in a shard, which all of the shard's operations have contributed to.
  func take(_ parameter: Parameter, of shard: Int) {
    let key = ObjectIdentifier(parameter)
    guard let place = places[key] else { return }
    var value = parameter.gradient ?? FloatBuffer(repeating: 0, count: parameter.count)
    parameter.gradient = nil
    var (node, sums) = (shard..<shard + 1, pending[key] ?? [:])
    while let (parent, sibling) = tree.parent(of: node), let other = sums.removeValue(forKey: sibling) {
      // The sum of two numbers is the same both ways.
      other.add(value)
      (node, value) = (parent, other)
    }
    sums[node] = value
    let own = nodes[communicator.rank]
    guard sums.count == own.count, own.allSatisfy({ sums[$0] != nil }) else {
      pending[key] = sums
      return
    }
    pending[key] = nil
    let bucket = buckets[place]
    if communicator.count == 1 {
      parameter.gradient = sums[tree.root]
      finished.withLock { $0.append(bucket) }
    } else {
      put(own.compactMap { sums[$0] }, of: parameter, in: bucket)
    }
  }

  private func put(_ sums: [FloatBuffer], of parameter: Parameter, in bucket: Bucket) {
    let values = bucket.values ?? FloatBuffer(count: sums.count * bucket.count)
    bucket.values = values
    let first = bucket.parameters.prefix { $0 !== parameter }.reduce(0) { $0 + $1.count }
    for (place, sum) in sums.enumerated() {
      (values.pointer + place * bucket.count + first).update(from: sum.pointer, count: sum.count)
    }
    bucket.missing -= 1
    if bucket.missing == 0 { exchange(bucket) }
  }

  /// Adds a bucket up over all ranks, while the caller goes on.
  private func exchange(_ bucket: Bucket) {
    queue.async { [self] in
      let start = ContinuousClock.now
      bucket.values = sum(of: bucket)
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      exchanged.withLock { $0.seconds += seconds }
      finished.withLock { $0.append(bucket) }
    }
  }

  private func sum(of bucket: Bucket) -> FloatBuffer {
    let (rank, ranks, count) = (communicator.rank, communicator.count, bucket.count)
    func part(_ rank: Int) -> Range<Int> { rank * count / ranks..<(rank + 1) * count / ranks }
    let own = part(rank)
    // To each rank its part of the own nodes, and from each the own part of its nodes.
    let sent = (0..<ranks).map { other in
      let buffer = FloatBuffer(count: nodes[rank].count * part(other).count)
      for place in nodes[rank].indices {
        guard let from = bucket.values else { break }
        (buffer.pointer + place * part(other).count).update(
          from: from.pointer + place * count + part(other).lowerBound, count: part(other).count)
      }
      return buffer
    }
    var parts = (0..<ranks).map { FloatBuffer(count: $0 == rank ? 0 : nodes[$0].count * own.count) }
    withExtendedLifetime((sent, parts)) {
      communicator.exchange(.gradients, sending: sent.map(\.bytes), to: parts.map(\.mutableBytes))
    }
    let values = sent.indices.reduce(0) { $0 + ($1 == rank ? 0 : sent[$1].count + own.count) }
    exchanged.withLock { $0.bytes += values * MemoryLayout<Float>.stride }
    parts[rank] = sent[rank]
    var known: [ReductionTree.Node: FloatBuffer] = [:]
    for (nodes, part) in zip(nodes, parts) {
      for (place, node) in nodes.enumerated() { known[node] = part.copy(place * own.count, own.count) }
    }
    let sum = tree.sum(known) { a, b in
      a.add(b)
      return a
    }
    // To all the sum of the own part, and from each that of its.
    let result = FloatBuffer(count: count)
    withExtendedLifetime((sum, result)) {
      (result.pointer + own.lowerBound).update(from: sum.pointer, count: own.count)
      let (start, size) = (UnsafeMutableRawPointer(result.pointer), MemoryLayout<Float>.stride)
      communicator.exchange(
        .gradients, sending: (0..<ranks).map { _ in sum.bytes },
        to: (0..<ranks).map { other in
          UnsafeMutableRawBufferPointer(
            start: start + part(other).lowerBound * size, count: part(other).count * size)
        })
    }
    return result
  }

  /// The parameters whose sums were finished since the last call; the sums are their gradients now.
  func ready() -> [Parameter] {
    let buckets = finished.withLock { all in
      defer { all = [] }
      return all
    }
    for bucket in buckets {
      guard let values = bucket.values else { continue }
      var first = 0
      for parameter in bucket.parameters {
        parameter.gradient = values.copy(first, parameter.count)
        first += parameter.count
      }
      bucket.values = nil
    }
    return buckets.flatMap(\.parameters)
  }

  /// Waits for what is still being exchanged; called when all own shards have ended.
  ///
  /// - Returns: as `ready`, and seconds that exchanges took, and that were waited for them here, and the bytes sent.
  func finish() -> (parameters: [Parameter], seconds: Double, waited: Double, bytes: Int) {
    let start = ContinuousClock.now
    queue.sync {}
    let waited = (ContinuousClock.now - start) / .seconds(1)
    let (seconds, bytes) = exchanged.withLock { $0 }
    return (ready(), seconds, waited, bytes)
  }
}

extension FloatBuffer {
  /// Some of the values; itself where that is all.
  fileprivate func copy(_ first: Int, _ number: Int) -> FloatBuffer {
    guard number < count else { return self }
    let result = FloatBuffer(count: number)
    result.pointer.update(from: pointer + first, count: number)
    return result
  }

  fileprivate var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(mutableBytes) }
  fileprivate var mutableBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: pointer, count: count * MemoryLayout<Float>.stride)
  }
}
