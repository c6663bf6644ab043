import Compute
import Foundation

/// The passes of this process's shards in one step, which meet wherever a sum over the whole batch is needed.
///
/// Each shard is a thread of its own, but one at a time computes, with all threads of loops: it goes on until it needs
/// such a sum, and then the next one does.
final class ShardTeam: @unchecked Sendable {
  private let cut: BatchCut
  private let tree: ReductionTree
  private let communicator: any Communicator
  /// The shards of this process.
  let own: Range<Int>
  private let condition = NSCondition()
  /// Whether a shard computes.
  private var isTaken = false
  /// What the shards that wait have handed in for the next sum.
  private var handedIn: [Int: [Double]] = [:]
  private var sum: [Double] = []
  /// How many sums there have been.
  private var sums = 0

  init(_ cut: BatchCut, _ communicator: any Communicator) {
    (self.cut, self.communicator) = (cut, communicator)
    tree = ReductionTree(count: cut.shards)
    own = cut.shards(of: communicator.rank)
  }

  /// Calls `body` with each of the own shards, and returns when all have ended.
  func run(_ body: @escaping (Int) -> Void) {
    guard own.count > 1 else { return own.forEach(body) }
    let (done, body) = (DispatchSemaphore(value: 0), Shared(body))
    for shard in own.dropFirst() {
      let thread = Thread { [self] in
        takeTurn()
        body.value(shard)
        passTurn()
        done.signal()
      }
      thread.name = "segbench shard"
      // As the main thread has; new ones have less by default.
      thread.stackSize = 8 << 20
      thread.start()
    }
    takeTurn()
    body.value(own.lowerBound)
    passTurn()
    for _ in own.dropFirst() { done.wait() }
  }

  private func takeTurn() {
    condition.lock()
    while isTaken { condition.wait() }
    isTaken = true
    condition.unlock()
  }

  private func passTurn() {
    condition.lock()
    isTaken = false
    condition.broadcast()
    condition.unlock()
  }

  /// The sum over all shards of the batch, on all ranks, in the order of the tree. All shards call it alike.
  ///
  /// - Parameters:
  ///   - values: those of `shard`.
  ///   - join: adds those of two nodes of the tree.
  func sum(_ values: [Double], of shard: Int, _ join: ([Double], [Double]) -> [Double] = ShardTeam.add) -> [Double] {
    condition.lock()
    defer { condition.unlock() }
    handedIn[shard] = values
    if handedIn.count == own.count {
      sum = total(handedIn, join)
      handedIn = [:]
      sums += 1
      condition.broadcast()
      return sum
    }
    let before = sums
    isTaken = false
    condition.broadcast()
    while sums == before || isTaken { condition.wait() }
    isTaken = true
    return sum
  }

  /// The sum of what the own shards have handed in and of what other ranks send.
  private func total(_ parts: [Int: [Double]], _ join: ([Double], [Double]) -> [Double]) -> [Double] {
    var known = Dictionary(uniqueKeysWithValues: parts.map { ($0..<$0 + 1, $1) })
    let holders = cut.holders
    if holders.count > 1 {
      let width = parts[own.lowerBound]?.count ?? 0
      let nodes = (0..<cut.ranks).map { tree.nodes(in: cut.shards(of: $0)) }
      let sent = nodes[communicator.rank].flatMap { tree.sum(of: $0, known, join) }
      let received = communicator.exchange(sent, .sums, counts: nodes.map { $0.count * width }, among: holders)
      known = [:]
      for (nodes, values) in zip(nodes, received) {
        for (place, node) in nodes.enumerated() { known[node] = Array(values[place * width..<(place + 1) * width]) }
      }
    }
    return tree.sum(known, join)
  }

  static func add(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }
}

/// The part of a batch that a pass is for, where the batch is cut.
struct Shard {
  let team: ShardTeam
  let index: Int

  /// Whether this pass keeps what all shards of a process gather but once.
  var gathers: Bool { index == team.own.lowerBound }

  /// The sums over the whole batch of what each shard has.
  func sum(_ values: [Double]) -> [Double] { team.sum(values, of: index) }

  /// Mean and (biased) variance of each channel over the whole batch, and its pixels, from those of the shard.
  func joined(
    _ moments: (mean: [Double], variance: [Double]), pixels: Int
  ) -> (moments: (mean: [Double], variance: [Double]), pixels: Int) {
    let (count, channels) = (Double(pixels), moments.mean.count)
    let all = team.sum([count] + moments.mean + moments.variance.map { $0 * count }, of: index) { a, b in
      // As pieces of a shard are joined (Chan, Golub, LeVeque 1983).
      let total = a[0] + b[0]
      var joined = [total] + [Double](repeating: 0, count: 2 * channels)
      for c in 1...channels {
        let offset = b[c] - a[c]
        joined[c] = a[c] + offset * b[0] / total
        joined[channels + c] = a[channels + c] + b[channels + c] + offset * offset * a[0] * b[0] / total
      }
      return joined
    }
    return ((Array(all[1...channels]), all[(channels + 1)...].map { $0 / all[0] }), Int(all[0]))
  }
}
