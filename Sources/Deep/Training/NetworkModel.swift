import Compute
import Foundation
import Settings
import Storage

/// A network with its weights: predicts pictures, is trained by a `Trainer`, and is stored as safetensors.
package final class NetworkModel: @unchecked Sendable {
  package let architecture: any Architecture
  /// What its outputs are; stored with the weights.
  package let classes: OutputClasses
  let network: any Network
  package let parameters: [Parameter]
  /// The numbers that it computes with; weights are stored in Float whatever they are.
  package var precision = Precision.fp32

  /// A new network with weights drawn from `seed`.
  package init(_ architecture: any Architecture, classes: OutputClasses, seed: UInt64) {
    let maker = LayerMaker(width: architecture.width, classes: classes, seed: seed)
    network = architecture.network(maker)
    parameters = maker.parameters
    (self.architecture, self.classes) = (architecture, classes)
  }

  /// The network that `stored` was taken from.
  ///
  /// - Parameters:
  ///   - stored: the arrays and metadata of a model file.
  ///   - unnamed: the classes where the file doesn't say, as those of 0.1.0.
  /// - Throws: `DeepError.badCheckpoint` where the metadata names no network or another preprocessing, `.mismatch`
  ///   listing missing, extra and misshapen arrays, and `SettingError` for a network or setting that is not known.
  package convenience init(from stored: SafeTensors, unnamed: OutputClasses) throws {
    guard let name = stored.metadata["network"] else {
      throw DeepError.badCheckpoint(reason: "the metadata names no network")
    }
    guard let settings = try stored.metadata("settings", [String: Setting].self) else {
      throw DeepError.badCheckpoint(reason: "the metadata has no settings")
    }
    let architecture = try Networks.stored(name, settings)
    guard try stored.metadata("preprocessing", Preprocessing.self) == architecture.preprocessing else {
      throw DeepError.badCheckpoint(reason: "its preprocessing is not that of \(name)")
    }
    self.init(architecture, classes: try stored.metadata("classes", OutputClasses.self) ?? unnamed, seed: 0)
    try parameters.load(stored.arrays)
  }

  /// Weights and moving statistics by name, and in the metadata `network`, and as JSON `settings`, `preprocessing` (what
  /// is done to pictures first) and `classes`.
  package var safeTensors: SafeTensors {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func json(_ value: some Encodable) -> String {
      (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    return SafeTensors(
      metadata: [
        "network": architecture.name, "settings": json(architecture.values),
        "preprocessing": json(architecture.preprocessing), "classes": json(classes),
      ],
      arrays: Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.array) }))
  }

  /// How many parameters it has, moving statistics included, as Keras counts them.
  package var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// Whether all weights and moving statistics are numbers: neither infinite nor NaN.
  package var isFinite: Bool {
    parameters.allSatisfy { parameter in
      var largest: UInt32 = 0
      for index in 0..<parameter.count {
        largest = max(largest, parameter.values.pointer[index].magnitude.bitPattern)
      }
      return largest < Float.infinity.bitPattern
    }
  }

  /// About how many bytes a training of such pictures takes at its peak.
  package func estimatedTrainingBytes(height: Int, width: Int, batch: Int) -> Int {
    architecture.estimatedTrainingBytes(
      classes: classes, height: height, width: width, batch: batch, precision: precision)
  }

  /// Replaces all weights by those of `stored`, as `safeTensors` gave them for the same network.
  ///
  /// - Throws: `DeepError.mismatch`; nothing is changed then.
  package func load(_ stored: SafeTensors) throws {
    try parameters.load(stored.arrays)
  }

  /// Starts the encoder from that of another network, as `safeTensors` gave it, or from published weights: VGG16's with
  /// torchvision's names (`features.0.weight` [64, 3, 3, 3] and so on). These belong to pictures prepared as
  /// `Preprocessing.imageNet` says, which such networks do.
  ///
  /// - Returns: the name of the other network; nil for published weights.
  /// - Throws: `SettingError.invalid` where either network has no encoder, or the other sees pictures prepared otherwise;
  ///   `.mismatch` listing missing, extra and misshapen arrays, as those of another width are; nothing is changed then.
  @discardableResult
  package func loadEncoder(_ stored: SafeTensors) throws -> String? {
    guard !architecture.encoderLayers.isEmpty else {
      throw SettingError.invalid(
        setting: "encoder.weights", value: architecture.name, bound: "used with a network that has an encoder")
    }
    guard let name = stored.metadata["network"] else {
      let arrays = try architecture.encoderLayers.translate(
        stored, leavingOut: architecture.unusedWeights, parameters)
      try parameters.filter { arrays[$0.name] != nil }.load(arrays)
      return nil
    }
    guard let preprocessing = try stored.metadata("preprocessing", Preprocessing.self) else {
      throw DeepError.badCheckpoint(reason: "the metadata has no preprocessing")
    }
    guard preprocessing == architecture.preprocessing else {
      throw SettingError.invalid(
        setting: "encoder.weights", value: "for pictures with \(preprocessing)",
        bound: "for pictures with \(architecture.preprocessing)")
    }
    let arrays = stored.arrays.filter { $0.key.hasPrefix(Parameter.encoderPrefix) }
    guard !arrays.isEmpty else {
      throw SettingError.invalid(
        setting: "encoder.weights", value: "of \(name)", bound: "of a network that has an encoder")
    }
    try parameters.filter(\.isOfEncoder).load(arrays)
    return name
  }

  /// Names of the encoder's layers, the first first; empty without an encoder.
  package var encoderLayers: [String] { architecture.encoderLayers.map(\.name) }

  /// Names of the layers that training leaves as they are, such as `encoder.block1.conv1`: their weights don't learn,
  /// and the moving statistics of their normalisation don't move, though while training they still normalise by the
  /// batch.
  package var frozenLayers: Set<String> = [] {
    didSet {
      for parameter in parameters {
        let layer = parameter.name.split(separator: ".").dropLast().joined(separator: ".")
        parameter.isFrozen = frozenLayers.contains(layer)
      }
    }
  }

  /// The values before the softmax, [batch, height, width, classes], of prepared pictures [batch, height, width, 3].
  func logits(_ pictures: Tensor, on tape: Tape) -> Variable {
    network.logits(Graph.pictures(pictures.shape)).run(of: Variable(pictures), on: tape)
  }

  /// Class probabilities of pictures of one size, [height, width, classes] each; pictures are padded inside as the
  /// network needs. The masked class has none.
  ///
  /// - Throws: `DeepError.badBatch` where the pictures differ in size.
  package func probabilities(of pictures: [ImageData]) throws -> [[Float]] {
    guard let first = pictures.first else { return [] }
    let batch = try Batch(pictures, for: architecture)
    let logits = logits(batch.tensor, on: Tape(.inference, precision: precision)).tensor
    if let masked = classes.masked { logits.mask(channel: Int(masked)) }
    let probabilities = softmax(logits)
    let shape = probabilities.shape
    return pictures.indices.map { index in
      var values: [Float] = []
      values.reserveCapacity(first.width * first.height * shape.channels)
      for y in 0..<first.height {
        let row = probabilities.pointer + (index * shape.height + y) * shape.width * shape.channels
        values.append(contentsOf: UnsafeBufferPointer(start: row, count: first.width * shape.channels))
      }
      return values
    }
  }
}

