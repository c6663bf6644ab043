/// F(4x4, 3x3) with points 0, 1, -1, 2, -2, infinity: 2.25 products an output.
enum Winograd4: Winograd {
  static let tile = 4

  @inline(__always)
  static func transformInput(_ d: (Int) -> Lanes, _ put: (Int, Lanes) -> Void) {
    let (d0, d1, d2, d3, d4, d5) = (d(0), d(1), d(2), d(3), d(4), d(5))
    let t0 = d4 - 4 * d2
    let t1 = d3 - 4 * d1
    let t2 = d4 - d2
    let t3 = 2 * (d3 - d1)
    put(0, 4 * d0 - 5 * d2 + d4)
    put(1, t0 + t1)
    put(2, t0 - t1)
    put(3, t2 + t3)
    put(4, t2 - t3)
    put(5, 4 * d1 - 5 * d3 + d5)
  }

  @inline(__always)
  static func transformOutput(_ m: (Int) -> Lanes, _ put: (Int, Lanes) -> Void) {
    let (m0, m1, m2, m3, m4, m5) = (m(0), m(1), m(2), m(3), m(4), m(5))
    let (s12, d12, s34, d34) = (m1 + m2, m1 - m2, m3 + m4, m3 - m4)
    put(0, m0 + s12 + s34)
    put(1, d12 + 2 * d34)
    put(2, s12 + 4 * s34)
    put(3, d12 + 8 * d34 + m5)
  }

  @inline(__always)
  static func spreadOutput(_ y: (Int) -> Lanes, _ put: (Int, Lanes) -> Void) {
    let (y0, y1, y2, y3) = (y(0), y(1), y(2), y(3))
    let (even, odd) = (y0 + y2, y1 + y3)
    let (evenFar, oddFar) = (y0 + 4 * y2, 2 * y1 + 8 * y3)
    put(0, y0)
    put(1, even + odd)
    put(2, even - odd)
    put(3, evenFar + oddFar)
    put(4, evenFar - oddFar)
    put(5, y3)
  }

  @inline(__always)
  static func transformKernel(_ g: (Int) -> Lanes, _ put: (Int, Lanes) -> Void) {
    let (g0, g1, g2) = (g(0), g(1), g(2))
    let (even, odd) = ((g0 + g2) * (1 / 6), g1 * (1 / 6))
    let (evenFar, oddFar) = (g0 * (1 / 24) + g2 * (1 / 6), g1 * (1 / 12))
    put(0, g0 * 0.25)
    put(1, -even - odd)
    put(2, odd - even)
    put(3, evenFar + oddFar)
    put(4, evenFar - oddFar)
    put(5, g2)
  }

  @inline(__always)
  static func gatherKernel(_ m: (Int) -> Lanes, _ put: (Int, Lanes) -> Void) {
    let (m0, m1, m2, m3, m4, m5) = (m(0), m(1), m(2), m(3), m(4), m(5))
    let s12 = (m1 + m2) * (1 / 6)
    let s34 = m3 + m4
    put(0, m0 * 0.25 - s12 + s34 * (1 / 24))
    put(1, (m2 - m1) * (1 / 6) + (m3 - m4) * (1 / 12))
    put(2, s34 * (1 / 6) - s12 + m5)
  }
}
