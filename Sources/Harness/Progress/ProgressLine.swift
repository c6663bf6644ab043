/// How far a piece of work is, as one line.
package struct ProgressLine {
  /// What is done, such as a cell's name.
  let label: String
  /// From 0 to 1.
  let share: Double
  /// Further facts, such as epoch and loss.
  let text: String
  /// Seconds until it is done, and until all work is; nil where they aren't known yet.
  let secondsLeft, secondsLeftOfAll: Double?

  package init(
    label: String, share: Double, text: String = "", secondsLeft: Double? = nil, secondsLeftOfAll: Double? = nil
  ) {
    (self.label, self.share, self.text) = (label, share, text)
    (self.secondsLeft, self.secondsLeftOfAll) = (secondsLeft, secondsLeftOfAll)
  }

  /// The facts without the label.
  private var facts: String {
    var facts = ["\(Int(100 * min(1, share))) %"]
    if !text.isEmpty { facts.append(text) }
    if let secondsLeft { facts.append("\(duration(secondsLeft)) left") }
    if let secondsLeftOfAll { facts.append("\(duration(secondsLeftOfAll)) of all") }
    return facts.joined(separator: ", ")
  }

  /// The whole line.
  package var description: String { "\(label): \(facts)" }

  /// The line in at most `width` characters: the label is shortened first, in its middle, and facts where even without
  /// it there is no room.
  package func fitted(to width: Int) -> String {
    let room = width - facts.count - 2
    if label.count <= room { return description }
    if room >= 16 { return "\(Self.shortened(label, to: room)): \(facts)" }
    // So few letters of a name tell nothing; which of how many it is does.
    if label.hasPrefix("["), let number = label.split(separator: " ").first, number.count <= room {
      return "\(number): \(facts)"
    }
    return Self.shortened(facts, to: width)
  }

  /// `text` in at most `width` characters, what is left out in its middle standing as three dots.
  static func shortened(_ text: String, to width: Int) -> String {
    guard text.count > width else { return text }
    guard width > 3 else { return String(text.prefix(max(0, width))) }
    let kept = width - 3
    return "\(text.prefix(kept - kept / 3))...\(text.suffix(kept / 3))"
  }
}
