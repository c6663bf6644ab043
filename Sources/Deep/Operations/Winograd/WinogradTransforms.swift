/// The matrices of Winograd's F(4x4, 3x3) with points 0, 1, -1, 2, -2, infinity (Lavin and Gray 2015,
/// arXiv:1509.09308): Y = A^T [(G g G^T) * (B^T d B)] A for a kernel g [3, 3] and a patch d [6, 6].
enum Winograd {
  /// Products a tile.
  static let products = 36
  /// Rows and columns of outputs that a tile gives.
  static let tile = 4

  /// B^T d.
  @inline(__always)
  static func transformInput(
    _ d0: Lanes, _ d1: Lanes, _ d2: Lanes, _ d3: Lanes, _ d4: Lanes, _ d5: Lanes
  ) -> (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes) {
    let t0 = d4 - 4 * d2
    let t1 = d3 - 4 * d1
    let t2 = d4 - d2
    let t3 = 2 * (d3 - d1)
    return (4 * d0 - 5 * d2 + d4, t0 + t1, t0 - t1, t2 + t3, t2 - t3, 4 * d1 - 5 * d3 + d5)
  }

  /// A^T m.
  @inline(__always)
  static func transformOutput(
    _ m0: Lanes, _ m1: Lanes, _ m2: Lanes, _ m3: Lanes, _ m4: Lanes, _ m5: Lanes
  ) -> (Lanes, Lanes, Lanes, Lanes) {
    let s12 = m1 + m2
    let d12 = m1 - m2
    let s34 = m3 + m4
    let d34 = m3 - m4
    return (m0 + s12 + s34, d12 + 2 * d34, s12 + 4 * s34, d12 + 8 * d34 + m5)
  }

  /// A y, the adjoint of `transformOutput`.
  @inline(__always)
  static func spreadOutput(
    _ y0: Lanes, _ y1: Lanes, _ y2: Lanes, _ y3: Lanes
  ) -> (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes) {
    let even = y0 + y2
    let odd = y1 + y3
    let evenFar = y0 + 4 * y2
    let oddFar = 2 * y1 + 8 * y3
    return (y0, even + odd, even - odd, evenFar + oddFar, evenFar - oddFar, y3)
  }

  /// G g.
  @inline(__always)
  static func transformKernel(
    _ g0: Lanes, _ g1: Lanes, _ g2: Lanes
  ) -> (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes) {
    let even = (g0 + g2) * (1 / 6)
    let odd = g1 * (1 / 6)
    let evenFar = g0 * (1 / 24) + g2 * (1 / 6)
    let oddFar = g1 * (1 / 12)
    return (g0 * 0.25, -even - odd, odd - even, evenFar + oddFar, evenFar - oddFar, g2)
  }

  /// G^T m, the adjoint of `transformKernel`.
  @inline(__always)
  static func gatherKernel(
    _ m0: Lanes, _ m1: Lanes, _ m2: Lanes, _ m3: Lanes, _ m4: Lanes, _ m5: Lanes
  ) -> (Lanes, Lanes, Lanes) {
    let s12 = (m1 + m2) * (1 / 6)
    let s34 = m3 + m4
    return (
      m0 * 0.25 - s12 + s34 * (1 / 24), (m2 - m1) * (1 / 6) + (m3 - m4) * (1 / 12), s34 * (1 / 6) - s12 + m5
    )
  }
}

/// How the outputs of a convolution are cut into tiles of 4x4; the last ones may hang over the border.
struct TileGrid {
  let shape: Shape
  let down, across: Int

  init(_ shape: Shape) {
    self.shape = shape
    down = (shape.height + Winograd.tile - 1) / Winograd.tile
    across = (shape.width + Winograd.tile - 1) / Winograd.tile
  }

  var count: Int { shape.batch * down * across }

  /// The picture, and the row and column of the first output, of a tile.
  @inline(__always)
  func place(_ tile: Int) -> (picture: Int, row: Int, column: Int) {
    let (picture, rest) = tile.quotientAndRemainder(dividingBy: down * across)
    let (row, column) = rest.quotientAndRemainder(dividingBy: across)
    return (picture, row * Winograd.tile, column * Winograd.tile)
  }
}

/// The 36 planes of a block of tiles, or of a kernel, whose "tiles" are its input channels.
///
/// Planes are a cache line longer than their values: strides of a power of two would fall on few sets of the cache.
struct Planes {
  /// Tiles that fit, and values a tile.
  let tiles, channels: Int
  var stride: Int { tiles * channels + 16 }
  var count: Int { Winograd.products * stride }
}
