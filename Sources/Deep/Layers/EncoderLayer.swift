import Storage

/// A layer of an encoder that can start from published weights.
package struct EncoderLayer: Sendable {
  /// One of its arrays.
  struct Array: Sendable {
    /// What its parameter's name ends with: `kernel`, `bias`, `scale`...
    let own: String
    /// What it is called in files, one name for each of those who publish it.
    let published: [String]
    var isDepthwise = false
  }

  /// Its own name; its parameters are `name.kernel` and so on.
  let name: String
  let arrays: [Array]

  /// A convolution's kernel and bias, published as `weight` and `bias`.
  static func convolution(_ name: String, published: [String]) -> EncoderLayer {
    EncoderLayer(
      name: name,
      arrays: [("kernel", "weight"), ("bias", "bias")].map { own, theirs in
        Array(own: own, published: published.map { "\($0).\(theirs)" })
      })
  }

  /// A convolution's kernel without bias, published as `weight`, and its normalisation, as PyTorch calls its arrays.
  static func normalisedConvolution(
    _ name: String, isDepthwise: Bool = false, kernel: [String], normalisation: [String]
  ) -> EncoderLayer {
    let kernel = Array(own: "kernel", published: kernel.map { "\($0).weight" }, isDepthwise: isDepthwise)
    let others = [("scale", "weight"), ("shift", "bias"), ("mean", "running_mean"), ("variance", "running_var")]
    return EncoderLayer(
      name: name,
      arrays: [kernel]
        + others.map { own, theirs in Array(own: own, published: normalisation.map { "\($0).\(theirs)" }) })
  }
}

extension [EncoderLayer] {
  /// The published arrays under the names and in the order of extents of this package.
  ///
  /// Which of the namings a file has is told by the names that it holds the most of.
  ///
  /// - Parameter unused: beginnings of names of arrays that such files also hold, which are left out.
  /// - Throws: `DeepError.mismatch` with published names.
  func translate(
    _ stored: SafeTensors, leavingOut unused: [String], _ parameters: [Parameter]
  ) throws -> [String: SafeTensors.Array] {
    let extents = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.extents) })
    let arrays = flatMap { layer in layer.arrays.map { (name: "\(layer.name).\($0.own)", array: $0) } }
    let namings = 0..<(arrays.first?.array.published.count ?? 0)
    let held = namings.map { naming in arrays.count { stored.arrays[$0.array.published[naming]] != nil } }
    let naming = namings.max { held[$0] < held[$1] } ?? 0
    var result: [String: SafeTensors.Array] = [:]
    var (missing, misshapen): ([String], [String]) = ([], [])
    for (own, array) in arrays {
      let name = array.published[naming]
      guard let found = stored.arrays[name], let extents = extents[own] else {
        missing.append(name)
        continue
      }
      let shape = array.shape(of: extents)
      guard found.shape == shape, let values = found.floats else {
        misshapen.append("\(name) \(found.element.rawValue) \(found.shape), expected F32 \(shape)")
        continue
      }
      result[own] = SafeTensors.Array(
        .float32, shape: extents, values: shape.count == 4 ? EncoderLayer.channelsLast(values, shape) : values)
    }
    let known = Set(arrays.map { $0.array.published[naming] })
    let extra = stored.arrays.keys.filter { name in
      !known.contains(name) && !unused.contains { name.hasPrefix($0) } && !name.hasSuffix(".num_batches_tracked")
    }
    guard missing.isEmpty, misshapen.isEmpty, extra.isEmpty else {
      throw DeepError.mismatch(missing: missing, extra: extra.sorted(), misshapen: misshapen)
    }
    return result
  }
}

extension EncoderLayer.Array {
  /// The published extents of a parameter: kernels are [outputs, inputs, rows, columns], depthwise ones
  /// [channels, 1, rows, columns].
  fileprivate func shape(of extents: [Int]) -> [Int] {
    guard extents.count == 4 else { return extents }
    return (isDepthwise ? [extents[2], 1] : [extents[3], extents[2]]) + extents[0..<2]
  }
}

extension EncoderLayer {
  /// From [outputs, inputs, rows, columns] to [rows, columns, inputs, outputs].
  fileprivate static func channelsLast(_ values: [Float], _ shape: [Int]) -> [Float] {
    let (outputs, inputs, area) = (shape[0], shape[1], shape[2] * shape[3])
    return [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
      for o in 0..<outputs {
        for i in 0..<inputs {
          for place in 0..<area {
            buffer[(place * inputs + i) * outputs + o] = values[(o * inputs + i) * area + place]
          }
        }
      }
      count = values.count
    }
  }
}
