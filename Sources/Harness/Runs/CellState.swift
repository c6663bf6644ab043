/// What has become of a cell whose training was begun.
package enum CellState: Equatable, Sendable {
  /// With its test mean IoU under the headline protocol.
  case finished(meanIoU: Double?)
  /// By whom, as `host-process`.
  case running(String)
  /// Nobody is at it: the process was stopped, or is lost.
  case stopped
  case failed(String)
  /// What is wrong with its record, or its fitted model.
  case damaged(String)

  package var isFinished: Bool { if case .finished = self { true } else { false } }
  package var isRunning: Bool { if case .running = self { true } else { false } }
  /// Whether it has to be mended or left out.
  package var isFailed: Bool {
    switch self {
    case .failed, .damaged: true
    case .finished, .running, .stopped: false
    }
  }
}
