import Compute
import Deep
import TestSupport
import Testing

@Suite struct NormalisationTests {
  private func parameters(_ channels: Int) -> BatchNormalisation {
    BatchNormalisation(
      scale: randomParameter([channels], seed: 11, role: .offset),
      shift: randomParameter([channels], seed: 12, role: .offset),
      mean: randomParameter([channels], seed: 13, role: .statistic),
      variance: randomParameter([channels], seed: 14, role: .statistic))
  }

  /// What readers of a variable see.
  private func read(_ variable: Variable) -> [Float] {
    guard let activation = variable.activation else { return variable.tensor.values }
    return Reference.activate(variable.tensor, scale: array(activation.scale), shift: array(activation.shift)).values
  }

  @Test("values are normalised over the batch, and the moving statistics take them in")
  func forward() {
    // Far from zero: a mean of squares less the square of the mean would lose the variance's digits.
    let shape = Shape(2, 5, 3, 16)
    let x = Tensor(shape, values: randomValues(shape.count, seed: 1).map { $0 + 100 })
    let parameters = parameters(16)
    let (oldMean, oldVariance) = (array(parameters.mean.values), array(parameters.variance.values))
    let y = normaliseAndRectify(Variable(x), parameters, on: Tape(.training(seed: 1, step: 0)))
    let moments = Reference.moments(x)
    let expected = Reference.normaliseAndRectify(
      x, scale: array(parameters.scale.values), shift: array(parameters.shift.values))
    expectClose(read(y), expected, absolute: 1e-4)
    let unbiased = moments.variance.map { $0 * 30 / 29 }
    expectClose(
      array(parameters.mean.values), zip(oldMean, moments.mean).map { 0.99 * $0 + 0.01 * Float($1) }, absolute: 1e-5)
    expectClose(
      array(parameters.variance.values), zip(oldVariance, unbiased).map { 0.99 * $0 + 0.01 * Float($1) },
      absolute: 1e-5)
  }

  @Test("gradients agree with differences")
  func gradients() {
    let parameters = parameters(16)
    // A 1x1 convolution reads the result, so that it is seen as readers see it.
    let kernel = randomParameter([1, 1, 16, 16], seed: 5)
    expectGradients(
      inputs: [randomTensor(Shape(2, 4, 6, 16), seed: 1)], parameters: [parameters.scale, parameters.shift, kernel],
      step: 1e-3, relative: 2e-2
    ) { variables, tape in
      convolve([normaliseAndRectify(variables[0], parameters, on: tape)], kernel: kernel, bias: nil, on: tape)
    }
  }

  @Test("a single value has variance 0: the result is the shift, the gradient 0")
  func singleValue() {
    let x = Variable(randomTensor(Shape(1, 1, 1, 16), seed: 1), needsGradient: true)
    let parameters = parameters(16)
    let tape = Tape(.training(seed: 1, step: 0))
    let y = normaliseAndRectify(x, parameters, on: tape)
    expectClose(read(y), array(parameters.shift.values).map { max(0, $0) }, absolute: 1e-4)
    y.setGradient(randomTensor(Shape(1, 1, 1, 16), seed: 3))
    tape.backward()
    expectClose(x.currentGradient?.values ?? [], [Float](repeating: 0, count: 16), absolute: 1e-4)
  }
}
