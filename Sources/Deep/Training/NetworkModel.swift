import Compute
import Foundation
import Scenes

/// A network with its weights: predicts pictures, is trained by a `Trainer`, and is stored as safetensors.
public final class NetworkModel: Segmenter, @unchecked Sendable {
  public let definition: NetworkDefinition
  public let settings: NetworkSettings
  /// What is done to pictures first; stored with the weights.
  public let preprocessing: Preprocessing
  package let network: any Network
  package let parameters: [Parameter]

  /// A new network with weights drawn from `seed`.
  ///
  /// - Throws: `DeepError.unknown` for the name, `.invalid` for a setting.
  public init(_ name: String, settings: NetworkSettings = NetworkSettings(), seed: UInt64) throws {
    guard let definition = Networks.named(name) else {
      throw DeepError.unknown(what: "network", name: name, known: Networks.all.map(\.name))
    }
    let maker = LayerMaker(settings: try settings.checked(), seed: seed)
    network = definition.make(maker)
    parameters = maker.parameters
    (self.definition, self.settings, preprocessing) = (definition, settings, definition.preprocessing)
  }

  /// The network that `safeTensors` was taken from.
  ///
  /// - Throws: `DeepError.badCheckpoint` where the metadata names no network, `.mismatch` listing missing, extra and
  ///   misshapen arrays, and what `init(_:settings:seed:)` throws.
  public convenience init(from stored: SafeTensors) throws {
    guard let name = stored.metadata["network"] else {
      throw DeepError.badCheckpoint(reason: "the metadata names no network")
    }
    let decoder = JSONDecoder()
    guard let text = stored.metadata["settings"],
      let settings = try? decoder.decode(NetworkSettings.self, from: Data(text.utf8))
    else { throw DeepError.badCheckpoint(reason: "the metadata has no settings that can be read") }
    try self.init(name, settings: settings, seed: 0)
    guard let text = stored.metadata["preprocessing"],
      let preprocessing = try? decoder.decode(Preprocessing.self, from: Data(text.utf8)),
      preprocessing == self.preprocessing
    else { throw DeepError.badCheckpoint(reason: "its preprocessing is not that of \(name)") }
    try parameters.load(stored.arrays)
  }

  /// Weights and moving statistics by name, and in the metadata `network`, `settings` and `preprocessing` (JSON).
  public var safeTensors: SafeTensors {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func json(_ value: some Encodable) -> String {
      (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    return SafeTensors(
      metadata: [
        "network": definition.name, "settings": json(settings), "preprocessing": json(preprocessing),
      ],
      arrays: Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.array) }))
  }

  /// How many parameters it has, moving statistics included, as Keras counts them.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// Whether all weights and moving statistics are numbers: neither infinite nor NaN.
  public var isFinite: Bool {
    parameters.allSatisfy { parameter in
      var largest: UInt32 = 0
      for index in 0..<parameter.count {
        largest = max(largest, parameter.values.pointer[index].magnitude.bitPattern)
      }
      return largest < Float.infinity.bitPattern
    }
  }

  /// About how many bytes a training of such pictures takes at its peak.
  public func estimatedTrainingBytes(height: Int, width: Int, batch: Int) -> Int {
    definition.estimatedTrainingBytes(settings, height: height, width: width, batch: batch)
  }

  /// Replaces all weights by those of `stored`, as `safeTensors` gave them for the same network.
  ///
  /// - Throws: `DeepError.mismatch`; nothing is changed then.
  public func load(_ stored: SafeTensors) throws {
    try parameters.load(stored.arrays)
  }

  /// Starts the encoder from published weights: VGG16's with torchvision's names (`features.0.weight` [64, 3, 3, 3]
  /// and so on). They belong to pictures prepared as `Preprocessing.imageNet` says, which such networks do.
  ///
  /// - Throws: `DeepError.invalid` for a network without such an encoder; `.mismatch` listing missing, extra and
  ///   misshapen arrays, as those of another width are; nothing is changed then.
  public func loadEncoder(_ stored: SafeTensors) throws {
    guard !definition.encoderLayers.isEmpty else {
      throw DeepError.invalid(
        setting: "encoder.weights", value: definition.name, bound: "used with a network that has an encoder")
    }
    let arrays = try EncoderLayer.translate(stored, definition.encoderLayers, parameters)
    try parameters.filter { arrays[$0.name] != nil }.load(arrays)
  }

  /// Names of the encoder's layers, the first first; empty without an encoder.
  public var encoderLayers: [String] { definition.encoderLayers.map(\.name) }

  /// Names of the layers that training leaves as they are, such as `encoder.block1.conv1`.
  public var frozenLayers: Set<String> = [] {
    didSet {
      for parameter in parameters {
        let layer = parameter.name.split(separator: ".").dropLast().joined(separator: ".")
        parameter.isFrozen = frozenLayers.contains(layer)
      }
    }
  }

  /// Category probabilities of pictures of one size, at that size; pictures are padded inside as the network needs.
  ///
  /// - Throws: `DeepError.badBatch` where the pictures differ in size.
  public func predict(_ pictures: [Picture]) throws -> [Prediction] {
    guard let first = pictures.first else { return [] }
    let batch = try Batch(pictures, preprocessing: preprocessing, multiple: definition.sizeMultiple)
    let probabilities = softmax(network.logits(Feature(batch.tensor), on: Tape(.inference)).tensor)
    let shape = probabilities.shape
    return pictures.indices.map { index in
      var values: [Float] = []
      values.reserveCapacity(first.width * first.height * shape.channels)
      for y in 0..<first.height {
        let row = probabilities.pointer + (index * shape.height + y) * shape.width * shape.channels
        values.append(contentsOf: UnsafeBufferPointer(start: row, count: first.width * shape.channels))
      }
      return Prediction(width: first.width, height: first.height, probabilities: values)
    }
  }
}

extension Parameter {
  /// As it is stored.
  var array: SafeTensors.Array {
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
