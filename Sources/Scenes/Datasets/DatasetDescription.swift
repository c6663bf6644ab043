import Foundation
import Settings
import Storage

/// What a `dataset.yaml` beside the data says of them; everything but what is said is found out as without one.
///
///     name: streets
///     pictures: "{split}/images/{name}.{ending}"
///     masks: "{split}/masks/{name}.png"
///     splits: {train: train, val: valid}
///     group: "^([^_]+)_"
///     encoding: cityscapes-trainIds
///     classes: cityscapes-19
///     order: video
package struct DatasetDescription: Equatable, Sendable {
  package static let fileName = "dataset.yaml"

  /// How a part is chosen.
  package enum Part: Equatable, Sendable {
    /// By the words that stand for `{split}` in paths, or else by the names of groups.
    case words([String])
    /// By a list of names, a file.
    case list(String)
    /// A share of the scenes, held out by whole groups.
    case share(Double)
  }

  package var name: String?
  package var layout: String?
  package var pictures: PathPattern?
  package var masks: PathPattern?
  package var instances: PathPattern?
  /// A CSV of pictures and masks.
  package var list: String?
  package var splits: [String: Part] = [:]
  /// A regular expression on a scene's path (its name with folders), whose first group, or else the whole match, is
  /// the drive.
  package var group: String?
  package var encoding: Setting?
  package var classes: Setting?
  package var citation: String?
  /// How much the pictures of a drive have in common.
  package var order: PictureOrder?

  private static let keys = [
    "name", "layout", "pictures", "masks", "instances", "list", "splits", "group", "encoding", "classes", "citation",
    "order",
  ]

  package init() {}

  /// Reads the description of the dataset in a folder; nil where there is none.
  ///
  /// - Throws: `ScenesError.badList` with what is wrong.
  package init?(in folder: URL) throws {
    let file = folder.appendingPathComponent(Self.fileName)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let data = try Files.read(file, limit: Setting.byteLimit)
    try self.init(data, file: file.path)
  }

  /// The description in the bytes of `file`.
  package init(_ data: Data, file: String) throws {
    do {
      guard let text = String(validating: data, as: UTF8.self) else {
        throw SettingError.malformed(file: file, reason: "it is no text in UTF-8")
      }
      guard case .section(let section) = try Setting(yaml: text, file: file) else {
        throw SettingError.malformed(file: file, reason: "it is no list of 'key: value' lines")
      }
      try self.init(section)
    } catch SettingError.malformed(_, let reason) {
      throw ScenesError.badList(file: file, line: 0, reason: reason)
    } catch let error as SettingError {
      throw ScenesError.badList(file: file, line: 0, reason: "\(error)")
    }
  }

  /// The classes: those that it names, or else, where it writes the encoding out, one for each name there.
  package var ownClasses: Setting? {
    classes ?? encoding.flatMap { try? LabelEncoding.own($0)?.ownClasses }
  }

  private init(_ section: [String: Setting]) throws {
    if let other = section.keys.sorted().first(where: { !Self.keys.contains($0) }) {
      throw SettingError.unknown(kind: "key of a dataset", name: other, known: Self.keys)
    }
    func text(_ key: String) throws -> String? {
      switch section[key] {
      case nil, .some(.none): return nil
      case .text(let text)?: return text
      case .whole(let number)?: return "\(number)"
      case let other?: throw SettingError.wrongType(setting: key, value: "\(other)", expected: "text")
      }
    }
    (name, layout, list, group) = (try text("name"), try text("layout"), try text("list"), try text("group"))
    citation = try text("citation")
    order = try text("order").map { name in
      guard let order = PictureOrder(rawValue: name) else {
        throw SettingError.unknown(kind: "order of pictures", name: name, known: PictureOrder.allCases.map(\.rawValue))
      }
      return order
    }
    pictures = try text("pictures").map { try PathPattern($0, key: "pictures") }
    masks = try text("masks").map { try PathPattern($0, key: "masks") }
    instances = try text("instances").map { try PathPattern($0, key: "instances") }
    encoding = section["encoding"].flatMap { $0 == .none ? nil : $0 }
    classes = section["classes"].flatMap { $0 == .none ? nil : $0 }
    if let group { _ = try Self.expression(group) }
    if let encoding { _ = try LabelEncoding.own(encoding) }
    splits = try section["splits"].map(Self.splits) ?? [:]
    let ways = [layout != nil, pictures != nil || masks != nil, list != nil].count { $0 }
    guard ways <= 1 else {
      throw SettingError.invalid(
        setting: "pictures", value: "given beside layout or list",
        bound: "one of: a layout, a list, or patterns of pictures and masks")
    }
    guard (pictures == nil) == (masks == nil) else {
      throw SettingError.invalid(
        setting: pictures == nil ? "pictures" : "masks", value: "missing", bound: "given, as the other one is")
    }
    for pattern in [masks, instances] {
      guard let pattern, let pictures else { continue }
      if let open = pattern.places.first(where: { !pictures.places.contains($0) }) {
        throw SettingError.invalid(
          setting: "masks", value: "'\(pattern.text)'", bound: "made of what 'pictures' has, which is not {\(open)}")
      }
      guard !pattern.text.contains("*") else {
        throw SettingError.invalid(setting: "masks", value: "'\(pattern.text)'", bound: "one path a picture, without *")
      }
    }
  }

  private static func splits(_ setting: Setting) throws -> [String: Part] {
    guard case .section(let section) = setting else {
      throw SettingError.wrongType(
        setting: "splits", value: "\(setting)", expected: "such as {train: train, val: valid}")
    }
    var parts: [String: Part] = [:]
    for (split, value) in section {
      guard ["train", "val", "test"].contains(split) else {
        throw SettingError.unknown(kind: "split", name: split, known: ["train", "val", "test"])
      }
      switch value {
      case .none: continue
      case .number(let share) where share > 0 && share < 1: parts[split] = .share(share)
      case .text(let text) where text.ending == "txt": parts[split] = .list(text)
      case .text, .whole: parts[split] = .words(["\(value)"])
      case .list(let words): parts[split] = .words(words.map { "\($0)" })
      default:
        throw SettingError.invalid(
          setting: "splits.\(split)", value: "\(value)",
          bound: "a word, words of groups, a list file (.txt), or a share between 0 and 1")
      }
    }
    return parts
  }

  /// The regular expression of a text.
  static func expression(_ text: String) throws -> Regex<AnyRegexOutput> {
    do {
      return try Regex(text)
    } catch {
      throw SettingError.invalid(setting: "group", value: "'\(text)'", bound: "a regular expression: \(error)")
    }
  }
}

