import Compute
import Foundation
import Scenes
import Settings
import Storage

/// A comparison to be made: cell settings in which any value may be a list, so that it spans a grid.
package struct Experiment: Equatable, Sendable {
  /// What chooses among cells that differ in hyperparameters alone.
  package enum Selection: String, CaseIterable, Codable, Sendable {
    /// The best by validation mean IoU; the report holds the whole grid beside it.
    case validation
  }

  /// Names the folders of its runs and its report.
  package var name: String
  /// What it is, for the report; in English where it has several languages.
  package var about: String
  /// The same by code of language, where it has several.
  private var abouts: [String: String] = [:]
  /// How cells that differ in hyperparameters alone are reported; nil: each for itself.
  package var select: Selection?
  /// Differences in mean IoU below it are of no account: two models that differ by less are equivalent.
  package private(set) var margin = Experiment.standardMargin
  /// What every model sees the test pictures under, beside clear weather. No setting of a cell: more conditions don't
  /// make it another one, so nothing is trained again.
  package private(set) var conditions: [Condition] = []
  /// The settings by the whole names of their keys, a list for each axis; whatever is absent has its default.
  package private(set) var settings: [String: Setting] = [:]
  /// What further grids change of the settings: for rows that no product of lists makes, such as other losses for one of
  /// several models.
  package private(set) var also: [[String: Setting]] = []

  package static let standardMargin = 0.01
  private static let schema = Schema.shared

  /// Reads an experiment from YAML and checks every key and type.
  ///
  /// - Throws: `SettingError` with the offending key, its value and the nearest known one; `SettingError.malformed`.
  package init(yaml: String, file: String) throws {
    guard case .section(let tree) = try Setting(yaml: yaml, file: file) else {
      throw SettingError.malformed(file: file, reason: "an experiment is a list of 'key: value' lines")
    }
    name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    about = ""
    for (key, value) in tree.sorted(by: { $0.key < $1.key }) where Schema.others.contains(key) {
      try set(key, to: value)
    }
    settings = try Assignments(tree.filter { !Schema.others.contains($0.key) }).values
    try checkName()
  }

  /// Reads the experiment in a YAML file.
  ///
  /// - Throws: `StorageError.unreadable`, and as `init(yaml:file:)`.
  package init(contentsOf file: URL) throws {
    try self.init(yaml: String(decoding: Files.read(file, limit: Setting.byteLimit), as: UTF8.self), file: file.path)
  }

  /// What stands for several experiments whose rows are read together: the name and the words of all, and what they have
  /// in common of what isn't a setting of a cell.
  init(merging all: [Experiment]) throws {
    self = all[0]
    guard all.count > 1 else { return }
    name = String(all.map(\.name).joined(separator: "-").prefix(64))
    let languages = Set(all.flatMap(\.abouts.keys))
    abouts = Dictionary(
      uniqueKeysWithValues: languages.map { code in
        (code, all.map { "\($0.name): \($0.about(in: code))" }.joined(separator: " "))
      })
    about = all.map { "\($0.name): \($0.about)" }.joined(separator: " ")
    select = all.allSatisfy { $0.select != nil } ? select : nil
    conditions = conditions.filter { condition in all.allSatisfy { $0.conditions.contains(condition) } }
  }

  /// Sets one key to a value, or to a list that becomes an axis.
  ///
  /// - Parameters:
  ///   - key: the whole path, such as `training.epochs`, or its end where that is unambiguous.
  ///   - value: one value, or a list of values.
  package mutating func set(_ key: String, to value: Setting) throws {
    switch key {
    case "name":
      name = "\(value)"
      try checkName()
    case "about":
      func text(_ value: Setting) -> String { "\(value)".trimmingCharacters(in: .whitespacesAndNewlines) }
      if case .section(let texts) = value {
        abouts = texts.mapValues(text)
        about = abouts["en"] ?? abouts.min { $0.key < $1.key }?.value ?? ""
      } else {
        (about, abouts) = (text(value), [:])
      }
    case "select":
      guard let selection = Selection(rawValue: "\(value)") else {
        throw SettingError.unknown(kind: "selection", name: "\(value)", known: Selection.allCases.map(\.rawValue))
      }
      select = selection
    case "margin": margin = try Self.margin(value)
    case "conditions": conditions = try Self.conditions(value)
    case "also": also = try Self.changes(value)
    default:
      for (key, value) in try Assignments(key, value).values { settings[key] = value }
    }
  }

  /// What it is in the language of a code, such as `fr`; in English, or the first there is, where it doesn't say.
  package func about(in code: String) -> String { abouts[code] ?? about }

  private func checkName() throws {
    guard Files.isPlainName(name, most: 64) else {
      throw SettingError.invalid(
        setting: "name", value: "'\(name)'", bound: "up to 64 letters, digits, dots, dashes and underscores")
    }
  }

  private static func margin(_ value: Setting) throws -> Double {
    let number: Double? =
      switch value {
      case .number(let number): number
      case .whole(let number): Double(number)
      default: nil
      }
    guard let number, number > 0, number < 1 else {
      throw SettingError.invalid(setting: "margin", value: "\(value)", bound: "above 0 and below 1")
    }
    return number
  }

  /// The conditions of a list, or the only one, each once; clear weather goes without saying.
  private static func conditions(_ value: Setting) throws -> [Condition] {
    let names: [Setting] =
      switch value {
      case .none: []
      case .list(let values): values
      default: [value]
      }
    var seen: Set<Condition> = [.clean]
    let conditions = try names.map(Condition.init(setting:)).filter { seen.insert($0).inserted }
    let folders = Dictionary(grouping: conditions, by: \.name)
    if let name = folders.first(where: { $0.value.count > 1 })?.key {
      throw SettingError.invalid(setting: "conditions", value: "two of the name \(name)", bound: "one of each name")
    }
    return conditions
  }

  /// The changes of each further grid, their keys written out.
  private static func changes(_ value: Setting) throws -> [[String: Setting]] {
    let grids: [Setting] =
      switch value {
      case .none: []
      case .list(let grids): grids
      default: [value]
      }
    return try grids.map { grid in
      guard case .section(let tree) = grid else {
        throw SettingError.wrongType(
          setting: "also", value: "\(grid)", expected: "a list of settings, such as - loss: kl")
      }
      return try Assignments(tree).values
    }.filter { !$0.isEmpty }
  }

  /// Sets what `assignment`, such as `epochs=20` or `seed=[0,1,2]`, says.
  package mutating func set(_ assignment: String) throws {
    let (key, value) = try Self.parts(of: assignment)
    try set(key, to: value)
  }

  /// The key and the value of an assignment.
  static func parts(of assignment: String) throws -> (key: String, value: Setting) {
    let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else {
      throw SettingError.invalid(setting: "--set", value: "'\(assignment)'", bound: "key=value")
    }
    return (
      parts[0].trimmingCharacters(in: .whitespaces), try Setting(yaml: parts[1], file: "--set \(parts[0])")
    )
  }

  /// The settings of every grid: the experiment's own, then the further ones.
  private var grids: [[String: Setting]] { [settings] + also.map { settings.merging($0) { $1 } } }

  /// The keys that have several values, in the order of the settings.
  package var axes: [String] {
    let grids = grids
    return Self.schema.keys.map(\.name).filter { values(of: $0, in: grids).count > 1 }
  }

  /// The values that a key has in any of the grids.
  private func values(of key: String, in grids: [[String: Setting]]) -> Set<Setting> {
    let standard: Setting = Self.schema[key]?.description.standard ?? .none
    return Set(
      grids.flatMap { grid -> [Setting] in
        let value = grid[key] ?? standard
        return if case .list(let values) = value { values } else { [value] }
      })
  }

  /// How many combinations of values a grid may have.
  static let gridLimit = 10_000

  /// The cells of all grids, in the order of the settings, the last axis fastest, every one of them checked. Settings that
  /// don't bear on a cell's model are left out, and cells that are then the same are one.
  ///
  /// - Throws: `SettingError` where a cell's settings are out of bounds, or there are over 10,000 combinations.
  package func cellSettings() throws -> [CellSettings] {
    var seen: Set<CellSettings> = []
    var points: [[String: Setting]] = []
    for grid in grids { points += try combinations(of: grid, limit: Self.gridLimit - points.count) }
    return try points.compactMap { point in
      let settings = try CellSettings(point)
      return seen.insert(settings).inserted ? settings : nil
    }
  }

  /// Every combination of the values of a grid's lists.
  private func combinations(of grid: [String: Setting], limit: Int) throws -> [[String: Setting]] {
    func excess() -> SettingError {
      .invalid(
        setting: "the grid of \(axes.joined(separator: ", "))", value: "over \(Self.gridLimit) combinations",
        bound: "at most so many")
    }
    guard limit > 0 else { throw excess() }
    var points = [grid]
    for key in Self.schema.keys {
      guard case .list(let values)? = grid[key.name] else { continue }
      guard values.count <= limit / points.count else { throw excess() }
      points = points.flatMap { base in values.map { base.merging([key.name: $0]) { $1 } } }
    }
    return points
  }

  /// What may be an axis of the data: every model is scored on the same pictures all the same.
  private static let dataAxes: Set = ["data.fold", "data.train"]

  /// The data settings of the first cell; others differ in the fold and the number of training scenes at most.
  ///
  /// - Throws: `SettingError.invalid` where something else is an axis, or some cells have a fold and some have none: rows
  ///   of one table must be about the same pictures.
  package func dataSettings() throws -> DataSettings {
    if let axis = axes.first(where: { $0.hasPrefix("data.") && !Self.dataAxes.contains($0) }) {
      throw SettingError.invalid(
        setting: axis, value: "a list",
        bound: "one value: all cells are about the same pictures, and only data.fold and data.train may be lists")
    }
    let folds = values(of: "data.fold", in: grids)
    guard folds.count == 1 || !folds.contains(.none) else {
      throw SettingError.invalid(
        setting: "data.fold", value: "null in some cells", bound: "a fold in all cells, or null in all")
    }
    let own = settings.compactMap { key, value -> (String, Setting)? in
      guard key.hasPrefix("data.") else { return nil }
      if case .list(let values) = value, key != "data.classes" { return (String(key.dropFirst(5)), values[0]) }
      return (String(key.dropFirst(5)), value)
    }
    do {
      return try DataSettings(Dictionary(uniqueKeysWithValues: own))
    } catch let error as SettingError {
      throw error.within("data")
    }
  }

  /// The experiment with the classes that the description beside its data names, where it leaves them open.
  ///
  /// - Throws: `SettingError`; `ScenesError.badList` for a description that can't be read.
  package func withDescribedClasses() throws -> Experiment {
    let data = try dataSettings()
    guard settings["data.classes"] == nil, !data.isSynthetic,
      let classes = try DatasetDescription(in: Dataset.folder(data.root))?.ownClasses
    else { return self }
    var experiment = self
    try experiment.set("data.classes", to: classes)
    return experiment
  }

  /// The experiment with every setting written out, as it is stored beside its runs. Settings of components that aren't
  /// chosen are left out.
  package func yaml() throws -> String {
    var lines = ["name: \(name)"]
    if let select { lines.append("select: \(select.rawValue)") }
    if margin != Self.standardMargin { lines.append("margin: \(margin)") }
    if !conditions.isEmpty { lines.append("conditions: \(Setting.list(conditions.map(\.setting)).yaml)") }
    if abouts.isEmpty {
      if !about.isEmpty { lines.append("about: \(Setting.quoted(about))") }
    } else {
      lines.append("about:")
      lines += abouts.sorted { $0.key < $1.key }.map { "  \($0.key): \(Setting.quoted($0.value))" }
    }
    if !also.isEmpty { lines.append("also:") }
    for changes in also {
      lines += changes.sorted { $0.key < $1.key }.enumerated().map { place, leaf in
        "\(place == 0 ? "  -" : "   ") \(leaf.key): \(leaf.value.yaml)"
      }
    }
    // A component's own settings stand there where they were given: others of the grid may not have them.
    let used = try Set(cellSettings().flatMap { $0.values.keys }).filter { name in
      !Schema.registries.keys.contains { name.hasPrefix($0 + ".") }
    }
    for key in Self.schema.keys where settings[key.name] != nil || used.contains(key.name) {
      lines.append("\(key.name): \((settings[key.name] ?? key.description.standard).yaml)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
