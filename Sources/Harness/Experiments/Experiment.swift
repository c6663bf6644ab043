import Compute
import Foundation
import Scenes

/// A comparison to be made: cell settings in which any value may be a list, so that it spans a grid.
public struct Experiment: Equatable, Sendable {
  /// What chooses among cells that differ in hyperparameters alone.
  public enum Selection: String, CaseIterable, Codable, Sendable {
    /// The best by validation mean IoU; the report holds the whole grid beside it.
    case validation
  }

  /// Names the folders of its runs and its report.
  public var name: String
  /// What it is, for the report.
  public var about: String
  /// How cells that differ in hyperparameters alone are reported; nil: each for itself.
  public var select: Selection?
  /// What every model sees the test pictures under, beside clear weather. No setting of a cell: more conditions don't
  /// make it another one, so nothing is trained again.
  public private(set) var conditions: [Condition] = []
  /// The settings by section; whatever is absent has its default.
  public private(set) var settings: Setting
  /// What further grids change of the settings, one section a grid: for rows that no product of lists makes, such as
  /// other losses for one of several models.
  public private(set) var also: [Setting] = []

  /// The keys that are no settings of cells.
  private static let own = ["name", "about", "select", "conditions", "also"]
  private static let schema = Schema(of: CellSettings(), beside: own)
  private static let defaults = (try? tree(of: CellSettings())) ?? .section([:])

  /// Reads an experiment from YAML and checks every key and type.
  ///
  /// - Throws: `HarnessError` with the offending key, its value and the nearest known one.
  public init(yaml: String, file: String) throws {
    let tree = try Setting(yaml: yaml, file: file)
    guard case .section = tree else {
      throw HarnessError.malformed(file: file, reason: "an experiment is a list of 'key: value' lines")
    }
    name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    about = ""
    settings = .section([:])
    var given: Set<String> = []
    for (path, value) in tree.leaves {
      let key = path.joined(separator: ".")
      let name = Self.own.contains(key) ? key : try Self.schema.key(key).name
      guard given.insert(name).inserted else {
        throw HarnessError.invalid(key: name, value: "given twice", bound: "given once")
      }
      try set(name, to: value)
    }
    try checkName()
  }

  /// Reads the experiment in a YAML file.
  ///
  /// - Throws: `ComputeError.unreadable`, and as `init(yaml:file:)`.
  public init(contentsOf file: URL) throws {
    try self.init(yaml: String(decoding: Files.read(file, limit: Setting.byteLimit), as: UTF8.self), file: file.path)
  }

  /// Sets one key to a value, or to a list that becomes an axis.
  ///
  /// - Parameter key: the whole path, such as `training.epochs`, or its end where that is unambiguous.
  public mutating func set(_ key: String, to value: Setting) throws {
    switch key {
    case "name":
      name = "\(value)"
      try checkName()
    case "about": about = "\(value)".trimmingCharacters(in: .whitespacesAndNewlines)
    case "select":
      guard let selection = Selection(rawValue: "\(value)") else {
        throw HarnessError.unknown(kind: "selection", name: "\(value)", known: Selection.allCases.map(\.rawValue))
      }
      select = selection
    case "conditions": conditions = try Self.conditions(value)
    case "also": also = try Self.changes(value)
    default:
      let key = try Self.schema.key(key)
      try Self.schema.check(value, for: key)
      settings[path: key.path] = value
    }
  }

