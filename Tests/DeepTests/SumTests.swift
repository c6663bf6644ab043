import Deep
import TestSupport
import Testing

@Suite struct SumTests {
  @Test("a sum adds value by value, also what readers see doubled, and a variable to itself")
  func values() {
    let (a, b) = (randomTensor(Shape(2, 3, 5, 4), seed: 1), randomTensor(Shape(2, 6, 10, 4), seed: 2))
    let tape = Tape(.inference)
    let y = tape.run(Sum(), [upsample(Variable(a), on: tape), Variable(b)]).tensor
    #expect(y.values == zip(Reference.upsample(a), b.values).map { $0 + $1 })
    let x = Variable(a)
    #expect(tape.run(Sum(), [x, x, x]).tensor.values == a.values.map { $0 + $0 + $0 })
  }

  @Test("gradients of a sum agree with differences")
  func gradients() {
    let inputs = [randomTensor(Shape(2, 3, 5, 4), seed: 1), randomTensor(Shape(2, 3, 5, 4), seed: 2)]
    expectGradients(inputs: inputs) { $1.run(Sum(), [$0[0], $0[1], $0[0]]) }
    // Rectifiers overwrite the gradients that they are handed.
    expectGradients(inputs: inputs, step: 1e-4, relative: 2e-2) { variables, tape in
      tape.run(Sum(), variables.map { tape.run(Activation.relu, [$0]) })
    }
  }
}
