import ArgumentParser
import Foundation
import Harness

@main
enum Main {
  static func main() async {
    do {
      var command = try ServeCommand.parseAsRoot()
      if var serving = command as? ServeCommand { try await serving.run() } else { try command.run() }
    } catch {
      exit(report(error))
    }
  }

  /// Prints what went wrong, or the help that was asked for; gives the same exit codes as `segbench`.
  private static func report(_ error: any Error) -> Int32 {
    if ServeCommand.exitCode(for: error) == .failure {
      Terminal.say("segbench: \(error)")
      return ExitStatus(error).rawValue
    }
    let text = ServeCommand.fullMessage(for: error)
    if ServeCommand.exitCode(for: error) == .success {
      print(text)
      return ExitStatus.done.rawValue
    }
    Terminal.say(text)
    return ExitStatus.usage.rawValue
  }
}
