import Foundation

/// A seeded stream of random numbers, named by keys: the same seed and keys give the same numbers everywhere.
///
/// SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195). Its whole state is one counter, so a stream is
/// stored with a single integer, and a stream for (seed, picture, epoch) is made where it is needed instead of being
/// handed around, which would tie results to the order of the work.
package struct RandomStream: RandomNumberGenerator, Sendable {
  /// The counter; a stream made from it continues where this one stands.
  @inlinable package var state: UInt64 { counter }
  @usableFromInline var counter: UInt64

  /// The stream that stands at `state`.
  @inlinable
  package init(state: UInt64) {
    counter = state
  }

  /// The stream of `seed` that is named by `keys`.
  @inlinable
  package init(seed: UInt64, _ keys: UInt64...) {
    var hash = Self.mix(seed &+ 0x9e37_79b9_7f4a_7c15)
    for key in keys { hash = Self.mix(hash ^ Self.mix(key &+ 0x632b_e59b_d9b4_e019)) }
    counter = hash
  }

  /// A key made from text (FNV-1a), such as a picture's name.
  package static func key(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }

  @inlinable
  package mutating func next() -> UInt64 {
    counter &+= 0x9e37_79b9_7f4a_7c15
    return Self.mix(counter)
  }

  /// A number in [0, 1), of 24 random bits.
  @inlinable
  package mutating func uniform() -> Float {
    Float(next() >> 40) * 0x1p-24
  }

  /// A number in [range.lowerBound, range.upperBound].
  @inlinable
  package mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A whole number in `0..<bound`, by multiplication (Lemire 2019); the bias is below bound / 2^64.
  @inlinable
  package mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "bound \(bound) is not positive")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A normal deviate of mean 0 and deviation 1 (Box and Muller 1958).
  package mutating func normal() -> Float {
    let radius = (-2 * Foundation.log(1 - Double(uniform()))).squareRoot()
    return Float(radius * Foundation.cos(2 * .pi * Double(uniform())))
  }

  @inlinable @inline(__always)
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
