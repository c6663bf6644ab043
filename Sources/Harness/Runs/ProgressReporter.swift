import Compute
import Foundation

/// Tells how far the work is: one line that is drawn over on a terminal, plain lines elsewhere, or nothing.
package final class ProgressReporter: Sendable {
  package enum Style: Sendable {
    case terminal, lines, quiet

    /// What suits standard error.
    package static var automatic: Style { isatty(STDERR_FILENO) == 1 ? .terminal : .lines }
  }

  private struct State {
    var label = ""
    var start = Date()
    var lastDrawn = Date.distantPast
  }

  private let style: Style
  private let state = Locked(State())

  package init(_ style: Style) {
    self.style = style
  }

  /// Starts a piece of work, such as a cell.
  func begin(_ label: String) {
    state.withLock { $0 = State(label: label) }
    if style == .lines { write("\(label)\n") }
  }

  /// Says that a share of 0 to 1 of the work is done.
  func update(_ share: Double, _ text: String = "") {
    let line: String? = state.withLock { state in
      let now = Date()
      let pause = style == .terminal ? 0.2 : 30
      guard now.timeIntervalSince(state.lastDrawn) >= pause else { return nil }
      state.lastDrawn = now
      let elapsed = now.timeIntervalSince(state.start)
      let left = share > 0.02 ? ", \(duration(elapsed * (1 - share) / share)) left" : ""
      return "\(state.label): \(Int(100 * min(1, share))) %\(text.isEmpty ? "" : ", " + text)\(left)"
    }
    guard let line else { return }
    switch style {
    case .terminal: write("\r\u{1B}[K\(line)")
    case .lines: write("  \(line)\n")
    case .quiet: break
    }
  }

  /// Ends a piece of work with a line that stays.
  func end(_ text: String) {
    let label = state.withLock(\.label)
    switch style {
    case .terminal: write("\r\u{1B}[K\(label): \(text)\n")
    case .lines: write("  \(text)\n")
    case .quiet: break
    }
  }

  /// Says something that the user should know, on a line of its own.
  func note(_ text: String) {
    switch style {
    case .terminal: write("\r\u{1B}[K\(text)\n")
    case .lines: write("  \(text)\n")
    case .quiet: break
    }
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}

/// A duration as people read it: `42 s`, `3 min 05 s`, `2 h 07 min`.
package func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "unknown" }
  let whole = Int(seconds.rounded())
  if seconds < 10 { return String(format: "%.1f s", seconds) }
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return String(format: "%d min %02d s", whole / 60, whole % 60) }
  return String(format: "%d h %02d min", whole / 3600, whole / 60 % 60)
}
