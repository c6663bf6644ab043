/// Matrices [outputs, inputs] by which one axis of a picture is resampled, made when the graph runs, since they depend
/// on the picture's size. Their values come from whole numbers, so that they are those of segbench to the last bit or
/// the one before.
extension GraphBuilder {
  /// Makes one axis of `value` [pictures, channels, height, width] that of another size by a matrix.
  ///
  /// - Parameters:
  ///   - value: what is resampled.
  ///   - matrix: makes the matrix.
  ///   - axis: 2 for rows, 3 for columns.
  func resample(_ value: String, axis: Int, by matrix: String) -> String {
    guard axis == 3 else { return add("MatMul", [matrix, value]) }
    return add("MatMul", [value, add("Transpose", [matrix], ["perm": .ints([1, 0])])])
  }

  /// The numbers of outputs [outputs, 1] and of inputs [1, inputs].
  private func places(_ outputs: Int, _ inputs: String) -> (outputs: String, inputs: String) {
    func range(_ count: String, unsqueezed axis: Int) -> String {
      add("Unsqueeze", [add("Range", [integer(0), count, integer(1)]), integers([axis])])
    }
    return (range(integer(outputs), unsqueezed: 1), range(inputs, unsqueezed: 0))
  }

  /// As pictures are brought to a size: the mean over what an output covers where there are fewer outputs than inputs,
  /// else between the two nearest.
  ///
  /// - Parameters:
  ///   - inputs: how many there are, a single whole number.
  ///   - outputs: how many are made.
  func resizing(from inputs: String, to outputs: Int) -> String {
    let (o, i) = places(outputs, inputs)
    let (zero, one, two, n) = (integer(0), integer(1), integer(2), integer(outputs))
    // Of what output o covers, from o inputs to (o + 1) inputs, what input i covers, from i outputs to (i + 1) outputs.
    let start = add("Max", [add("Mul", [o, inputs]), add("Mul", [i, n])])
    let end = add("Min", [add("Mul", [add("Add", [o, one]), inputs]), add("Mul", [add("Add", [i, one]), n])])
    let covered = add("Max", [add("Sub", [end, start]), zero])
    let mean = add("Div", [cast(covered, to: .float), cast(inputs, to: .float)])
    // The centre (o + 1/2) inputs / outputs - 1/2, times 2 outputs, within the picture.
    let double = integer(2 * outputs)
    let centre = add("Sub", [add("Mul", [add("Add", [add("Mul", [o, two]), one]), inputs]), n])
    let last = add("Mul", [add("Sub", [inputs, one]), double])
    let clamped = add("Min", [add("Max", [centre, zero]), last])
    let distance = add("Abs", [add("Sub", [clamped, add("Mul", [i, double])])])
    let near = add("Max", [add("Sub", [double, distance]), zero])
    let bilinear = add("Div", [cast(near, to: .float), cast(double, to: .float)])
    return add("Where", [add("Greater", [inputs, n]), mean, bilinear])
  }

  /// As averages over `bins` regions are taken that cover all inputs: floor(b inputs / bins) up to
  /// ceil((b + 1) inputs / bins).
  func averaging(of inputs: String, bins: Int) -> String {
    let (b, i) = places(bins, inputs)
    let (one, n) = (integer(1), integer(bins))
    let start = add("Div", [add("Mul", [b, inputs]), n])
    let next = add("Mul", [add("Add", [b, one]), inputs])
    let end = add("Div", [add("Add", [next, integer(bins - 1)]), n])
    let isInside = add("And", [add("GreaterOrEqual", [i, start]), add("Less", [i, end])])
    return add("Div", [cast(isInside, to: .float), cast(add("Sub", [end, start]), to: .float)])
  }
}
