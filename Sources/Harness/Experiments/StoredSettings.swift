import Foundation
import Settings

// Settings as runs store them: a section for each part, as experiments have them. Programs of all versions read them:
// what is absent has its default, what was called otherwise is known, and what a newer version added is named.

extension CellSettings: Codable {
  /// Keys of 0.1.0 that say nothing.
  private static let empty: Set = ["forest.seed", "svc.seed"]

  package init(from decoder: any Decoder) throws {
    let tree = try decoder.singleValueContainer().decode(Setting.self)
    var (values, unknown): ([String: Setting], [String]) = ([:], [])
    func add(_ name: String, _ value: Setting) {
      let name = Schema.renamed[name] ?? name
      if let key = Schema.shared[name] {
        if case .section(var section) = value, Schema.registries[name] != nil {
          if let chosen = section.removeValue(forKey: "name") { values[key.name] = chosen }
          for (part, value) in section { add("\(name).\(part)", value) }
        } else {
          values[key.name] = value
        }
      } else if case .section(let section) = value {
        for (part, value) in section { add("\(name).\(part)", value) }
      } else if !Self.empty.contains(name) {
        unknown.append(name)
      }
    }
    if case .section(let section) = tree { for (name, value) in section { add(name, value) } }
    guard unknown.isEmpty else { throw OtherVersion(unknown: unknown.sorted()) }
    try self.init(values, isStored: true)
  }

  package func encode(to encoder: any Encoder) throws {
    var tree = Setting.section([:])
    let values = values
    for (key, value) in values where !key.isEmpty {
      var path = key.split(separator: ".").map(String.init)
      // A component's name lies in its section.
      if Schema.registries[key] != nil { path.append("name") }
      tree[path: path] = value
    }
    var container = encoder.singleValueContainer()
    try container.encode(tree)
  }
}

/// What is stored has settings that this version doesn't know.
struct OtherVersion: Error {
  let unknown: [String]
}
