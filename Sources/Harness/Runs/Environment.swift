import Compute
import Foundation

/// Where a cell was run: what a reader needs to judge times, and to make it again.
package struct Environment: Codable, Hashable, Sendable {
  package let programVersion: String
  /// The commit of the checkout that the program was built in, with `-dirty` where it had changes; nil outside one.
  package let commit: String?
  /// A fingerprint of the program file: a checkout may have moved on since, but equal builds are equal here.
  package let build: String
  package let processor: String
  package let cores: Int
  package let threads: Int
  package let memoryGiB: Double
  package let system: String
  /// What made products of matrices, such as `libxsmm skx with FMA`. In earlier runs OpenBLAS took part, hence its key.
  package let productKernel: String
  /// The pictures, by name and fingerprint.
  package let data: String
  /// What was typed; nil where the program wasn't run from the command line.
  package let command: String?

  private enum CodingKeys: String, CodingKey {
    case programVersion, commit, build, processor, cores, threads, memoryGiB, system, data, command
    case productKernel = "blasKernel"
  }

  /// The version of the program.
  package static let version = "0.2.0"

  /// The commit that the program was built from, which the command line says at its start: a module that knew it itself
  /// would be compiled anew with each commit.
  package static let builtCommit = Locked<String?>(nil)

  /// The environment as it is now.
  static func current(data: String, command: String?) -> Environment {
    Environment(
      programVersion: version, commit: builtCommit.withLock { $0 }, build: build, processor: processorName(),
      cores: ProcessInfo.processInfo.processorCount, threads: Parallel.threadCount,
      memoryGiB: (Double(ProcessInfo.processInfo.physicalMemory) / 0x1p30 * 10).rounded() / 10,
      system: ProcessInfo.processInfo.operatingSystemVersionString,
      productKernel: LinearAlgebra.kernelName, data: data, command: command)
  }

  /// On one line, for logs.
  var line: String {
    "segbench \(programVersion)\(commit.map { " of commit \($0)" } ?? ""), \(processor), \(threads) threads, products by "
      + productKernel
  }

  /// Read once: the file may be replaced while the program runs.
  private static let build: String = {
    guard let file = Bundle.main.executableURL, let data = try? Data(contentsOf: file, options: .mappedIfSafe) else {
      return "unknown"
    }
    return data.withUnsafeBytes { bytes in
      let words = bytes.count / 8
      let hash = (0..<words).reduce(UInt64(bytes.count)) {
        ($0 ^ bytes.loadUnaligned(fromByteOffset: 8 * $1, as: UInt64.self)) &* 0x0000_0100_0000_01b3
      }
      return String(format: "%016lx", UInt(hash))
    }
  }()

  private static func processorName() -> String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }
}
