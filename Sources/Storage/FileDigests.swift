import Compute
import Foundation

/// Digests of the contents of files, kept by path, size, time of change and inode, so that a file is read for its digest
/// once, and again only when it has changed.
///
/// Contents decide what is the same: a file that was moved or copied has the digest that it had, one that was edited
/// without changing size has another.
package final class FileDigests: Sendable {
  private struct Entry: Codable, Equatable {
    var size: Int
    /// Nanoseconds since 1970.
    var changed: Int
    var inode: UInt64
    var digest: String
  }

  private let file: URL?
  private let kept: Locked<(entries: [String: Entry], isChanged: Bool)>

  /// - Parameter file: where they are kept; nil for this run of the program only. One that can't be read is begun anew.
  package init(keptIn file: URL?) {
    self.file = file
    let stored = file.flatMap { try? Files.read($0) }
      .flatMap { try? JSONDecoder().decode([String: Entry].self, from: $0) }
    kept = Locked((stored ?? [:], false))
  }

  /// The digest of a file's contents: 16 hexadecimal digits (XXH64).
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - read: gives its bytes where they are needed, so that who needs them too reads them once.
  /// - Throws: `StorageError.unreadable`; what `read` throws.
  package func digest(
    of file: URL, reading read: (URL) throws -> Data = { try Files.read($0, limit: 8 << 30) }
  ) throws -> String {
    let path = file.standardizedFileURL.resolvingSymlinksInPath().path
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw StorageError.unreadable(file: file.path, reason: String(cString: strerror(errno)))
    }
    var entry = Entry(
      size: Int(status.st_size), changed: Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec),
      inode: UInt64(status.st_ino), digest: "")
    if let known = kept.withLock({ $0.entries[path] }) {
      entry.digest = known.digest
      if entry == known { return known.digest }
    }
    entry.digest = Checksum.digits(of: try read(file))
    kept.withLock { state in
      state.entries[path] = entry
      state.isChanged = true
    }
    return entry.digest
  }

  /// Keeps what is new. A failure costs time at the next start, nothing else.
  package func save() {
    guard let file else { return }
    let changed: [String: Entry]? = kept.withLock { state in
      defer { state.isChanged = false }
      return state.isChanged ? state.entries : nil
    }
    guard let changed, let data = try? JSONEncoder.sorted.encode(changed) else { return }
    try? Files.write(data, to: file)
  }
}
