import Deep
import Foundation

/// What a network's drawing has a box for: convolutions of one part of the network, one after another.
struct NetworkStage {
  /// What a stage reads, and what is done to it on the way.
  struct Source {
    let stage: Int
    var operations: [OperationDescription]
  }

  /// The parts of the network that it is of, such as `block2`; several where blocks of an encoder share a resolution.
  var names: [String]
  let isEncoder: Bool
  var convolutions: [LayerSummary]
  var sources: [Source]

  /// Its result.
  var last: LayerSummary { convolutions[convolutions.count - 1] }

  var title: String {
    let short = names.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
    return short.count > 2 ? "\(short[0]) … \(short[short.count - 1])" : short.joined(separator: ", ")
  }

  /// Its convolutions in a line: how many, of which kernels, and whether they are normalised. What has a depthwise
  /// convolution is an inverted residual block (MBConv of Tan and Le 2019, arXiv:1905.11946).
  var summary: String {
    let parts = names.map { name in convolutions.filter { $0.name.hasPrefix("\(name).") || $0.name == name } }
    let plain = parts.filter { !$0.contains { $0.isDepthwise } }.joined()
    let depthwise = convolutions.filter(\.isDepthwise)
    func sizes(_ layers: some Sequence<LayerSummary>) -> String {
      Set(layers.compactMap(\.operation.size)).sorted().map { "\($0)x\($0)" }.joined(separator: ", ")
    }
    var texts: [String] = []
    if !plain.isEmpty {
      let dilation = plain.map(\.dilation).max() ?? 1
      texts.append(
        (plain.count > 1 ? "\(plain.count) × " : "") + "conv \(sizes(plain))"
          + (dilation > 1 ? " / \(dilation)" : "") + (plain.allSatisfy(\.isNormalised) ? " + BN" : ""))
    }
    if !depthwise.isEmpty { texts.append("\(depthwise.count) × MBConv \(sizes(depthwise))") }
    return texts.joined(separator: "; ")
  }

  /// The stages of `layers`, and what the network's result is made from.
  static func stages(of layers: [LayerSummary]) -> (stages: [NetworkStage], result: [Source]) {
    var stages: [NetworkStage] = []
    // What each layer makes, as sources of those that read it.
    var made: [[Source]] = []
    for layer in layers {
      var read: [Source] = []
      for source in layer.sources.flatMap({ made[$0] }) where !read.contains(where: { $0.stage == source.stage }) {
        read.append(source)
      }
      guard layer.operation.isDrawn else {
        // What an encoder sums is within its blocks.
        let isShown = layer.operation.name != "sum" || !read.allSatisfy { stages[$0.stage].isEncoder }
        made.append(
          read.map { Source(stage: $0.stage, operations: $0.operations + (isShown ? [layer.operation] : [])) })
        continue
      }
      let parts = layer.name.split(separator: ".")
      let name = parts.dropLast(parts.count > 1 ? 1 : 0).joined(separator: ".")
      // The stem of an encoder has no block.
      let stage = name == "encoder" ? layer.name : name
      if let own = stages.firstIndex(where: { $0.names.contains(stage) }) {
        stages[own].convolutions.append(layer)
        made.append([Source(stage: own, operations: [])])
      } else {
        stages.append(
          NetworkStage(
            names: [stage], isEncoder: layer.name.hasPrefix("encoder."), convolutions: [layer], sources: read))
        made.append([Source(stage: stages.count - 1, operations: [])])
      }
    }
    return merged(stages, result: made.last ?? [])
  }

  /// Blocks of an encoder that follow one another at one resolution become one stage, or a drawing would have dozens.
  private static func merged(
    _ stages: [NetworkStage], result: [Source]
  ) -> (stages: [NetworkStage], result: [Source]) {
    var merged: [NetworkStage] = []
    var places: [Int] = []
    func renamed(_ sources: [Source]) -> [Source] {
      sources.reduce(into: []) { renamed, source in
        let stage = places[source.stage]
        if !renamed.contains(where: { $0.stage == stage }) {
          renamed.append(Source(stage: stage, operations: source.operations))
        }
      }
    }
    for stage in stages {
      let sources = renamed(stage.sources)
      if stage.isEncoder, let previous = merged.last, previous.isEncoder, sources.map(\.stage) == [merged.count - 1],
        previous.last.height == stage.last.height, sources[0].operations.allSatisfy({ $0.name != "max-pooling" })
      {
        merged[merged.count - 1].names += stage.names
        merged[merged.count - 1].convolutions += stage.convolutions
      } else {
        merged.append(stage)
        merged[merged.count - 1].sources = sources
      }
      places.append(merged.count - 1)
    }
    return (merged, renamed(result))
  }
}

extension LayerSummary {
  /// Whether it convolves each channel by itself.
  var isDepthwise: Bool { operation.name == "depthwise-convolution" }

  /// Whether it has, beside kernel and bias, the four values a channel of a normalisation.
  fileprivate var isNormalised: Bool {
    let kernel = (operation.size ?? 1) * (operation.size ?? 1) * inputChannels * (isDepthwise ? 1 : channels)
    return parameters - kernel >= 4 * channels
  }
}
