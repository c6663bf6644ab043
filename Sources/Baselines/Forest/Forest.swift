import Compute
import Scenes

/// Grown trees and the bins that their nodes speak of.
package struct Forest: Equatable, Sendable {
  let lanes: ClassLanes
  let binner: FeatureBinner
  let trees: [Tree]

  /// How many classes it tells apart, those included of which the sample had no pixel.
  package var classCount: Int { lanes.classCount }
  /// How many nodes all trees have.
  package var nodeCount: Int { trees.reduce(0) { $0 + $1.nodes.count } }

  /// How much each feature lessened the impurity: the mean over trees of their shares, which sum to 1.
  package var importances: [Double] {
    var mean = [Double](repeating: 0, count: binner.featureCount)
    for tree in trees {
      let sum = tree.importances.reduce(0, +)
      guard sum > 0 else { continue }
      for (feature, value) in tree.importances.enumerated() { mean[feature] += value / sum / Double(trees.count) }
    }
    return mean
  }

  /// Pixels that one thread takes through all trees at a time: their bins and sums stay in its cache.
  private static let block = 4096

  /// Class probabilities [rows, classes]: the mean over trees of the leaf's that each row of `matrix` reaches.
  package func probabilities(of matrix: FeatureMatrix) -> [Float] {
    precondition(
      matrix.columns == binner.featureCount, "\(matrix.columns) features, fitted to \(binner.featureCount)")
    return [Float](unsafeUninitializedCapacity: matrix.rows * classCount) { buffer, count in
      nonisolated(unsafe) let out = buffer
      Parallel.forEach((matrix.rows + Self.block - 1) / Self.block) { piece in
        let range = piece * Self.block..<min(matrix.rows, (piece + 1) * Self.block)
        let sums = vote(matrix, range)
        let scale = 1 / Float(trees.count)
        for row in range {
          for group in 0..<lanes.groups {
            let mean = sums[(row - range.lowerBound) * lanes.groups + group] * scale
            let target = row * classCount + group * 8
            for lane in 0..<min(8, classCount - group * 8) { out[target + lane] = mean[lane] }
          }
        }
      }
      count = matrix.rows * classCount
    }
  }

  /// The likeliest class of each row; the first where several are.
  package func classify(_ matrix: FeatureMatrix) -> [UInt8] {
    likeliest(probabilities(of: matrix), classCount: classCount)
  }

  /// The sums over trees for a range of rows, [rows, groups].
  private func vote(_ matrix: FeatureMatrix, _ range: Range<Int>) -> [ClassLanes.Shares] {
    let stride = (matrix.columns + 31) / 32 * 32
    let bins = [UInt8](unsafeUninitializedCapacity: range.count * stride) { buffer, count in
      buffer.initialize(repeating: 0)
      if let base = buffer.baseAddress {
        binner.bin(
          matrix.values + range.lowerBound * matrix.columns, rows: range.count, into: base, stride: stride)
      }
      count = range.count * stride
    }
    var sums = [ClassLanes.Shares](repeating: .zero, count: range.count * lanes.groups)
    sums.withUnsafeMutableBufferPointer { sums in
      bins.withUnsafeBufferPointer { bins in
        guard let bins = bins.baseAddress, let sums = sums.baseAddress else { return }
        for tree in trees { tree.add(bins, stride: stride, count: range.count, groups: lanes.groups, to: sums) }
      }
    }
    return sums
  }
}

extension Tree {
  /// Adds to each row's sum [groups] the distribution of the leaf that it reaches.
  func add(
    _ bins: UnsafePointer<UInt8>, stride: Int, count: Int, groups: Int, to sums: UnsafeMutablePointer<ClassLanes.Shares>
  ) {
    groups == 1
      ? add(bins, stride, count, to: sums, groups: 1) : add(bins, stride, count, to: sums, groups: groups)
  }

  /// Eight rows walk down together, so that the memory accesses of one overlap the others'.
  @inline(__always)
  private func add(
    _ bins: UnsafePointer<UInt8>, _ stride: Int, _ count: Int, to sums: UnsafeMutablePointer<ClassLanes.Shares>,
    groups: Int
  ) {
    nodes.withUnsafeBufferPointer { nodes in
      distributions.withUnsafeBufferPointer { distributions in
        guard let nodes = nodes.baseAddress, let distributions = distributions.baseAddress else { return }
        @inline(__always)
        func add(_ leaf: Int, to row: Int) {
          for group in 0..<groups { sums[row * groups + group] += distributions[leaf * groups + group] }
        }
        var row = 0
        while row + 8 <= count {
          let leaves = Self.walk8(nodes, bins + row * stride, stride)
          add(leaves.0, to: row)
          add(leaves.1, to: row + 1)
          add(leaves.2, to: row + 2)
          add(leaves.3, to: row + 3)
          add(leaves.4, to: row + 4)
          add(leaves.5, to: row + 5)
          add(leaves.6, to: row + 6)
          add(leaves.7, to: row + 7)
          row += 8
        }
        while row < count {
          var at = 0
          while !nodes[at].isLeaf { at += nodes[at].step(bins + row * stride) }
          add(nodes[at].target, to: row)
          row += 1
        }
      }
    }
  }

  // swift-format-ignore: the eight lanes are written out, as the optimiser keeps only so named values in registers.
  /// The leaves' distributions of eight rows.
  @inline(__always)
  private static func walk8(
    _ nodes: UnsafePointer<TreeNode>, _ bins: UnsafePointer<UInt8>, _ stride: Int
  ) -> (Int, Int, Int, Int, Int, Int, Int, Int) {
    var (a, b, c, d, e, f, g, h) = (0, 0, 0, 0, 0, 0, 0, 0)
    var inner: UInt64
    @inline(__always)
    func step(_ at: inout Int, _ lane: Int, _ inner: inout UInt64) {
      let node = nodes[at]
      inner |= node.bits
      at &+= node.step(bins + lane &* stride)
    }
    repeat {
      inner = 0
      step(&a, 0, &inner); step(&b, 1, &inner); step(&c, 2, &inner); step(&d, 3, &inner)
      step(&e, 4, &inner); step(&f, 5, &inner); step(&g, 6, &inner); step(&h, 7, &inner)
    } while inner >> 63 == 1
    return (
      nodes[a].target, nodes[b].target, nodes[c].target, nodes[d].target,
      nodes[e].target, nodes[f].target, nodes[g].target, nodes[h].target
    )
  }
}
