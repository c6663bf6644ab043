import Build
import Deep
import Harness

/// What `--version` says: the version alone in the first line, for scripts; then the commit and the kernels.
var versionText: String {
  """
  \(Environment.version)
  commit \(BuildInfo.commit ?? "unknown: not built in a checkout")
  kernels \(ProcessorKernels.summary)
  """
}
