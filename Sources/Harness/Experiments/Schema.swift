import Baselines
import Deep
import Scenes
import Settings

/// The keys that an experiment may set, read off what the components say of themselves.
package struct Schema: Sendable {
  /// One key.
  package struct Key: Sendable {
    package let path: [String]
    package let description: SettingDescription
    /// Checks a value against the bounds, wherever it will be used.
    let check: @Sendable (Setting) throws -> Void

    package var name: String { path.joined(separator: ".") }
  }

  package let keys: [Key]
  private let byName: [String: Key]

  /// What an experiment may also have, which is no setting of cells.
  package static let experimentKeys = [
    SettingDescription(
      name: "name", about: "names the folders of its runs and its report; by default as its file", kind: .text,
      bound: "up to 64 letters, digits, dots, dashes and underscores", standard: .none),
    SettingDescription(
      name: "about", about: "what it is, for the report; a text, or a section of a text for each language",
      kind: .document, isOptional: true, standard: .none),
    SettingDescription(
      name: "select", about: "what chooses among cells that differ in hyperparameters alone; null for a row each",
      kind: .choice(Experiment.Selection.allCases.map(\.rawValue)), isOptional: true, standard: .none),
    SettingDescription(
      name: "conditions",
      about: "what models also see the test pictures under: weather such as fog-3, or {name: NAME, pictures: FOLDER}",
      kind: .document, bound: "a list", standard: .list([])),
    SettingDescription(
      name: "margin", about: "a smaller difference in mean IoU is of no account", kind: .number,
      bound: "above 0, below 1", standard: .number(Experiment.standardMargin)),
    SettingDescription(
      name: "also", about: "further grids, each with what it changes of the settings", kind: .document,
      bound: "a list of sections", standard: .list([])),
  ]
  static let others = experimentKeys.map(\.name)

  /// The keys of 0.1.0 that are called otherwise now, `learningRate` being the end of one key alone then, and what people
  /// type for keys.
  static let renamed = [
    "lr": "training.learningRate", "bs": "training.batch",
    "learningRate": "training.learningRate",
    "training.labelSmoothing": "loss.labelSmoothing", "training.classWeights": "loss.classWeights",
    "training.momentum": "training.optimizer.momentum", "encoder.thaw": "encoder.unfreeze",
  ]

  /// The components that have settings of their own, by the key that chooses them.
  static let registries: [String: any AnyRegistry] = [
    "loss": Losses.registry, "training.optimizer": Optimizers.registry, "training.schedule": Schedules.registry,
    "training.augmentationPolicy": Policies.registry, "features.sampling": Samplings.registry,
  ]

  package static let shared = Schema()

  private init() {
    /// What any of several components lets be set, each name once.
    func parts(of types: [any Component.Type], at path: [String]) -> [Key] {
      var seen: Set<String> = []
      return types.flatMap { type in
        type.descriptions.filter { seen.insert($0.name).inserted }.map { description in
          Key(path: path + [description.name], description: description) { try type.check(description.name, $0) }
        }
      }
    }
    func section(_ name: String, _ type: any Configurable.Type) -> [Key] {
      type.descriptions.flatMap { description in
        let path = [name, description.name]
        return [Key(path: path, description: description) { try type.check(description.name, $0) }]
          + parts(of: Self.registries[path.joined(separator: ".")]?.all ?? [], at: path)
      }
    }
    let models = SettingDescription(
      name: "model", about: "what is trained and scored", kind: .component(Estimators.all.map(\.name)),
      standard: .text("unet-mini"))
    let augmentation = SettingDescription(
      name: "augmentation", about: "what changes training scenes: one, several in order (+) or one of several (/)",
      kind: .component(Augmentations.registry.names), standard: .text("none"))
    let seed = SettingDescription(
      name: "seed", about: "names all random streams of weights, order and draws", kind: .whole, bound: "0 or more",
      standard: .whole(0))
    var sections: [String: [any Component.Type]] = [:]
    var order: [String] = []
    for estimator in Estimators.all {
      if sections[estimator.section] == nil { order.append(estimator.section) }
      sections[estimator.section, default: []].append(estimator.component)
    }
    // Networks before classifiers, as ever.
    order.sort { a, b in a == "network" && b != "network" }
    var keys = [Key(path: ["model"], description: models) { _ = try Estimators.registry.choice($0) }]
    let loss = SettingDescription(
      name: "loss", about: "what networks minimise", kind: .component(Losses.registry.names), standard: .text("ce"))
    keys +=
      [Key(path: ["loss"], description: loss) { _ = try Losses.registry.choice($0) }]
      + parts(of: Losses.registry.all, at: ["loss"])
    keys.append(Key(path: ["augmentation"], description: augmentation) { _ = try Augmentations.choice($0) })
    keys += section("data", DataSettings.self)
    keys += section("training", TrainingSettings.self)
    for name in order.prefix(1) { keys += parts(of: sections[name] ?? [], at: [name]) }
    keys += section("encoder", EncoderSettings.self)
    keys += section("features", FeatureSettings.self)
    for name in order.dropFirst() { keys += parts(of: sections[name] ?? [], at: [name]) }
    keys.append(
      Key(path: ["seed"], description: seed) { value in
        guard case .whole(0...) = value else {
          throw SettingError.invalid(setting: "seed", value: "\(value)", bound: "0 or more")
        }
      })
    self.keys = keys
    byName = Dictionary(keys.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The key of exactly that name, or nil.
  package subscript(name: String) -> Key? { byName[name] }

  /// The key that `name` stands for: its whole path, or as much of its end as no other key of so few parts shares.
  ///
  /// - Throws: `SettingError.unknown` where there is none, `.invalid` where there are several.
  package func key(_ name: String) throws -> Key {
    if let exact = byName[Self.renamed[name] ?? name] { return exact }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let all = keys.filter { $0.path.suffix(parts.count) == parts[...] }
    let shortest = all.map(\.path.count).min()
    let matches = all.filter { $0.path.count == shortest }
    guard matches.count <= 1 else {
      throw SettingError.invalid(
        setting: "key", value: "'\(name)'", bound: "one of \(matches.map(\.name).joined(separator: ", "))")
    }
    guard let match = matches.first else {
      let known = parts.count > 1 ? keys.map(\.name) : keys.compactMap(\.path.last) + Self.others
      throw SettingError.unknown(kind: "setting", name: name, known: known)
    }
    return match
  }

  /// Checks that `value`, or each value of a list, is of the key's kind and within its bounds.
  func check(_ value: Setting, for key: Key) throws {
    func wrong(_ value: Setting) -> SettingError {
      .wrongType(setting: key.name, value: "\(value)", expected: key.description.kind.description)
    }
    switch (value, key.description.kind) {
    case (_, .document): break
    case (.list(let values), _):
      guard !values.isEmpty else {
        throw SettingError.invalid(setting: key.name, value: "[]", bound: "at least one value")
      }
      for value in values {
        if case .list = value { throw wrong(value) }
        try check(value, for: key)
      }
    case (.flag, .flag), (.whole, .whole), (.whole, .number), (.number, .number), (.text, .text): break
    // A number is a fine text, such as a folder called 2026.
    case (.whole, .text), (.number, .text): break
    case (.text(let name), .choice(let names)) where names.contains(name): break
    case (.text, .component), (.section, .component): break
    case (.none, _) where key.description.isOptional: break
    default: throw wrong(value)
    }
    if case .list = value { return }
    try checkBounds(value, key)
  }

  private func checkBounds(_ value: Setting, _ key: Key) throws {
    // A component's section may hold lists, which become axes; each value is checked by itself.
    if case .section = value, case .component = key.description.kind { return }
    do {
      try key.check(value)
    } catch let error as SettingError {
      throw key.path.count > 1 ? error.within(key.path.dropLast().joined(separator: ".")) : error
    }
  }
}
