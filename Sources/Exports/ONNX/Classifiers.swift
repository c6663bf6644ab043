import Baselines
import Foundation
import Scenes

// Pixel classifiers: their features as convolutions, and what they make of them.

extension PictureGraph {
  /// A pixel classifier between the pictures and the results.
  ///
  /// - Parameter run: what a refusal names.
  /// - Throws: `ONNXError.notExpressible` for features, or a classifier, that have no form in ONNX.
  func add(_ segmenter: any PixelSegmenter, run: String) throws {
    guard segmenter.features != .context else {
      throw ONNXError.notExpressible(
        run: run,
        reason: "its features, context, are differences of sums in 64 bits over the whole picture, whose last digits "
          + "decide; rgb and filters can be written")
    }
    let planes = features(of: prepared(), segmenter.features)
    graph.layer = "model"
    let last = graph.add("Transpose", [planes], ["perm": .ints([0, 2, 3, 1])])
    let rows = graph.add("Reshape", [last, graph.integers([-1, segmenter.features.count])])
    let shape = graph.add("Slice", [graph.add("Shape", [last]), graph.integers([0]), graph.integers([3])])
    switch segmenter {
    case let segmenter as ForestSegmenter: finish(rows: forest(segmenter.forest, rows), shape)
    case let segmenter as GaussianNBSegmenter: finish(rows: bayes(segmenter, rows), shape)
    case let segmenter as SVCSegmenter:
      finish(classes: graph.add("Reshape", [linear(segmenter.model, rows), shape]))
    default: throw ONNXError.notExpressible(run: run, reason: "this classifier has no form in ONNX yet")
    }
  }

  /// The results of probabilities [pixels, classes].
  ///
  /// - Parameter shape: pictures, height and width, a list.
  private func finish(rows: String, _ shape: String) {
    let whole = graph.add("Concat", [shape, graph.integers([classes.count])], ["axis": .int(0)])
    finish(
      probabilities: graph.add(
        "Transpose", [graph.add("Reshape", [rows, whole])], ["perm": .ints([0, 3, 1, 2])]))
  }

  /// The results of classes [pictures, height, width] alone: at another size each is that of the nearest pixel centre.
  private func finish(classes: String) {
    graph.layer = "finish"
    let own = ownSize()
    func nearest(_ value: String, axis: Int, from side: Int) -> String {
      let count = graph.add("Gather", [own, graph.integer(axis - 1)], ["axis": .int(0)])
      let places = graph.add("Range", [graph.integer(0), count, graph.integer(1)])
      let odd = graph.add("Add", [graph.add("Mul", [places, graph.integer(2)]), graph.integer(1)])
      let double = graph.add("Mul", [count, graph.integer(2)])
      let chosen = graph.add("Div", [graph.add("Mul", [odd, graph.integer(side)]), double])
      return graph.add("Gather", [value, chosen], ["axis": .int(axis)])
    }
    let map = size.map { nearest(nearest(classes, axis: 1, from: $0.height), axis: 2, from: $0.width) } ?? classes
    graph.add("Identity", [map], output: Self.classMap)
  }

  // MARK: Features

  /// The features of pictures [pictures, 3, height, width], one after the other.
  private func features(of pictures: String, _ features: PixelFeatures) -> String {
    graph.layer = "features"
    let colours = graph.add("Div", [pictures, graph.float("levels", 255)])
    guard features == .filters else { return colours }
    let weights = graph.floats("grey", [1, 1, 1], [1, 3, 1, 1])
    let grey = graph.add("Div", [graph.add("Conv", [colours, weights]), graph.float("three", 3)])
    let scales = ScaleSpace.sigmas.flatMap { sigma -> [String] in
      func filter(_ value: String, channels: Int = 1, across: Int, down: Int) -> String {
        let half = self.filter(value, channels, axis: 3, sigma: sigma, order: across)
        return self.filter(half, channels, axis: 2, sigma: sigma, order: down)
      }
      let slopes = [(1, 0), (0, 1)].map { across, down -> String in
        let slope = filter(grey, across: across, down: down)
        return graph.add("Mul", [slope, slope])
      }
      return [
        filter(colours, channels: 3, across: 0, down: 0), graph.add("Sqrt", [graph.add("Add", slopes)]),
        graph.add("Add", [filter(grey, across: 2, down: 0), filter(grey, across: 0, down: 2)]),
      ]
    }
    return graph.add(
      "Concat", [colours] + scales + [place(in: grey, axis: 2), place(in: grey, axis: 3)], ["axis": .int(1)])
  }

  /// Filters channels along an axis by a Gaussian or a derivative of it, the border mirrored.
  private func filter(_ value: String, _ channels: Int, axis: Int, sigma: Double, order: Int) -> String {
    let kernel = GaussianOperator.kernel(sigma: sigma, order: order).map(Float.init)
    let (radius, zero, one) = (kernel.count / 2, graph.integer(0), graph.integer(1))
    let count = graph.extent(axis, of: value)
    // The place of -1 is 0, that of -2 is 1, and so on, as often as it takes.
    let double = graph.add("Add", [count, count])
    let wanted = graph.add(
      "Range", [graph.integer(-radius), graph.add("Add", [count, graph.integer(radius)]), one])
    let phase = graph.add("Mod", [wanted, double])
    let mirrored = graph.add("Sub", [graph.add("Sub", [double, one]), phase])
    let places = graph.add("Max", [graph.add("Min", [phase, mirrored]), zero])
    let padded = graph.add("Gather", [value, places], ["axis": .int(axis)])
    let sides = axis == 2 ? [kernel.count, 1] : [1, kernel.count]
    let weights = graph.floats(
      "gaussian", (0..<channels).flatMap { _ in kernel }, [channels, 1] + sides)
    return graph.add("Conv", [padded, weights], ["kernel_shape": .ints(sides), "group": .int(channels)])
  }

