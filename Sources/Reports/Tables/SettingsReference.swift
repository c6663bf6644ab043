import Baselines
import Deep
import Harness
import Scenes
import Settings

/// The page of all settings of experiments: what the components say of themselves, and nothing else.
package enum SettingsReference {
  package static var markdown: String {
    intro
      + section("An experiment", "Keys that stand beside the settings of cells, once for all of them.")
      + table(of: Schema.experimentKeys)
      + section("What is trained", "Keys of cells that stand in no section.") + keys(of: nil)
      + section("Data", "Which scenes models see.") + keys(of: "data")
      + section("Training", "How networks are trained.") + keys(of: "training")
      + components(of: Optimizers.registry.all, chosenBy: "training.optimizer")
      + components(of: Schedules.registry.all, chosenBy: "training.schedule")
      + components(of: Policies.registry.all, chosenBy: "training.augmentationPolicy")
      + section("Encoder", "Networks with an encoder that can start from published weights.") + keys(of: "encoder")
      + section("Features", "What pixel classifiers see.") + keys(of: "features")
      + components(of: Samplings.registry.all, chosenBy: "features.sampling")
      + section("Models", "Values of `model`.")
      + Estimators.all.map { component($0.component, at: $0.section) }.joined()
      + section("Losses", "Values of `loss`, of networks alone.")
      + Losses.registry.all.map { component($0, at: "loss") }.joined()
      + section(
        "Augmentations",
        """
        Values of `augmentation`, of networks and training scenes alone: several in order (`rain+mirror`), or one of several
        at random (`mirror+fog/rain/snow`). Their settings have no key of their own and are written in a section:
        `augmentation: {name: random-crop, width: 512, height: 256}`.
        """)
      + Augmentations.registry.all.map { component($0, at: nil) }.joined()
  }

  private static let intro = """
    # Settings

    Every setting that an experiment may have, as `segbench presets settings` lists them. A key is written in the
    experiment's YAML or with `--set`, whole or as much of its end as is unambiguous: `training.epochs` or `epochs`. Any
    value may be a list, which spans a grid. A component with settings is a name, `name:value` for its first one, or a
    section: `{name: focal-tversky, gamma: 0.5}`. This page is made by `make reference`; a test compares it with the
    program.

    """

  private static func section(_ title: String, _ text: String) -> String { "\n## \(title)\n\n\(text)\n\n" }

  /// The keys of a section, without those of the components that they choose; of no section those that stand alone.
  private static func keys(of section: String?) -> String {
    table(
      of: Schema.shared.keys.filter {
        $0.path.count == (section == nil ? 1 : 2) && (section == nil || $0.path[0] == section)
      }
      .map(\.description), at: section)
  }

  /// The values of a key, as rows or, where they have settings, as parts.
  private static func components(of types: [any Component.Type], chosenBy key: String) -> String {
    "\nValues of `\(key)`:\n" + types.map { component($0, at: key) }.joined()
  }

  private static func component(_ type: any Component.Type, at path: String?) -> String {
    let others = type.otherNames.isEmpty ? "" : " Also `\(type.otherNames.joined(separator: "`, `"))`."
    let text = "\n### \(type.name)\n\n\(sentence(type.summary))\(others)\n"
    let descriptions = type.descriptions
    return descriptions.isEmpty ? text : text + "\n" + table(of: descriptions, at: path)
  }

  private static func sentence(_ text: String) -> String {
    let text = text.prefix(1).uppercased() + text.dropFirst()
    return text.hasSuffix(".") ? text : text + "."
  }

  private static func table(of descriptions: [SettingDescription], at path: String? = nil) -> String {
    let columns = ["key", "default", "may be", "what it is"].map { Table.Column(title: $0, key: $0) }
    let rows = descriptions.map { description -> [Table.Value] in
      [
        .text("`\(path.map { "\($0)." } ?? "")\(description.name)`"), .text("`\(description.standard)`"),
        .text(description.bound ?? description.kind.description), .text(description.about),
      ]
    }
    return Table(columns: columns, rows: rows).markdown(in: .english)
  }
}
