import ArgumentParser
import Foundation
import Harness

/// Starts the server, a program of its own, in place of this one.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve trained runs: an HTTP API that takes pictures and gives masks, and a page to try them.",
    discussion: "A program of its own, segbench-serve, that make serve builds; segbench serve --help lists its options."
  )

  @Argument(parsing: .captureForPassthrough, help: "What segbench-serve takes.")
  var arguments: [String] = []

  mutating func run() throws {
    let name = "segbench-serve"
    let own = Bundle.main.executableURL?.resolvingSymlinksInPath() ?? URL(fileURLWithPath: CommandLine.arguments[0])
    let program = own.deletingLastPathComponent().appendingPathComponent(name)
    guard FileManager.default.isExecutableFile(atPath: program.path) else {
      throw HarnessError.noProgram(program.path, made: "make serve")
    }
    // What is ignored here would stay so there.
    for signal in [SIGINT, SIGTERM] { Foundation.signal(signal, SIG_DFL) }
    var words = ([name] + arguments).map { strdup($0) }
    words.append(nil)
    execv(program.path, words)
    throw HarnessError.noProgram("\(program.path): \(String(cString: strerror(errno)))", made: "make serve")
  }
}