extension SafeTensors {
  /// What the metadata holds as JSON; nil where there is no such key.
  ///
  /// - Throws: `DeepError.badCheckpoint` for what can't be read.
  fileprivate func metadata<Value: Decodable>(_ key: String, _ type: Value.Type) throws -> Value? {
    guard let text = metadata[key] else { return nil }
    guard let value = try? JSONDecoder().decode(type, from: Data(text.utf8)) else {
      throw DeepError.badCheckpoint(reason: "the metadata has \(key) that can't be read: \(text)")
    }
    return value
  }
}

extension Parameter {
  /// What the names of an encoder's parameters begin with, in all networks.
  static let encoderPrefix = "encoder."

  var isOfEncoder: Bool { name.hasPrefix(Self.encoderPrefix) }

  /// As it is stored.
  package var array: SafeTensors.Array {
    SafeTensors.Array(
      .float32, shape: extents, values: Array(UnsafeBufferPointer(start: values.pointer, count: count)))
  }
}

extension [Parameter] {
  /// Takes all values from `arrays`, which must hold exactly the parameters.
  ///
  /// - Throws: `DeepError.mismatch`; nothing is changed then.
  func load(_ arrays: [String: SafeTensors.Array]) throws {
    let names = Set(map(\.name))
    let missing = names.subtracting(arrays.keys)
    let extra = Set(arrays.keys).subtracting(names)
    var misshapen: [String] = []
    var found: [(Parameter, [Float])] = []
    for parameter in self {
      guard let array = arrays[parameter.name] else { continue }
      if array.shape == parameter.extents, let values = array.values(Float.self, as: .float32) {
        found.append((parameter, values))
      } else {
        misshapen.append(
          "\(parameter.name) \(array.element.rawValue) \(array.shape), expected F32 \(parameter.extents)")
      }
    }
    guard missing.isEmpty, extra.isEmpty, misshapen.isEmpty else {
      throw DeepError.mismatch(missing: Array<String>(missing), extra: Array<String>(extra), misshapen: misshapen)
    }
    for (parameter, values) in found {
      for index in 0..<parameter.count { parameter.values.pointer[index] = values[index] }
      parameter.touch()
    }
  }
}