  /// y / height or x / width of each pixel, of the shape of `grey`.
  private func place(in grey: String, axis: Int) -> String {
    let count = graph.extent(axis, of: grey)
    let places = graph.add("Range", [graph.integer(0), count, graph.integer(1)])
    let shares = graph.add("Div", [graph.cast(places, to: .float), graph.cast(count, to: .float)])
    let shaped = graph.add("Reshape", [shares, graph.integers(axis == 2 ? [1, 1, -1, 1] : [1, 1, 1, -1])])
    return graph.add("Expand", [shaped, graph.add("Shape", [grey])])
  }

  // MARK: Models

  /// The probabilities [pixels, classes] that a forest gives rows of features.
  private func forest(_ forest: Forest, _ rows: String) -> String {
    var (trees, places, features, thresholds, modes) = ([Int](), [Int](), [Int](), [Float](), [String]())
    var (left, right) = ([Int](), [Int]())
    var (leafTrees, leaves, targets, shares) = ([Int](), [Int](), [Int](), [Float]())
    for tree in 0..<forest.treeCount {
      for (place, node) in forest.nodes(ofTree: tree).enumerated() {
        trees.append(tree)
        places.append(place)
        switch node {
        case .inner(let feature, let threshold, let first, let second):
          features.append(feature)
          thresholds.append(threshold)
          modes.append("BRANCH_LEQ")
          left.append(first)
          right.append(second)
        case .leaf(let own):
          features.append(0)
          thresholds.append(0)
          modes.append("LEAF")
          left.append(0)
          right.append(0)
          for (label, share) in own.enumerated() where share > 0 {
            leafTrees.append(tree)
            leaves.append(place)
            targets.append(label)
            shares.append(share)
          }
        }
      }
    }
    let sums = graph.add(
      "TreeEnsembleRegressor", [rows], domain: Self.forestDomain,
      [
        "n_targets": .int(classes.count), "aggregate_function": .string("SUM"), "post_transform": .string("NONE"),
        "nodes_treeids": .ints(trees), "nodes_nodeids": .ints(places), "nodes_featureids": .ints(features),
        "nodes_values": .floats(thresholds), "nodes_modes": .strings(modes), "nodes_truenodeids": .ints(left),
        "nodes_falsenodeids": .ints(right), "target_treeids": .ints(leafTrees), "target_nodeids": .ints(leaves),
        "target_ids": .ints(targets), "target_weights": .floats(shares),
      ])
    return graph.add("Mul", [sums, graph.float("share", 1 / Float(forest.treeCount))])
  }

  /// The operators that forests need beside those of ONNX itself.
  static let forestDomain = "ai.onnx.ml"

  /// The classes [pixels] that a linear model gives rows of features.
  private func linear(_ model: LinearModel, _ rows: String) -> String {
    let scaler = model.expansion.scaler
    let count = scaler.means.count
    let centred = graph.add("Sub", [rows, graph.floats("mean", scaler.means, [count])])
    var values = graph.add("Mul", [centred, graph.floats("scale", scaler.scales, [count])])
    if model.expansion.kind == .products {
      let pairs = (0..<count).flatMap { first in (first..<count).map { (first, $0) } }
      let factors = [pairs.map(\.0), pairs.map(\.1)].map {
        graph.add("Gather", [values, graph.integers($0)], ["axis": .int(1)])
      }
      values = graph.add("Concat", [values, graph.add("Mul", factors)], ["axis": .int(1)])
    }
    // Of the weights [width, lanes] the last row is the bias, and columns beyond the classes are unused.
    let (width, own) = (model.expansion.width, model.classes.count)
    let weights = (0..<width).flatMap { row in (0..<own).map { Float(model.weights[row * model.lanes + $0]) } }
    let products = graph.add(
      "MatMul", [values, graph.floats("weights", Array(weights.dropLast(own)), [width - 1, own])])
    let scores = graph.add("Add", [products, graph.floats("bias", Array(weights.suffix(own)), [own])])
    let best = graph.add("ArgMax", [scores], ["axis": .int(1), "keepdims": .int(0)])
    return graph.add("Gather", [graph.array("classes", .uint8, [own], Data(model.classes)), best], ["axis": .int(0)])
  }

  /// The probabilities [pixels, classes] that naive Bayes gives rows of features.
  private func bayes(_ model: GaussianNBSegmenter, _ rows: String) -> String {
    let (columns, own) = (model.features.count, model.classes.count)
    let values = graph.cast(rows, to: .double)
    let (means, factors, offsets) = (model.means, model.factors, model.offsets)
    let scores = (0..<own).map { index -> String in
      let places = index * columns..<(index + 1) * columns
      let difference = graph.add("Sub", [values, graph.doubles("mean", Array(means[places]), [columns])])
      let square = graph.add("Mul", [difference, difference])
      let distance = graph.add("MatMul", [square, graph.doubles("factor", Array(factors[places]), [columns, 1])])
      return graph.add("Sub", [graph.doubles("offset", [offsets[index]], [1]), distance])
    }
    let shares = graph.add("Softmax", [graph.add("Concat", scores, ["axis": .int(1)])], ["axis": .int(1)])
    // Classes that the sample lacked have none.
    let places = (0..<own).flatMap { index in (0..<classes.count).map { $0 == Int(model.classes[index]) ? Float(1) : 0 }
    }
    return graph.add(
      "MatMul", [graph.cast(shares, to: .float), graph.floats("places", places, [own, classes.count])])
  }
}
