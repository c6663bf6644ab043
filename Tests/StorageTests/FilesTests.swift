import Foundation
import Storage
import TestSupport
import Testing

@Suite("Files") struct FilesTests {
  @Test("A written file reads back, its folders are made and nothing is left aside")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a/b/text.txt")
      try Files.write("one", to: file)
      try Files.write("two", to: file)
      #expect(try Files.read(file) == Data("two".utf8))
      let names = try FileManager.default.contentsOfDirectory(atPath: file.deletingLastPathComponent().path)
      #expect(names == ["text.txt"])
    }
  }

  @Test("Missing files, folders and files beyond the limit are refused by name")
  func refused() throws {
    try withTemporaryFolder { folder in
      let missing = folder.appendingPathComponent("missing")
      #expect(throws: StorageError.unreadable(file: missing.path, reason: "No such file or directory")) {
        try Files.read(missing)
      }
      #expect(throws: StorageError.unreadable(file: folder.path, reason: "it is not a regular file")) {
        try Files.read(folder)
      }
      let large = folder.appendingPathComponent("large")
      try Files.write("12345", to: large)
      #expect(throws: StorageError.unreadable(file: large.path, reason: "it holds 5 bytes, the limit is 4")) {
        try Files.read(large, limit: 4)
      }
    }
  }

  @Test("A named pipe is refused at once, and a link that leads to itself too")
  func notFiles() throws {
    try withTemporaryFolder { folder in
      let (pipe, loop) = (folder.appendingPathComponent("pipe"), folder.appendingPathComponent("loop"))
      #expect(mkfifo(pipe.path, 0o600) == 0)
      #expect(throws: StorageError.unreadable(file: pipe.path, reason: "it is not a regular file")) {
        try Files.read(pipe)
      }
      try FileManager.default.createSymbolicLink(atPath: loop.path, withDestinationPath: loop.path)
      #expect(throws: StorageError.unreadable(file: loop.path, reason: "Too many levels of symbolic links")) {
        try Files.read(loop)
      }
    }
  }

  @Test(
    "A full disk gives an error that names the file, which stays as it was", arguments: ["write", "sync", "rename"])
  func fullDisk(call: String) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("file")
      try Files.write("old", to: file)
      #expect(throws: StorageError.unwritable(file: file.path, reason: "No space left on device")) {
        try with(faults: { "\($0)" == call ? .error(ENOSPC) : nil }) { try Files.write("new", to: file) }
      }
      #expect(try Files.read(file) == Data("old".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }
  }

  @Test("Short writes are gone on with, interrupted ones repeated", arguments: [1, 3, 1000])
  func shortWrites(most: Int) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("file")
      let parts = [Data((0..<200).map { UInt8($0) }), Data(), Data([7, 8])]
      let calls = Counter()
      try with(faults: { call in
        guard call == .write else { return nil }
        return calls.next() % 3 == 2 ? .error(EINTR) : .short(most)
      }) { try Files.write(parts, to: file) }
      #expect(try Files.read(file) == parts[0] + parts[2])
    }
  }

  @Test(
    "A write that is cut off at any of its system calls leaves the old file or the new one, here or where it is kept")
  func cutOff() throws {
    try withTemporaryFolder { folder in
      let (file, kept) = (folder.appendingPathComponent("file"), folder.appendingPathComponent("kept"))
      var cut = 0
      var isComplete = false
      while !isComplete {
        try Files.write("older", to: kept)
        try Files.write("old", to: file)
        let calls = Counter()
        let limit = cut
        do {
          // Nothing happens from this call on, as if the process had been killed.
          try with(faults: { _ in calls.next() < limit ? nil : .error(EIO) }) {
            try Files.write([Data("ne".utf8), Data("w".utf8)], to: file, keeping: kept)
          }
          isComplete = true
        } catch is StorageError {}
        let texts = [file, kept].map { (try? Files.read($0)).map { String(decoding: $0, as: UTF8.self) } }
        let possible: [[String?]] = [["old", "older"], [nil, "old"], ["new", "old"]]
        #expect(possible.contains(texts), "cut off at call \(cut): \(texts)")
        Files.removeAsides(in: folder)
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)).isSubset(of: ["file", "kept"]))
        cut += 1
      }
      #expect(cut > 6, "too few calls for a write, so that nothing was shown")
      #expect(try Files.read(file) == Data("new".utf8) && Files.read(kept) == Data("old".utf8))
    }
  }

  @Test("A lock is held by one at a time, says by whom, and is free when given up")
  func lock() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a/.lock")
      func take() throws {
        let first = try #require(try FileLock.take(file))
        #expect(try FileLock.take(file) == nil)
        #expect(FileLock.holder(of: file).hasSuffix("-\(ProcessInfo.processInfo.processIdentifier)"))
        withExtendedLifetime(first) {}
      }
      try take()
      try take()
    }
  }
}

@Suite("Checksums") struct ChecksumTests {
  @Test(
    "Checksums are those of XXH64",
    arguments: [
      // As published with the algorithm and its bindings.
      ("", 0, 0xEF46_DB37_51D8_E999), ("a", 0, 0xD24E_C4F1_A98C_6E5B), ("abc", 0, 0x44BC_2CF5_AD77_0999),
      ("xxhash", 20_141_025, 0xB559_B98D_844E_0635),
      ("Nobody inspects the spammish repetition", 0, 0xFBCE_A83C_8A37_8BF1),
    ] as [(String, UInt64, UInt64)])
  func published(text: String, seed: UInt64, expected: UInt64) {
    #expect(Checksum.of(Data(text.utf8), seed: seed) == expected)
  }

  @Test("Every single bit counts")
  func bits() {
    let bytes = Data((0..<77).map { UInt8($0) })
    var seen: Set<UInt64> = [Checksum.of(bytes)]
    for bit in 0..<8 * bytes.count {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      seen.insert(Checksum.of(changed))
    }
    #expect(seen.count == 1 + 8 * bytes.count)
  }
}
