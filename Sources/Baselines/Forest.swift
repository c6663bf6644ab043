import Compute
import Scenes

/// Grown trees and the bins that their nodes speak of.
package struct Forest: Equatable, Sendable {
  let binner: FeatureBinner
  let trees: [Tree]

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

  /// Category probabilities [rows, 8]: the mean over trees of the leaf's that each row of `matrix` reaches.
  package func probabilities(of matrix: FeatureMatrix) -> [Float] {
    precondition(
      matrix.columns == binner.featureCount, "\(matrix.columns) features, fitted to \(binner.featureCount)")
    return [Float](unsafeUninitializedCapacity: matrix.rows * Category.count) { buffer, count in
      nonisolated(unsafe) let out = buffer
      Parallel.forEach((matrix.rows + Self.block - 1) / Self.block) { piece in
        let range = piece * Self.block..<min(matrix.rows, (piece + 1) * Self.block)
        let sums = vote(matrix, range)
        let scale = 1 / Float(trees.count)
        for (row, sum) in zip(range, sums) {
          let mean = sum * scale
          for category in 0..<Category.count { out[row * Category.count + category] = mean[category] }
        }
      }
      count = matrix.rows * Category.count
    }
  }

  /// The likeliest category of each row; the first where several are.
  package func classify(_ matrix: FeatureMatrix) -> [UInt8] {
    let all = probabilities(of: matrix)
    return all.withUnsafeBufferPointer { all in
      (0..<matrix.rows).map { row in
        var best = 0
        for category in 1..<Category.count where all[row * Category.count + category] > all[row * Category.count + best]
        {
          best = category
        }
        return UInt8(best)
      }
    }
  }

  /// The sums over trees for a range of rows.
  private func vote(_ matrix: FeatureMatrix, _ range: Range<Int>) -> [SIMD8<Float>] {
    let stride = (matrix.columns + 31) / 32 * 32
    let bins = [UInt8](unsafeUninitializedCapacity: range.count * stride) { buffer, count in
      buffer.initialize(repeating: 0)
      if let base = buffer.baseAddress {
        binner.bin(
          matrix.values + range.lowerBound * matrix.columns, rows: range.count, into: base, stride: stride)
      }
      count = range.count * stride
    }
    var sums = [SIMD8<Float>](repeating: .zero, count: range.count)
    sums.withUnsafeMutableBufferPointer { sums in
      bins.withUnsafeBufferPointer { bins in
        guard let bins = bins.baseAddress, let sums = sums.baseAddress else { return }
        for tree in trees { tree.add(bins, stride: stride, count: range.count, to: sums) }
      }
    }
    return sums
  }
}

extension Tree {
  /// Adds to each row's sum the distribution of the leaf that it reaches.
  ///
  /// Eight rows walk down together, so that the memory accesses of one overlap the others'.
  func add(_ bins: UnsafePointer<UInt8>, stride: Int, count: Int, to sums: UnsafeMutablePointer<SIMD8<Float>>) {
    nodes.withUnsafeBufferPointer { nodes in
      distributions.withUnsafeBufferPointer { distributions in
        guard let nodes = nodes.baseAddress, let distributions = distributions.baseAddress else { return }
        var row = 0
        while row + 8 <= count {
          let leaves = Self.walk8(nodes, bins + row * stride, stride)
          let sum = sums + row
          sum[0] += distributions[leaves.0]
          sum[1] += distributions[leaves.1]
          sum[2] += distributions[leaves.2]
          sum[3] += distributions[leaves.3]
          sum[4] += distributions[leaves.4]
          sum[5] += distributions[leaves.5]
          sum[6] += distributions[leaves.6]
          sum[7] += distributions[leaves.7]
          row += 8
        }
        while row < count {
          var at = 0
          while !nodes[at].isLeaf { at += nodes[at].step(bins + row * stride) }
          sums[row] += distributions[nodes[at].target]
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
