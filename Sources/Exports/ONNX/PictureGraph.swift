import Deep
import Scenes

/// What comes before and after a model in a graph of ONNX: pictures of any size in, classes and probabilities of their
/// size out.
struct PictureGraph {
  let graph: GraphBuilder
  let classes: ClassSet
  /// The size to which the model brings every picture; nil where it sees them as they are.
  let size: PixelSize?
  let isProbabilistic: Bool

  static let (pictures, classMap, probabilities) = ("pictures", "classes", "probabilities")

  init(_ graph: GraphBuilder, classes: ClassSet, size: PixelSize?, isProbabilistic: Bool = true) {
    (self.graph, self.classes, self.size, self.isProbabilistic) = (graph, classes, size, isProbabilistic)
  }

  /// What goes in and comes out.
  func graph(named name: String) -> ONNXGraph {
    let sides: [ONNXValue.Extent] = [.named("height"), .named("width")]
    let map = ONNXValue(
      name: Self.classMap, element: .uint8, extents: [.named("pictures")] + sides,
      description: "the class of every pixel, as a place in the metadata's classes")
    let shares = ONNXValue(
      name: Self.probabilities, element: .float,
      extents: [.named("pictures"), .fixed(classes.count)] + sides, description: "the probability of every class")
    return ONNXGraph(
      name: name, nodes: graph.nodes, initializers: graph.initializers,
      inputs: [
        ONNXValue(
          name: Self.pictures, element: .uint8, extents: [.named("pictures")] + sides + [.fixed(3)],
          description: "RGB pictures of 8 bits, of any height and width: rows from the top, red first")
      ],
      outputs: isProbabilistic ? [map, shares] : [map])
  }

  /// The pictures at the model's size, [pictures, 3, height, width] of whole numbers in 0...255, in Float.
  func prepared() -> String {
    graph.layer = "prepare"
    let planes = graph.cast(graph.add("Transpose", [Self.pictures], ["perm": .ints([0, 3, 1, 2])]), to: .float)
    guard let size else { return planes }
    let resized = [(axis: 3, outputs: size.width), (2, size.height)].reduce(planes) { value, side in
      let inputs = graph.extent(side.axis, of: planes)
      return graph.resample(value, axis: side.axis, by: graph.resizing(from: inputs, to: side.outputs))
    }
    return graph.add("Floor", [graph.add("Add", [resized, graph.float("half", 0.5)])])
  }

  /// Height and width of the pictures as they came, a list.
  func ownSize() -> String {
    graph.add("Slice", [graph.add("Shape", [Self.pictures]), graph.integers([1]), graph.integers([3])])
  }

  /// Makes the results of probabilities [pictures, classes, height, width] at the model's size.
  func finish(probabilities: String) {
    graph.layer = "finish"
    let own = size == nil ? probabilities : graph.resize(probabilities, to: ownSize())
    graph.add("Identity", [own], output: Self.probabilities)
    let best = graph.add("ArgMax", [own], ["axis": .int(1), "keepdims": .int(0)])
    _ = graph.cast(best, to: .uint8, output: Self.classMap)
  }
}

extension PictureGraph {
  /// A network between the pictures and the results.
  ///
  /// - Parameter roundings: for a graph of int8, what each value of the network's plan is rounded to.
  /// - Throws: `ONNXError.unknownOperation`.
  func add(_ model: NetworkModel, roundings: [Rounding]?) throws {
    let architecture = model.architecture
    let multiple = type(of: architecture).sizeMultiple
    let plan = model.inferencePlan(height: size?.height ?? multiple, width: size?.width ?? multiple)
    let prepared = normalised(self.prepared(), architecture.preprocessing)
    let padded =
      size.map { self.padded(prepared, from: $0, to: plan.pictures) } ?? self.padded(prepared, multiple: multiple)
    let lowering = NetworkLowering(graph: graph, plan: plan, paddedSize: padded.size, roundings: roundings)
    let logits = try lowering.logits(of: padded.value).name
    graph.layer = "finish"
    finish(probabilities: cut(softmax(masked(logits, model.classes)), padded))
  }

  /// (x / 255 - mean) / deviation of each channel.
  private func normalised(_ value: String, _ preprocessing: Preprocessing) -> String {
    let shares = graph.add("Div", [value, graph.float("levels", 255)])
    let centred = graph.add("Sub", [shares, graph.floats("mean", preprocessing.mean, [3, 1, 1])])
    return graph.add("Div", [centred, graph.floats("deviation", preprocessing.deviation, [3, 1, 1])])
  }

  /// Pictures with sides that suit the network, and what is known of them.
  private struct Padded {
    let value: String
    /// Makes their height and width, a list.
    let size: () -> String
    /// Height and width of what of them is picture, a list; nil where that is all.
    let inner: String?
  }

  /// Padding repeats the last rows and columns.
  private func padded(_ value: String, from own: PixelSize, to shape: Shape) -> Padded {
    let size = { graph.integers([shape.height, shape.width]) }
    let (below, right) = (shape.height - own.height, shape.width - own.width)
    guard below + right > 0 else { return Padded(value: value, size: size, inner: nil) }
    let pads = graph.integers([0, 0, 0, 0, 0, 0, below, right])
    return Padded(
      value: graph.add("Pad", [value, pads], ["mode": .string("edge")]), size: size,
      inner: graph.integers([own.height, own.width]))
  }

  /// The same for pictures of any size.
  private func padded(_ value: String, multiple: Int) -> Padded {
    let (own, unit) = (ownSize(), graph.integer(multiple))
    let parts = graph.add("Div", [graph.add("Add", [own, graph.integer(multiple - 1)]), unit])
    let size = graph.add("Mul", [parts, unit])
    let pads = graph.add(
      "Concat", [graph.integers([0, 0, 0, 0, 0, 0]), graph.add("Sub", [size, own])], ["axis": .int(0)])
    return Padded(value: graph.add("Pad", [value, pads], ["mode": .string("edge")]), size: { size }, inner: own)
  }

  /// Without what padding added.
  private func cut(_ value: String, _ padded: Padded) -> String {
    guard let inner = padded.inner else { return value }
    return graph.add("Slice", [value, graph.integers([0, 0]), inner, graph.integers([2, 3])])
  }

  /// exp(x - max x) / sum exp(x - max x) over the channels, in parts: onnxruntime's own Softmax takes several times as long,
  /// since it is made for the last axis.
  private func softmax(_ logits: String) -> String {
    let top = graph.add("ReduceMax", [logits], ["axes": .ints([1])])
    let powers = graph.add("Exp", [graph.add("Sub", [logits, top])])
    return graph.add("Div", [powers, graph.add("ReduceSum", [powers, graph.integers([1])])])
  }

  /// Takes the class away that is never predicted.
  private func masked(_ logits: String, _ classes: OutputClasses) -> String {
    guard let masked = classes.masked else { return logits }
    // A number, as not all that read ONNX know infinity: the exponential of it is zero, too.
    let offsets = (0..<classes.count).map { $0 == Int(masked) ? -Float.greatestFiniteMagnitude : 0 }
    return graph.add("Add", [logits, graph.floats("never", offsets, [classes.count, 1, 1])])
  }
}
