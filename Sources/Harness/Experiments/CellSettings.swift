import Baselines
import Deep
import Foundation
import Scenes
import Settings

/// All that one cell of an experiment is made from, checked: what doesn't bear on its model is as by default, so that
/// cells that differ in such alone are one.
package struct CellSettings: Hashable, Sendable {
  package let model: String
  package let loss: Choice
  package let augmentation: Choice
  package let data: DataSettings
  package let training: TrainingSettings
  package let encoder: EncoderSettings
  package let features: FeatureSettings
  /// The model's own settings that differ from its defaults.
  package let own: [String: Setting]
  package let seed: Int

  /// The cell of `values`, by the whole names of their keys; what is absent has its default.
  ///
  /// - Parameters:
  ///   - values: the settings by whole keys, such as `training.epochs`.
  ///   - isStored: whether it was stored by a program that had checked it: settings of components that aren't chosen
  ///     are passed over then.
  /// - Throws: `SettingError` with the key, its value and the bound.
  package init(_ values: [String: Setting] = [:], isStored: Bool = false) throws {
    let reader = Reader(values: values, isStored: isStored)
    let chosen = try Estimators.registry.choice(values["model"] ?? .text("unet-mini"))
    let estimator = try Estimators.named(chosen.name)
    model = chosen.name
    seed = try reader.seed()
    data = try reader.section("data", DataSettings.self)
    training = try estimator.uses("training") ? reader.section("training", TrainingSettings.self) : TrainingSettings()
    encoder = try estimator.uses("encoder") ? reader.section("encoder", EncoderSettings.self) : EncoderSettings()
    features = try estimator.uses("features") ? reader.section("features", FeatureSettings.self) : FeatureSettings()
    loss = try estimator.uses("loss") ? reader.component("loss", "ce") : "ce"
    augmentation =
      try estimator.uses("augmentation")
      ? Augmentations.choice(values["augmentation"] ?? .text("none")) : "none"
    own = try reader.own(estimator, chosen)
    // What is stored was checked; files that it was made from may be gone since.
    if !isStored { try validate(estimator) }
  }

  /// Checks what no single section knows.
  private func validate(_ estimator: Estimator) throws {
    try estimator.check(self)
  }

  /// The same with one more value, which may be that of a key that had another.
  package func with(_ key: String, _ value: Setting) throws -> CellSettings {
    var values = self.values
    values[key] = value
    return try CellSettings(values, isStored: true)
  }

  /// The class set.
  ///
  /// - Throws: `SettingError`, `ScenesError.badClasses`.
  package func classSet() throws -> ClassSet { try data.classSet() }

  /// Every value that bears on the model, by the whole name of its key. A component's own settings stand under keys of
  /// their own.
  package var values: [String: Setting] {
    guard let estimator = try? Estimators.named(model) else { return [:] }
    var values: [String: Setting] = ["model": .text(model), "seed": .whole(seed)]
    func add(_ section: String, _ own: [String: Setting]) {
      for (name, value) in own { values["\(section).\(name)"] = value }
    }
    add("data", data.values)
    if estimator.uses("loss") { values["loss"] = loss.setting }
    if estimator.uses("augmentation") { values["augmentation"] = augmentation.setting }
    if estimator.uses("training") { add("training", training.values) }
    if estimator.uses("encoder") { add("encoder", encoder.values) }
    if estimator.uses("features") { add("features", features.values) }
    for (key, registry) in Schema.registries {
      guard let choice = try? values[key].map(registry.choice) else { continue }
      values[key] = .text(choice.name)
      add(key, (try? registry.named(choice.name).init(choice.settings).values) ?? [:])
    }
    add(estimator.section, (try? estimator.component.init(own).values) ?? [:])
    return values
  }

  /// The values that differ from the defaults of the same model: what a cell's identity is made from.
  package var changes: [String: Setting] {
    let standard = (try? CellSettings(["model": .text(model)]).values) ?? [:]
    return values.filter { $0.key == "model" || standard[$0.key] != $0.value }
  }

  /// The values without those of some keys and of what lies below them: equal for cells that differ in these alone.
  package func values(without keys: [String]) -> [String: Setting] {
    values.without(keys)
  }

  /// The network that a cell trains; nil for classifiers.
  package var architecture: (any Architecture)? {
    (try? Estimators.named(model))?.family == .network ? try? Networks.registry.make(Choice(model, own)) : nil
  }

  /// The size that its augmentation crops every training scene to; nil where scenes keep theirs.
  ///
  /// - Throws: `SettingError`.
  package func crop() throws -> PixelSize? { try Augmentations.make(augmentation).resizing?.outputSize }

  /// The value of a key as tables show it; nil where it doesn't bear on the model.
  package func shown(_ key: String) -> Setting? {
    switch key {
    // With its own settings, so that two of one name are told apart.
    case "loss" where values["loss"] != nil: .text(loss.description)
    case "augmentation" where values["augmentation"] != nil: .text(augmentation.description)
    default: values[key]
    }
  }
}

