/// The order in which the parts of a sum are added: always the same, whoever holds the parts.
///
/// A node is a range of parts. Its left half has the largest power of two of them that leaves something for the right
/// one, so that 4 parts are added as (0 + 1) + (2 + 3), and 3 as (0 + 1) + 2. Ranks that hold neighbouring parts add up
/// the nodes that lie in what they hold, and pass on those alone.
package struct ReductionTree: Equatable, Sendable {
  package typealias Node = Range<Int>

  /// How many parts there are; at least 1.
  package let count: Int

  package init(count: Int) {
    precondition(count > 0, "a sum of \(count) parts")
    self.count = count
  }

  package var root: Node { 0..<count }

  /// Both halves of a node of several parts.
  package static func halves(of node: Node) -> (left: Node, right: Node) {
    precondition(node.count > 1, "halves of \(node)")
    let middle = node.lowerBound + 1 << (Int.bitWidth - 1 - (node.count - 1).leadingZeroBitCount)
    return (node.lowerBound..<middle, middle..<node.upperBound)
  }

  /// The largest nodes that lie in `parts`, in order.
  package func nodes(in parts: Range<Int>) -> [Node] { nodes(in: parts, below: root) }

  private func nodes(in parts: Range<Int>, below node: Node) -> [Node] {
    if node.clamped(to: parts) == node { return [node] }
    guard node.overlaps(parts) else { return [] }
    let (left, right) = Self.halves(of: node)
    return nodes(in: parts, below: left) + nodes(in: parts, below: right)
  }

  /// The node that a node is a half of, and the other half; nil for the root.
  package func parent(of node: Node) -> (parent: Node, sibling: Node)? {
    var parent = root
    while parent.count > node.count {
      let (left, right) = Self.halves(of: parent)
      if left == node { return (parent, right) }
      if right == node { return (parent, left) }
      parent = left.upperBound > node.lowerBound ? left : right
    }
    return nil
  }

  /// The sum of all parts.
  ///
  /// - Parameters:
  ///   - known: the sums of nodes that cover all parts.
  ///   - join: the sum of both halves of a node, the left one first.
  package func sum<Value>(_ known: [Node: Value], _ join: (Value, Value) -> Value) -> Value {
    sum(of: root, known, join)
  }

  /// The sum of the parts of one node, as `sum`.
  package func sum<Value>(of node: Node, _ known: [Node: Value], _ join: (Value, Value) -> Value) -> Value {
    if let value = known[node] { return value }
    let (left, right) = Self.halves(of: node)
    return join(sum(of: left, known, join), sum(of: right, known, join))
  }
}
