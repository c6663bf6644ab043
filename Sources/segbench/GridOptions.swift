import ArgumentParser
import Foundation
import Harness
import Settings

/// Which cells, of what, and where they are stored.
struct GridOptions: ParsableArguments {
  @Argument(help: "The experiment, a YAML file.", completion: .yaml)
  var experiment: String?

  @Option(help: "A built-in experiment; 'segbench presets' lists them. The default is quick.", completion: .presets)
  var preset: String?

  @Option(help: "The folder of the dataset, instead of the experiment's own.", completion: .directory)
  var data: String?

  @Option(help: "Where runs are stored.", completion: .directory)
  var runs = "runs"

  @Option(
    help: "Change a setting, such as epochs=20; a list such as seed=[0,1,2] spans a grid. Repeatable.",
    completion: .settings)
  var set: [String] = []

  @Flag(help: "Leave bad scenes out, with a warning for each, instead of stopping at the first.")
  var skipBad = false

  /// The experiment with what was typed.
  func chosen() throws -> Experiment {
    if let experiment, let preset {
      throw SettingError.invalid(
        setting: "--preset", value: "'\(preset)'", bound: "left out where an experiment is given (\(experiment))")
    }
    let given =
      try experiment.map { try Experiment(contentsOf: fileURL($0)) } ?? Presets.named(preset ?? "quick").experiment()
    var typed = TypedSettings(changing: given)
    if let data { try typed.set("data.root", to: .text(data)) }
    if skipBad { try typed.set("data.skipBad", to: .flag(true)) }
    for assignment in set { try typed.set(assignment) }
    return try typed.changed()
  }
}
