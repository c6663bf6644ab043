import Compute
import Foundation

extension JSONEncoder {
  /// Equal values give equal bytes.
  static var sorted: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return encoder
  }
}

/// Takes a model file apart, with errors that name it.
struct ModelReader: Sendable {
  let file: String
  let features: PixelFeatures
  private let tensors: SafeTensors

  /// Opens what `file` holds, which must be a model of `kind`.
  init(_ tensors: SafeTensors, file: String, kind: String) throws {
    self.file = file
    self.tensors = tensors
    let found = tensors.metadata["model"] ?? "nothing that is named"
    guard found == kind, tensors.metadata["version"] == "1" else {
      throw BaselinesError.badModel(file: file, reason: "it holds \(found), not \(kind) of version 1")
    }
    let name = tensors.metadata["features"] ?? ""
    guard let features = PixelFeatures(rawValue: name) else {
      throw BaselinesError.badModel(file: file, reason: "its features are '\(name)'")
    }
    self.features = features
  }

  func bad(_ reason: String) -> BaselinesError { .badModel(file: file, reason: reason) }

  /// The hyperparameters that the metadata holds as JSON.
  func settings<Settings: Decodable>(_ type: Settings.Type) throws -> Settings { try json("settings", type) }

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
