import Compute
import Deep
import TestSupport
import Testing

@Suite struct ResizingTests {
  @Test("2x2 maximum equals the plain one", arguments: [3, 16, 20])
  func maximum(_ channels: Int) {
    let x = randomTensor(Shape(2, 6, 4, channels), seed: 1)
    let y = maxPool(Feature(x), on: Tape(.inference)).tensor
    expectClose(
      y.values, Reference.maxPool(x), shape: y.shape.extents, expectedShape: [2, 3, 2, channels])
  }

  @Test("2x2 maximum of an activated feature is that of the activated values")
  func activatedMaximum() {
    let x = randomTensor(Shape(1, 4, 4, 20), seed: 1)
    let (scale, shift) = (randomParameter([20], seed: 5).values, randomParameter([20], seed: 6).values)
    let y = maxPool(Feature(x, activation: ChannelActivation(scale: scale, shift: shift)), on: Tape(.inference))
    let expected = Reference.maxPool(Reference.activate(x, scale: array(scale), shift: array(shift)))
    expectClose(y.tensor.values, expected, absolute: 1e-6)
  }

  @Test("the gradient of a maximum goes to the first of equals only")
  func ties() {
    let x = Tensor(Shape(1, 2, 2, 17), values: [Float](repeating: 3, count: 68))
    let feature = Feature(x, needsGradient: true)
    let tape = Tape(.training(seed: 1, step: 0))
    let y = maxPool(feature, on: tape)
    y.setGradient(Tensor(y.tensor.shape, values: [Float](repeating: 1, count: 17)))
    tape.unwind()
    #expect(feature.currentGradient?.values == (0..<68).map { $0 < 17 ? 1 : 0 })
  }

  @Test("gradients of maximum and upsampling agree with differences", arguments: [5, 16])
  func gradients(_ channels: Int) {
    let x = randomTensor(Shape(2, 4, 6, channels), seed: 1)
    expectGradients(inputs: [x], step: 1e-4, relative: 2e-2) { features, tape in maxPool(features[0], on: tape) }
    expectGradients(inputs: [x]) { features, tape in upsample(features[0], on: tape) }
  }

  @Test("nearest upsampling repeats pixels")
  func upsampling() {
    let x = randomTensor(Shape(2, 3, 2, 5), seed: 1)
    let y = upsample(Feature(x), on: Tape(.inference)).tensor
    expectClose(
      y.values, Reference.upsample(x), shape: y.shape.extents, expectedShape: [2, 6, 4, 5])
  }

  @Test("softmax sums to one, also at extreme logits")
  func softmaxExtremes() {
    let p = softmax(Tensor(Shape(1, 1, 2, 3), values: [1e4, -1e4, 1e4, 0, 0.6931472, -1e30])).values
    expectClose(p, [0.5, 0, 0.5, 1.0 / 3, 2.0 / 3, 0], absolute: 1e-6)
  }
}