/// Paths of files with places for what differs: `{split}`, `{group}` (each one folder or part of a name), `{name}`
/// (which may hold folders), `{ending}` (of pictures), and `*` for anything within a name.
package struct PathPattern: Equatable, Sendable {
  package let text: String
  /// The places, in order.
  let places: [String]

  private static let known = ["split": "[^/]+?", "group": "[^/]+?", "name": ".+?", "ending": "[A-Za-z]+"]

  init(_ text: String, key: String) throws {
    func refuse(_ reason: String) -> SettingError {
      .invalid(setting: key, value: "'\(text)'", bound: "a path such as {split}/images/{name}.png; \(reason)")
    }
    guard !text.isEmpty, text.utf8.count <= 1024, !text.hasPrefix("/") else {
      throw refuse("from the dataset's folder")
    }
    var (places, rest): ([String], Substring) = ([], text[...])
    while let start = rest.firstIndex(of: "{") {
      guard let end = rest[start...].firstIndex(of: "}") else { throw refuse("a { has no }") }
      let place = String(rest[rest.index(after: start)..<end])
      guard Self.known[place] != nil else {
        throw refuse("known places are \(Self.known.keys.sorted().map { "{\($0)}" }.joined(separator: ", "))")
      }
      if !places.contains(place) { places.append(place) }
      rest = rest[rest.index(after: end)...]
    }
    guard places.contains("name") else { throw refuse("{name} is missing") }
    (self.text, self.places) = (text, places)
  }

  /// What matches a path as a whole.
  package func expression() throws -> Regex<AnyRegexOutput> {
    var (pattern, seen): (String, Set<String>) = ("", [])
    var rest = text[...]
    while let first = rest.first {
      if first == "{", let end = rest.firstIndex(of: "}") {
        let place = String(rest[rest.index(after: rest.startIndex)..<end])
        pattern += seen.insert(place).inserted ? "(?<\(place)>\(Self.known[place] ?? ""))" : "\\k<\(place)>"
        rest = rest[rest.index(after: end)...]
      } else {
        pattern += first == "*" ? "[^/]*" : first.isLetter || first.isNumber || first == "/" ? "\(first)" : "\\\(first)"
        rest = rest.dropFirst()
      }
    }
    return try Regex(pattern)
  }

  /// The path with the places filled in.
  func path(_ values: [String: String]) -> String {
    values.reduce(text) { $0.replacingOccurrences(of: "{\($1.key)}", with: $1.value) }
  }
}
