import Settings

extension [String] {
  /// The cell, among these names, that `name` means: its whole name, or as much of its start as no other has.
  ///
  /// - Parameters:
  ///   - name: what the user gave.
  ///   - setting: what it was given as, for the error.
  /// - Throws: `SettingError.unknown` with the nearest, `.invalid` with those that it could be.
  func cell(named name: String, setting: String) throws -> String {
    if contains(name) { return name }
    let matches = filter { $0.hasPrefix(name) }
    guard let match = matches.first else { throw SettingError.unknown(kind: "cell", name: name, known: self) }
    guard matches.count == 1 else {
      throw SettingError.invalid(setting: setting, value: name, bound: "one of \(matches.joined(separator: ", "))")
    }
    return match
  }
}
