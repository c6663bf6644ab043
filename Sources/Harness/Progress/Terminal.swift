import Compute
import Foundation

/// Standard error where it is a terminal: messages, and one line of progress that is drawn over and makes room for them.
package enum Terminal {
  private static let hasLine = Locked(false)

  /// Whether standard error is a terminal.
  package static var isThere: Bool { isatty(STDERR_FILENO) == 1 }

  /// How many characters fit on a line as the terminal is now; 80 where it doesn't tell.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// How text stands out, as terminals are told it.
  package enum Style: String, Sendable {
    case bold = "1"
    case red = "1;31"
    case yellow = "33"
  }

  /// The text as it stands out on a terminal; as it is where the output is none, or the user wants no colour (NO_COLOR,
  /// https://no-color.org, or TERM=dumb).
  package static func styled(_ text: String, _ style: Style, on output: Int32 = STDERR_FILENO) -> String {
    let environment = ProcessInfo.processInfo.environment
    guard isatty(output) == 1, (environment["NO_COLOR"] ?? "").isEmpty, environment["TERM"] != "dumb" else {
      return text
    }
    return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
  }

  /// Draws the line of progress over the one before.
  static func draw(_ line: String) {
    hasLine.withLock { hasLine in
      write("\r\u{1B}[K\(line)")
      hasLine = true
    }
  }

  /// Writes a message on lines of its own; a line of progress is cleared before it.
  package static func say(_ text: String) {
    hasLine.withLock { hasLine in
      write("\(hasLine ? "\r\u{1B}[K" : "")\(text)\n")
      hasLine = false
    }
  }

  private static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
