/// What is wrong with a setting, wherever it belongs: one shape for all modules.
package enum SettingError: Error, Equatable, CustomStringConvertible {
  /// A value out of its bounds.
  case invalid(setting: String, value: String, bound: String)
  /// A value of another type than the setting's.
  case wrongType(setting: String, value: String, expected: String)
  /// A name that nothing is registered under; `known` are all that are.
  case unknown(kind: String, name: String, known: [String])
  /// A YAML text that can't be read.
  case malformed(file: String, reason: String)

  package var description: String {
    switch self {
    case .invalid(let setting, let value, let bound): "\(setting) is \(value), but must be \(bound)"
    case .wrongType(let setting, let value, let expected): "\(setting) is '\(value)', but must be \(expected)"
    case .malformed(let file, let reason): "\(file): \(reason)"
    case .unknown(let kind, let name, let known):
      if let nearest = nearest(to: name, among: known) {
        "there is no \(kind) '\(name)'; did you mean '\(nearest)'? Known: \(known.joined(separator: ", "))"
      } else {
        "there is no \(kind) '\(name)'. Known: \(known.joined(separator: ", "))"
      }
    }
  }

  /// The same error of the setting within a section, such as `loss.gamma` for `gamma`.
  package func within(_ section: String) -> SettingError {
    switch self {
    case .invalid(let setting, let value, let bound):
      .invalid(setting: "\(section).\(setting)", value: value, bound: bound)
    case .wrongType(let setting, let value, let expected):
      .wrongType(setting: "\(section).\(setting)", value: value, expected: expected)
    case .unknown, .malformed: self
    }
  }
}

/// The one of `known` that is nearest to `name` in single-letter edits, where that is near enough to be a slip.
package func nearest(to name: String, among known: [String]) -> String? {
  // No slip is that long, and measuring takes time with the length.
  guard name.utf8.count <= 256 else { return nil }
  let measured = known.map { (name: $0, edits: edits(from: Array(name.lowercased()), to: Array($0.lowercased()))) }
  guard let best = measured.min(by: { $0.edits < $1.edits }) else { return nil }
  return best.edits <= max(2, name.count / 3) ? best.name : nil
}

/// The Levenshtein distance, row by row.
private func edits(from a: [Character], to b: [Character]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let substitution = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
