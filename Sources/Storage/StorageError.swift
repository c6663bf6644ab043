import Foundation

/// What can go wrong with files and numbers handed to this module.
package enum StorageError: Error, Equatable, CustomStringConvertible {
  /// A file that couldn't be read.
  case unreadable(file: String, reason: String)
  /// A file or folder that couldn't be written.
  case unwritable(file: String, reason: String)
  /// A file that is not well-formed, with the offending value.
  case malformed(file: String, reason: String)

  package var description: String {
    switch self {
    case .unreadable(let file, let reason): "can't read \(file): \(reason)"
    case .unwritable(let file, let reason): "can't write \(file): \(reason)"
    case .malformed(let file, let reason): "\(file) is damaged: \(reason)"
    }
  }
}
