import Compute
import Foundation
import Settings
import Storage

/// Takes a model file apart, with errors that name it.
struct ModelReader: Sendable {
  let file: String
  let features: PixelFeatures
  let version: Int
  /// 2...255; files of 0.1.0 don't say it, and are of 8.
  let classCount: Int
  private let tensors: SafeTensors

  /// Opens what `file` holds, which must be a model of `kind`, in one of the `versions` of its files.
  init(_ tensors: SafeTensors, file: String, kind: String, versions: ClosedRange<Int> = 1...1) throws {
    self.file = file
    self.tensors = tensors
    let found = tensors.metadata["model"] ?? "nothing that is named"
    let version = tensors.metadata["version"] ?? "none"
    guard found == kind, let known = Int(version), versions.contains(known) else {
      let wanted = Set([versions.lowerBound, versions.upperBound]).sorted().map(String.init).joined(separator: " or ")
      throw BaselinesError.badModel(
        file: file, reason: "it holds \(found) of version \(version), not \(kind) of version \(wanted)")
    }
    self.version = known
    let name = tensors.metadata["features"] ?? ""
    guard let features = PixelFeatures(rawValue: name) else {
      throw BaselinesError.badModel(file: file, reason: "its features are '\(name)'")
    }
    self.features = features
    let classes = tensors.metadata["classCount"] ?? "8"
    guard let classCount = Int(classes), ClassLanes.allowed.contains(classCount) else {
      throw BaselinesError.badModel(file: file, reason: "its classes are '\(classes)', not 2 to 255")
    }
    self.classCount = classCount
  }

  func bad(_ reason: String) -> BaselinesError { .badModel(file: file, reason: reason) }

  /// The settings that the metadata holds as JSON; absent ones have their defaults.
  func settings<Settings: PixelClassifier>(_ type: Settings.Type) throws -> Settings {
    var values = try json("settings", [String: Setting].self)
    // Up to 0.1.0 the seed stood among them.
    values["seed"] = nil
    do {
      return try Settings(values)
    } catch {
      throw bad("its settings can't be used: \(error)")
    }
  }

  /// As `json(_:_:)` reads it.
  static func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder.sorted.encode(value), as: UTF8.self)
  }

  /// What the metadata holds as JSON under `key`.
  func json<Value: Decodable>(_ key: String, _ type: Value.Type) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data((tensors.metadata[key] ?? "").utf8))
    } catch {
      throw bad("its \(key) can't be read")
    }
  }

  /// The values of array `name`, which must be `count`.
  func values<Value: BitwiseCopyable>(
    _ name: String, _ type: Value.Type, _ element: SafeTensors.Array.Element, count: Int?
  ) throws -> [Value] {
    guard let values = tensors.arrays[name]?.values(type, as: element) else {
      throw bad("\(name) is missing or not \(element.rawValue)")
    }
    guard count.map({ $0 == values.count }) ?? true else {
      throw bad("\(name) has \(values.count) values, not \(count ?? 0)")
    }
    return values
  }

  /// An array of Int32 that are not negative.
  func counts(_ name: String, count: Int?) throws -> [Int] {
    let values = try values(name, Int32.self, .int32, count: count)
    guard values.allSatisfy({ $0 >= 0 }) else { throw bad("\(name) has a negative value") }
    return values.map(Int.init)
  }
}
