import Compute
import Foundation
import TestSupport
import Testing

@Suite("Sums over several ranks")
struct RankTests {
  @Test(
    "A node's left half has the largest power of two of parts",
    arguments: [(2, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8)])
  func halves(_ count: Int, _ middle: Int) {
    let (left, right) = ReductionTree.halves(of: 3..<3 + count)
    #expect(left == 3..<3 + middle && right == 3 + middle..<3 + count)
  }

  @Test("The order of a sum is that of the tree, whoever holds the parts", arguments: 1...9)
  func order(_ count: Int) {
    let tree = ReductionTree(count: count)
    let parts = Dictionary(uniqueKeysWithValues: (0..<count).map { ($0..<$0 + 1, "\($0)") })
    let whole = tree.sum(parts) { "(\($0)+\($1))" }
    if count == 5 { #expect(whole == "(((0+1)+(2+3))+4)") }
    for ranks in 1...count {
      var known: [ReductionTree.Node: String] = [:]
      for rank in 0..<ranks {
        for node in tree.nodes(in: rank * count / ranks..<(rank + 1) * count / ranks) {
          known[node] = tree.sum(of: node, parts) { "(\($0)+\($1))" }
        }
      }
      #expect(tree.sum(known) { "(\($0)+\($1))" } == whole)
    }
  }

  @Test("Every node but the root is a half of its parent", arguments: 1...9)
  func parents(_ count: Int) {
    let tree = ReductionTree(count: count)
    #expect(tree.parent(of: tree.root) == nil)
    func check(_ node: ReductionTree.Node) {
      guard node.count > 1 else { return }
      let (left, right) = ReductionTree.halves(of: node)
      #expect(tree.parent(of: left)?.parent == node && tree.parent(of: left)?.sibling == right)
      #expect(tree.parent(of: right)?.parent == node && tree.parent(of: right)?.sibling == left)
      check(left)
      check(right)
    }
    check(tree.root)
  }

  @Test("What is shared and broadcast arrives on all ranks", arguments: [1, 2, 3])
  func messages(_ ranks: Int) throws {
    let data = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
    let results = try ThreadCommunicator.run(ranks) { communicator in
      (
        communicator.share([communicator.rank, -communicator.rank]),
        communicator.broadcast(communicator.rank == 0 ? data : nil), communicator.broadcast(Data())
      )
    }
    for (shared, sent, nothing) in results {
      #expect(shared == (0..<ranks).map { [$0, -$0] })
      #expect(sent == data && nothing.isEmpty)
    }
  }
}
