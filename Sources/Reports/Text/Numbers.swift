import Foundation
import Harness

// Numbers as a language writes them.

extension Catalogue {
  /// A number to `digits` decimals.
  func decimal(_ value: Double, digits: Int) -> String {
    decimalMark == "." ? String(format: "%.\(digits)f", value) : marked(String(format: "%.\(digits)f", value))
  }

  /// A difference with its sign; nothing is neither gained nor lost where all digits shown are zero.
  func signed(_ value: Double, digits: Int) -> String {
    let text = String(format: "%+.\(digits)f", value)
    return marked(text.contains { "123456789".contains($0) } ? text : String(text.dropFirst()))
  }

  /// A number as short as it can be written to the same value.
  func shortest(_ value: Double) -> String { marked("\(value)") }

  /// Both ends of an interval in brackets.
  func interval(_ interval: Interval, digits: Int) -> String {
    "[\(decimal(interval.low, digits: digits))\(endSeparator)\(decimal(interval.high, digits: digits))]"
  }

  /// As `interval`, of a difference.
  func signedInterval(_ interval: Interval, digits: Int) -> String {
    "[\(signed(interval.low, digits: digits))\(endSeparator)\(signed(interval.high, digits: digits))]"
  }

  /// A score with its deviation over seeds and its interval, as far as there are any.
  func estimate(_ estimate: Estimate, digits: Int) -> String {
    var text = decimal(estimate.value, digits: digits)
    if let deviation = estimate.deviation { text += " ± " + decimal(deviation, digits: digits) }
    if let own = estimate.interval { text += " " + interval(own, digits: digits) }
    return text
  }

  /// A difference with its interval, where it has one.
  func difference(_ difference: Estimate, digits: Int) -> String {
    let value = signed(difference.value, digits: digits)
    return difference.interval.map { "\(value) \(signedInterval($0, digits: digits))" } ?? value
  }

  /// A duration as people read it.
  func duration(_ seconds: Double) -> String {
    let text = Harness.duration(seconds)
    return text == "unknown" ? unknownDuration : marked(text)
  }

  private func marked(_ text: String) -> String { text.replacingOccurrences(of: ".", with: decimalMark) }
}

extension Catalogue {
  /// A processor and how many of its threads, the word being the same in the languages.
  func threads(_ place: Environment) -> String {
    "\(place.processor), \(place.threads) \(place.threads == 1 ? "thread" : "threads")"
  }

  /// A name as code.
  func code(_ name: String) -> String { "`\(name)`" }

  /// Parts of a sentence one after another.
  func list(_ parts: [String], last: String, between: String) -> String {
    parts.dropLast().joined(separator: between) + (parts.count > 1 ? last : "") + (parts.last ?? "")
  }
}

/// A whole number in groups of three digits.
func grouped(_ number: Int, by separator: Character) -> String {
  var digits = Array(String(number.magnitude))
  for position in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(separator, at: position) }
  return (number < 0 ? "-" : "") + String(digits)
}
