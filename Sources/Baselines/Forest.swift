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
  /// Rows that walk down together, so that the memory accesses of one overlap the others'.
  private static let lanes = 8

  /// Adds to each row's sum the distribution of the leaf that it reaches.
  func add(_ bins: UnsafePointer<UInt8>, stride: Int, count: Int, to sums: UnsafeMutablePointer<SIMD8<Float>>) {
    nodes.withUnsafeBufferPointer { nodes in
      distributions.withUnsafeBufferPointer { distributions in
        guard let nodes = nodes.baseAddress, let distributions = distributions.baseAddress else { return }
        var row = 0
        withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.lanes) { buffer in
          guard let at = buffer.baseAddress else { return }
          while row + Self.lanes <= count {
            Self.walk(nodes, bins + row * stride, stride, at)
            for lane in 0..<Self.lanes { sums[row + lane] += distributions[at[lane]] }
            row += Self.lanes
          }
        }
        while row < count {
          var node = nodes[0]
          while !node.isLeaf {
            let right = bins[row * stride + Int(node.feature)] > node.bin
            node = nodes[Int(node.target) + (right ? 1 : 0)]
          }
          sums[row] += distributions[Int(node.target)]
          row += 1
        }
      }
    }
  }

  /// Writes the leaves' distributions of `lanes` rows to `at`.
  @inline(__always)
  private static func walk(
    _ nodes: UnsafePointer<TreeNode>, _ bins: UnsafePointer<UInt8>, _ stride: Int, _ at: UnsafeMutablePointer<Int>
  ) {
    for lane in 0..<lanes { at[lane] = 0 }
    var leaves = 0
    repeat {
      leaves = 0
      for lane in 0..<lanes {
        let node = nodes[at[lane]]
        let right = bins[lane &* stride &+ Int(node.feature)] > node.bin ? 1 : 0
        // A row that has arrived stays where it is.
        at[lane] = node.isLeaf ? at[lane] : Int(node.target) &+ right
        leaves &+= node.isLeaf ? 1 : 0
      }
    } while leaves < lanes
    for lane in 0..<lanes { at[lane] = Int(nodes[at[lane]].target) }
  }
}
