import Foundation

/// Better kernels for processors that OpenBLAS is too old to know.
package enum ProcessorKernels {
  /// Starts the program again with AVX-512 kernels where the processor has them but OpenBLAS chose others.
  ///
  /// OpenBLAS 0.3.21 falls back to its Haswell kernels on AMD's Zen 4 and 5, at half the speed that its SkylakeX
  /// kernels reach there. It reads `OPENBLAS_CORETYPE` when it is loaded, so the choice needs a new start; a value
  /// that the user set is left alone. Call it before anything else; it returns where nothing is to be gained.
  package static func restartWithBest() {
    let variable = "OPENBLAS_CORETYPE"
    guard getenv(variable) == nil, ["Haswell", "Zen"].contains(LinearAlgebra.blasKernelName), hasAVX512 else { return }
    setenv(variable, "SkylakeX", 1)
    var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
    execv("/proc/self/exe", &arguments)
    // Where the system can't start it again, the slower kernels do.
    for argument in arguments { free(argument) }
  }

  private static var hasAVX512: Bool {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("flags") })
    else { return false }
    let flags = Set(line.split(separator: " "))
    return ["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"].allSatisfy(flags.contains)
  }
}
