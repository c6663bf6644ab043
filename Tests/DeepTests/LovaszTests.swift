import Deep
import TestSupport
import Testing

@Suite struct LovaszTests {
  @Test("the Lovász-Softmax loss and its gradient are those of its definition, with ignored pixels", arguments: [1, 4])
  func golden(_ scale: Int) throws {
    let (inputs, golden) = (try fixture("operations.safetensors"), try fixture("lovasz.safetensors"))
    let logits = try #require(inputs.arrays["logits/\(scale)"]?.values(Float.self, as: .float32))
    let classes = try #require(inputs.arrays["classes"]?.values(Float.self, as: .float32)).map { UInt8($0) }
    let value = try #require(golden.arrays["lovasz/\(scale)/value"]?.values(Float.self, as: .float32))
    let gradient = try #require(golden.arrays["lovasz/\(scale)/gradient"]?.values(Float.self, as: .float32))
    let result = try Losses.registry.make("lovasz").evaluate(
      logits: Tensor(Shape(1, 6, 10, 8), values: logits), targets: Targets(classes: classes))
    expectClose([result.value], value, absolute: 1e-5)
    expectClose(result.gradient.values, gradient, absolute: 1e-6, relative: 1e-3)
  }

  @Test("hard predictions have one minus the mean intersection over union")
  func hard() {
    // Class 0 is right twice and missed once, for which class 1 is a false alarm: 2/3 and 1/2.
    let logits = Tensor(Shape(1, 1, 4, 2), values: [50, -50, 50, -50, -50, 50, -50, 50])
    let result = lovaszSoftmax(logits: logits, targets: Targets(classes: [0, 0, 0, 1]))
    expectClose([result.value], [1 - (2.0 / 3 + 1.0 / 2) / 2], absolute: 1e-6)
  }
}
