/// Each pixel as a square of 2x2: nearest-neighbour upsampling by two, for Winograd convolutions to read.
///
/// Nothing is computed: the convolution reads each pixel where the square lies, and sums the gradient over it.
package func upsample(_ input: Feature, on tape: Tape) -> Feature {
  precondition(!input.isDoubled, "pixels are doubled once")
  let feature = Feature(
    input.tensor, activation: input.activation, isDoubled: true, needsGradient: input.needsGradient)
  if tape.isPlanning { return tape.planned(.upsampling, [input], feature) }
  guard feature.needsGradient else { return feature }
  tape.record {
    if let gradient = feature.takeGradient() { input.contribute(gradient) }
  }
  return feature
}
