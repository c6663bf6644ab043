import Compute
import Foundation
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
      #expect(throws: ComputeError.unreadable(file: missing.path, reason: "No such file or directory")) {
        try Files.read(missing)
      }
      #expect(throws: ComputeError.unreadable(file: folder.path, reason: "it is not a regular file")) {
        try Files.read(folder)
      }
      let large = folder.appendingPathComponent("large")
      try Files.write("12345", to: large)
      #expect(throws: ComputeError.unreadable(file: large.path, reason: "it holds 5 bytes, the limit is 4")) {
        try Files.read(large, limit: 4)
      }
    }
  }

  @Test("A named pipe is refused at once, and a link that leads to itself too")
  func notFiles() throws {
    try withTemporaryFolder { folder in
      let (pipe, loop) = (folder.appendingPathComponent("pipe"), folder.appendingPathComponent("loop"))
      #expect(mkfifo(pipe.path, 0o600) == 0)
      #expect(throws: ComputeError.unreadable(file: pipe.path, reason: "it is not a regular file")) {
        try Files.read(pipe)
      }
      try FileManager.default.createSymbolicLink(atPath: loop.path, withDestinationPath: loop.path)
      #expect(throws: ComputeError.unreadable(file: loop.path, reason: "Too many levels of symbolic links")) {
        try Files.read(loop)
      }
    }
  }

  @Test("A full disk gives an error, and the old file stays as it was", .enabled(if: access("/dev/full", W_OK) == 0))
  func fullDisk() throws {
    try withTemporaryFolder { folder in
      // The file that is written aside is a link to a device on which every write finds no space.
      let file = folder.appendingPathComponent("file")
      try Files.write("old", to: file)
      let aside = folder.appendingPathComponent(".file.\(ProcessInfo.processInfo.processIdentifier)")
      try FileManager.default.createSymbolicLink(atPath: aside.path, withDestinationPath: "/dev/full")
      #expect(throws: ComputeError.unwritable(file: file.path, reason: "No space left on device")) {
        try Files.write("new", to: file)
      }
      #expect(try Files.read(file) == Data("old".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }
  }
}