  private func checkName() throws {
    guard (1...64).contains(name.utf8.count),
      name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }),
      !"._-".contains(name.prefix(1))
    else {
      throw HarnessError.invalid(
        key: "name", value: "'\(name)'", bound: "up to 64 letters, digits, dots, dashes and underscores")
    }
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
    return try names.map { try Condition.named("\($0)") }.filter { seen.insert($0).inserted }
  }

  /// The changes of each further grid, their keys written out.
  private static func changes(_ value: Setting) throws -> [Setting] {
    let grids: [Setting] =
      switch value {
      case .none: []
      case .list(let grids): grids
      default: [value]
      }
    return try grids.map { grid in
      guard case .section = grid else {
        throw HarnessError.wrongType(key: "also", value: "\(grid)", expected: "a list of settings, such as - loss: kl")
      }
      var changes = Setting.section([:])
      for (path, value) in grid.leaves {
        let key = try schema.key(path.joined(separator: "."))
        try schema.check(value, for: key)
        guard changes[path: key.path] == nil else {
          throw HarnessError.invalid(key: key.name, value: "given twice", bound: "given once")
        }
        changes[path: key.path] = value
      }
      return changes
    }.filter { !$0.leaves.isEmpty }
  }

  /// Sets what `assignment`, such as `epochs=20` or `seed=[0,1,2]`, says.
  public mutating func set(_ assignment: String) throws {
    let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else {
      throw HarnessError.invalid(key: "--set", value: "'\(assignment)'", bound: "key=value")
    }
    try set(parts[0].trimmingCharacters(in: .whitespaces), to: Setting(yaml: parts[1], file: "--set \(parts[0])"))
  }

  /// The settings of every grid: the experiment's own, then the further ones.
  private var grids: [Setting] {
    [settings]
      + also.map { changes in
        changes.leaves.reduce(into: settings) { $0[path: $1.path] = $1.value }
      }
  }

  /// The keys that have several values, in the order of the settings.
  public var axes: [String] {
    let grids = grids
    return Self.schema.keys.filter { key in
      let values = grids.flatMap { grid -> [Setting] in
        let value = grid[path: key.path] ?? Self.defaults[path: key.path] ?? .none
        return if case .list(let values) = value { values } else { [value] }
      }
      return Set(values).count > 1
    }.map(\.name)
  }

  /// How many combinations of values a grid may have.
  static let gridLimit = 10_000

  /// The cells of all grids, in the order of the settings, the last axis fastest. Settings that don't bear on a cell's
  /// model are reset, and cells that are then the same are one.
  ///
  /// - Throws: `HarnessError` where a cell's settings are out of bounds, or there are over 10,000 combinations.
  public func cellSettings() throws -> [CellSettings] {
    var seen: Set<CellSettings> = []
    var points: [Setting] = []
    for grid in grids { points += try combinations(of: grid, limit: Self.gridLimit - points.count) }
    return try points.compactMap { point in
      var settings = try Self.decode(point)
      try settings.validate()
      try Models.named(settings.model).reset(&settings)
      return seen.insert(settings).inserted ? settings : nil
    }
  }

  /// Every combination of the values of a grid's lists.
  private func combinations(of grid: Setting, limit: Int) throws -> [Setting] {
    func excess() -> HarnessError {
      .invalid(
        key: "the grid of \(axes.joined(separator: ", "))", value: "over \(Self.gridLimit) combinations",
        bound: "at most so many")
    }
    guard limit > 0 else { throw excess() }
    var points = [grid]
    for key in Self.schema.keys {
      guard case .list(let values)? = grid[path: key.path] else { continue }
      guard values.count <= limit / points.count else { throw excess() }
      points = points.flatMap { base in
        values.map { value in
          var point = base
          point[path: key.path] = value
          return point
        }
      }
    }
    return points
  }

  /// The data settings, which all cells share.
  ///
  /// - Throws: `HarnessError.invalid` where one of them is an axis: rows of one table must be about the same pictures.
  public func dataSettings() throws -> DataSettings {
    if let axis = axes.first(where: { $0.hasPrefix("data.") }) {
      throw HarnessError.invalid(key: axis, value: "a list", bound: "one value: all cells see the same pictures")
    }
    return try Self.decode(settings).data
  }

  /// The experiment with every setting written out, as it is stored beside its runs.
  public func yaml() throws -> String {
    var lines = ["name: \(name)"]
    if let select { lines.append("select: \(select.rawValue)") }
    if !conditions.isEmpty { lines.append("conditions: [\(conditions.map(\.name).joined(separator: ", "))]") }
    if !about.isEmpty { lines.append("about: \(Setting.quoted(about))") }
    if !also.isEmpty { lines.append("also:") }
    for changes in also {
      lines += changes.leaves.enumerated().map { place, leaf in
        "\(place == 0 ? "  -" : "   ") \(leaf.path.joined(separator: ".")): \(leaf.value.yaml)"
      }
    }
    var section: String?
    for key in Self.schema.keys {
      let value = settings[path: key.path] ?? Self.defaults[path: key.path] ?? .none
      if key.path.count == 2, section != key.path[0] { lines.append("\(key.path[0]):") }
      section = key.path.count == 2 ? key.path[0] : nil
      lines.append("\(key.path.count == 2 ? "  " : "")\(key.path[key.path.count - 1]): \(value.yaml)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The value of a key in given settings.
  static func value(at path: [String], of settings: CellSettings) -> Setting? {
    (try? tree(of: settings))?[path: path]
  }

  private static func tree(of settings: CellSettings) throws -> Setting {
    try JSONDecoder().decode(Setting.self, from: JSONEncoder().encode(settings))
  }

  /// The typed settings of a tree without lists of several values: the defaults, overwritten.
  private static func decode(_ tree: Setting) throws -> CellSettings {
    var full = defaults
    for (path, value) in tree.leaves {
      var value = value
      if case .list(let values) = value { value = values[0] }
      let key = try schema.key(path.joined(separator: "."))
      if key.kind == .text, value != .none { value = .text("\(value)") }
      full[path: path] = value
    }
    return try JSONDecoder().decode(CellSettings.self, from: JSONEncoder().encode(full))
  }
}
