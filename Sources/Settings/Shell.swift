import Foundation

extension String {
  /// The text as one word of a POSIX shell's command.
  package var quotedForShell: String {
    !isEmpty && allSatisfy { $0.isLetter || $0.isNumber || "-_./=,+:@%".contains($0) }
      ? self : "'" + replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
