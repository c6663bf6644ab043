/// F(6x6, 3x3) with points 0, 1, -1, 2, -2, 1/2, -1/2, infinity: 1.78 products an output.
///
/// Outputs differ from exact ones by about twice as much as those of F(4x4, 3x3).
enum Winograd6: Winograd {
  static let tile = 6

  @inline(__always)
  static func transformInput(_ d: (Int) -> Lanes, _ put: (Int, Lanes) -> Void) {
    let (d0, d1, d2, d3, d4, d5, d6, d7) = (d(0), d(1), d(2), d(3), d(4), d(5), d(6), d(7))
    put(0, d0 - d6 + 5.25 * (d4 - d2))
    put(7, d7 - d1 + 5.25 * (d3 - d5))
    let (even, odd) = (d2 + d6 - 4.25 * d4, d1 + d5 - 4.25 * d3)
    put(1, even + odd)
    put(2, even - odd)
    let middle = 2.5 * d3
    let (evenFar, oddFar) = (d6 + 0.25 * d2 - 1.25 * d4, 0.5 * d1 - middle + 2 * d5)
    put(3, evenFar + oddFar)
    put(4, evenFar - oddFar)
    let (evenNear, oddNear) = (d6 + 4 * d2 - 5 * d4, 2 * d1 - middle + 0.5 * d5)
    put(5, evenNear + oddNear)
    put(6, evenNear - oddNear)
  }

  @inline(__always)
  static func transformOutput(_ m: (Int) -> Lanes, _ put: (Int, Lanes) -> Void) {
    let (m0, m1, m2, m3, m4, m5, m6, m7) = (m(0), m(1), m(2), m(3), m(4), m(5), m(6), m(7))
    let (s12, s34, s56) = (m1 + m2, m3 + m4, m5 + m6)
    put(0, m0 + s12 + s34 + 32 * s56)
    put(2, s12 + 4 * s34 + 8 * s56)
    put(4, s12 + 16 * s34 + 2 * s56)
    let (d12, d34, d56) = (m1 - m2, m3 - m4, m5 - m6)
    put(1, d12 + 2 * d34 + 16 * d56)
    put(3, d12 + 8 * d34 + 4 * d56)
    put(5, d12 + 32 * d34 + d56 + m7)
  }

  @inline(__always)
  static func spreadOutput(_ y: (Int) -> Lanes, _ put: (Int, Lanes) -> Void) {
    let (y0, y1, y2, y3, y4, y5) = (y(0), y(1), y(2), y(3), y(4), y(5))
    put(0, y0)
    put(7, y5)
    let (even, odd) = (y0 + y2 + y4, y1 + y3 + y5)
    put(1, even + odd)
    put(2, even - odd)
    let (evenFar, oddFar) = (y0 + 4 * y2 + 16 * y4, 2 * y1 + 8 * y3 + 32 * y5)
    put(3, evenFar + oddFar)
    put(4, evenFar - oddFar)
    let (evenNear, oddNear) = (32 * y0 + 8 * y2 + 2 * y4, 16 * y1 + 4 * y3 + y5)
    put(5, evenNear + oddNear)
    put(6, evenNear - oddNear)
  }

  @inline(__always)
  static func transformKernel(_ g: (Int) -> Lanes, _ put: (Int, Lanes) -> Void) {
    let (g0, g1, g2) = (g(0), g(1), g(2))
    put(0, g0)
    put(7, g2)
    let (even, odd) = ((g0 + g2) * (-2 / 9), g1 * (-2 / 9))
    put(1, even + odd)
    put(2, even - odd)
    let (evenFar, oddFar) = (g0 * (1 / 90) + g2 * (2 / 45), g1 * (1 / 45))
    put(3, evenFar + oddFar)
    put(4, evenFar - oddFar)
    let (evenNear, oddNear) = (g0 * (1 / 45) + g2 * (1 / 180), g1 * (1 / 90))
    put(5, evenNear + oddNear)
    put(6, evenNear - oddNear)
  }

  @inline(__always)
  static func gatherKernel(_ m: (Int) -> Lanes, _ put: (Int, Lanes) -> Void) {
    let (m0, m1, m2, m3, m4, m5, m6, m7) = (m(0), m(1), m(2), m(3), m(4), m(5), m(6), m(7))
    let (s12, s34, s56) = ((m1 + m2) * (-2 / 9), m3 + m4, m5 + m6)
    put(0, m0 + s12 + s34 * (1 / 90) + s56 * (1 / 45))
    let (d12, d34, d56) = ((m1 - m2) * (-2 / 9), m3 - m4, m5 - m6)
    put(1, d12 + d34 * (1 / 45) + d56 * (1 / 90))
    put(2, s12 + s34 * (2 / 45) + s56 * (1 / 180) + m7)
  }
}
