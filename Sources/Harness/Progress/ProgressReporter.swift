import Compute
import Foundation

/// Tells how far the work is: one line that is drawn over on a terminal, plain lines elsewhere, JSON lines for programs, or
/// nothing. What stays may be kept in a file, too.
package final class ProgressReporter: Sendable {
  package enum Style: Sendable {
    case terminal, lines, json, quiet

    /// What suits standard error.
    package static var automatic: Style { Terminal.isThere ? .terminal : .lines }

    /// Seconds between two lines about how far the work is.
    fileprivate var pause: Double { self == .terminal ? 0.2 : 30 }
  }

  private struct State {
    var label = ""
    /// Seconds that the work after this takes, by those that this takes in all; nil where nothing follows.
    var later: (@Sendable (Double) -> Double)?
    /// When something was first told of the work, and what share was done then: what goes on from a stored state has a
    /// share of it that took no time now.
    var first: (time: Date, share: Double)?
    var lastDrawn = Date.distantPast
    var log: URL?

    /// Seconds that all of the work takes, by the pace since it was begun; nil where that can't be told yet.
    mutating func seconds(at share: Double, _ now: Date) -> Double? {
      guard let first, share >= first.share else {
        first = (now, share)
        return nil
      }
      let done = share - first.share
      return done > 0.02 ? now.timeIntervalSince(first.time) / done : nil
    }
  }

  private let style: Style
  /// Whether the user sees, too, what else is kept in the file alone.
  private let isVerbose: Bool
  private let state = Locked(State())

  package init(_ style: Style, isVerbose: Bool = false) {
    (self.style, self.isVerbose) = (style, isVerbose)
  }

  /// Keeps from now on what stays in `file`, too: a line each, with its time, behind those that are there.
  func log(to file: URL) {
    state.withLock { $0.log = file }
  }

  /// Starts a piece of work, such as a cell.
  ///
  /// - Parameters:
  ///   - label: what it is.
  ///   - later: gives the seconds that the work after it takes, by those that it takes in all.
  package func begin(_ label: String, later: (@Sendable (Double) -> Double)? = nil) {
    state.withLock { state in
      (state.label, state.later, state.first, state.lastDrawn) = (label, later, nil, .distantPast)
    }
    switch style {
    case .terminal: Terminal.draw(ProgressLine.shortened(label, to: Terminal.width - 1))
    case .lines: Terminal.say(label)
    case .json: Terminal.say(Self.json("begin", label))
    case .quiet: break
    }
    keep(label)
  }

  /// Starts another part of the same work, whose time is counted by itself.
  func restart() {
    state.withLock { $0.first = nil }
  }

  /// Says that a share of 0 to 1 of the work is done.
  package func update(_ share: Double, _ text: String = "") {
    guard style != .quiet else { return }
    let line: ProgressLine? = state.withLock { state in
      let now = Date()
      let all = state.seconds(at: share, now)
      guard now.timeIntervalSince(state.lastDrawn) >= style.pause else { return nil }
      state.lastDrawn = now
      let left = all.map { $0 * (1 - share) }
      let later = all.flatMap { all in state.later.map { $0(all) } }
      return ProgressLine(
        label: state.label, share: share, text: text, secondsLeft: left,
        secondsLeftOfAll: left.flatMap { left in later.map { left + $0 } })
    }
    guard let line else { return }
    switch style {
    // The last column stays free: some terminals go to the next line behind it.
    case .terminal: Terminal.draw(line.fitted(to: Terminal.width - 1))
    case .lines: Terminal.say("  \(line.description)")
    case .json: Terminal.say(Self.json("progress", line.label, text, share: share, line.secondsLeft))
    case .quiet: break
    }
  }

  /// Ends a piece of work with a line that stays.
  package func end(_ text: String) {
    let label = state.withLock(\.label)
    switch style {
    case .terminal: Terminal.say("\(label): \(text)")
    case .lines: Terminal.say("  \(text)")
    case .json: Terminal.say(Self.json("end", label, text))
    case .quiet: break
    }
    keep("  \(text)")
  }

  /// Ends a piece of work that failed.
  func fail(_ reason: any Error) {
    let (label, mark) = (state.withLock(\.label), Terminal.styled("failed:", .red))
    switch style {
    case .terminal: Terminal.say("\(label): \(mark) \(reason)")
    case .lines: Terminal.say("  \(mark) \(reason)")
    case .json: Terminal.say(Self.json("end", label, "failed: \(reason)"))
    case .quiet: break
    }
    keep("  failed: \(reason)")
  }

  /// Says something that the user should know, on a line of its own.
  func note(_ text: String) {
    switch style {
    case .terminal: Terminal.say(text)
    case .lines: Terminal.say("  \(text)")
    case .json: Terminal.say(Self.json("note", state.withLock(\.label), text))
    case .quiet: break
    }
    keep("  \(text)")
  }

  /// Says what only who asks for it wants to know, such as each epoch; the file has it in any case.
  func record(_ text: String) {
    keep(text)
    guard isVerbose else { return }
    switch style {
    case .terminal, .lines: Terminal.say(text)
    case .json: Terminal.say(Self.json("detail", state.withLock(\.label), text.trimmingCharacters(in: .whitespaces)))
    case .quiet: break
    }
  }

  /// Keeps a line in the file, where there is one. That it can't be written stops nothing.
  private func keep(_ text: String) {
    guard let file = state.withLock(\.log) else { return }
    let line = "\(Date().ISO8601Format()) \(text)\n"
    let descriptor = open(file.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    // One write, so that lines of several processes don't mix.
    _ = line.withCString { Foundation.write(descriptor, $0, strlen($0)) }
  }

  private struct Event: Encodable {
    let time, event, label: String
    let text: String?
    let share, secondsLeft: Double?
  }

  private static func json(
    _ event: String, _ label: String, _ text: String? = nil, share: Double? = nil, _ secondsLeft: Double? = nil
  ) -> String {
    let event = Event(
      time: Date().ISO8601Format(), event: event, label: label, text: text, share: share, secondsLeft: secondsLeft)
    return (try? JSONEncoder.sorted.encode(event)).map { String(decoding: $0, as: UTF8.self) } ?? ""
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
