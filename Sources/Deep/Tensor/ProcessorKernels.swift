import Compute

/// What this processor computes with, in words: what the dispatch at run time chose.
package enum ProcessorKernels {
  /// The vectors of convolutions and of loops over channels: `AVX-512`, `AVX2`, or `plain` for those that every
  /// processor has; where both differ, the narrower.
  package static var vectors: String {
    switch min(winogradLanes, pixelLanes) {
    case 16...: "AVX-512"
    case 8...: "AVX2"
    default: "plain"
    }
  }

  /// All of them in a line: `libxsmm clx with FMA (products), AVX-512 (networks), AMX (bf16)`.
  package static var summary: String {
    let tiles = Precision.bf16.isAvailable ? "AMX" : "none"
    return "\(LinearAlgebra.kernelName) (products), \(vectors) (networks), \(tiles) (bf16)"
  }
}
