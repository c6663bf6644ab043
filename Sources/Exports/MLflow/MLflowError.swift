/// What can go wrong with a server of MLflow.
package enum MLflowError: Error, Equatable, CustomStringConvertible {
  /// A server that gave no answer.
  case unreachable(url: String, reason: String)
  /// A server that answered with an error: what was asked, the HTTP status, what it said.
  case refused(request: String, status: Int, message: String)
  /// A server whose answer isn't one of its kind.
  case notUnderstood(request: String, answer: String)
  /// A run on a server that isn't the stored one.
  case otherRun(run: String, url: String, reason: String)

  package var description: String {
    switch self {
    case .unreachable(let url, let reason): "can't reach \(url): \(reason)"
    case .refused(let request, let status, let message): "\(request) was refused with status \(status): \(message)"
    case .notUnderstood(let request, let answer): "\(request) isn't answered as MLflow does: \(answer)"
    case .otherRun(let run, let url, let reason):
      "\(run) at \(url) is another training: \(reason); delete it there, and export again"
    }
  }
}