extension [String: Setting] {
  /// The values without those of some keys and of what lies below them.
  package func without(_ keys: [String]) -> [String: Setting] {
    filter { name, _ in !keys.contains { name == $0 || name.hasPrefix($0 + ".") } }
  }

  /// The keys of either that haven't the same value in both, sorted.
  package func differences(from other: [String: Setting]) -> [String] {
    Set(keys).union(other.keys).filter { self[$0] != other[$0] }.sorted()
  }
}

/// Takes the parts of a cell out of values by key.
private struct Reader {
  let values: [String: Setting]
  let isStored: Bool

  func seed() throws -> Int {
    let value = values["seed"] ?? .whole(0)
    guard case .whole(let seed) = value else {
      throw SettingError.wrongType(setting: "seed", value: "\(value)", expected: "a whole number")
    }
    guard seed >= 0 else { throw SettingError.invalid(setting: "seed", value: "\(seed)", bound: "0 or more") }
    return seed
  }

  /// What is given below a key, by the rest of its name.
  private func given(_ key: String) -> [String: Setting] {
    let start = key + "."
    return Dictionary(
      uniqueKeysWithValues: values.compactMap { name, value in
        name.hasPrefix(start) ? (String(name.dropFirst(start.count)), value) : nil
      })
  }

  /// A section, with what is given for the components in it.
  func section<Section: Configurable>(_ name: String, _ type: Section.Type) throws -> Section {
    var own = given(name)
    for (key, value) in own where key.contains(".") {
      own[key] = nil
      let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
      let field = Section.descriptions.first { $0.name == parts[0] }
      guard let field else { continue }
      own[parts[0]] = try merged(own[parts[0]] ?? field.standard, parts[1], value, "\(name).\(parts[0])")
    }
    do {
      return try Section(own)
    } catch let error as SettingError {
      throw error.within(name)
    }
  }

  /// A component, with what is given for it under keys of their own.
  func component(_ key: String, _ standard: String) throws -> Choice {
    let chosen = try given(key).sorted { $0.key < $1.key }.reduce(values[key] ?? .text(standard)) { base, part in
      try merged(base, part.key, part.value, key)
    }
    return try choice(chosen, at: key)
  }

  private func choice(_ setting: Setting, at key: String) throws -> Choice {
    guard let registry = Schema.registries[key] else { preconditionFailure("\(key) chooses no component") }
    do {
      return try registry.choice(setting)
    } catch let error as SettingError {
      throw error.within(key)
    }
  }

  /// A component's setting with one of its own settings. One that the component doesn't have is refused, but passed over
  /// in what is stored: it was that of another component then.
  private func merged(_ component: Setting, _ name: String, _ value: Setting, _ key: String) throws -> Setting {
    let chosen = try choice(component, at: key)
    guard let kind = try Schema.registries[key]?.named(chosen.name),
      kind.descriptions.contains(where: { $0.name == name })
    else {
      if isStored { return component }
      throw SettingError.invalid(
        setting: "\(key).\(name)", value: "\(value)", bound: "left out with \(chosen.name), which has no such setting")
    }
    var section: [String: Setting] =
      if case .section(let section) = chosen.setting { section } else { ["name": .text(chosen.name)] }
    if section[name] == nil { section[name] = value }
    return .section(section)
  }

  /// The settings of the model itself: those of its section that it has, overwritten by those given with its name.
  func own(_ estimator: Estimator, _ chosen: Choice) throws -> [String: Setting] {
    let known = Set(estimator.component.descriptions.map(\.name))
    let section = given(estimator.section).filter { known.contains($0.key) }
    do {
      return try estimator.component.init(section.merging(chosen.settings) { $1 }).changes
    } catch let error as SettingError {
      throw error.within(estimator.section)
    }
  }
}
