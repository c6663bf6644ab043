/// What the program was built from.
package enum BuildInfo {
  /// The commit of the checkout, 12 digits, with `-dirty` where tracked files had changes; nil outside a checkout, such as
  /// in a downloaded archive.
  package static let commit: String? = builtCommit.isEmpty ? nil : builtCommit
}
