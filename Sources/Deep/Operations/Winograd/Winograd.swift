import Compute

/// Winograd's convolutions F(t x t, 3x3) (Lavin and Gray 2015, arXiv:1509.09308): tiles of t x t outputs come from
/// patches d of p x p inputs, p = t + 2, as Y = A^T [(G g G^T) * (B^T d B)] A for a kernel g [3, 3].
///
/// A scheme is its matrices, each in one dimension and over eight channels at a time; what is done with them is the
/// same for all.
protocol Winograd {
  /// Rows and columns of outputs that a tile gives; even.
  static var tile: Int { get }

  /// B^T d: p values to p values.
  static func transformInput(_ d: (Int) -> Lanes, _ put: (Int, Lanes) -> Void)
  /// A^T m: p values to t values.
  static func transformOutput(_ m: (Int) -> Lanes, _ put: (Int, Lanes) -> Void)
  /// A y, the adjoint of `transformOutput`: t values to p values.
  static func spreadOutput(_ y: (Int) -> Lanes, _ put: (Int, Lanes) -> Void)
  /// G g: three values to p values.
  static func transformKernel(_ g: (Int) -> Lanes, _ put: (Int, Lanes) -> Void)
  /// G^T m, the adjoint of `transformKernel`: p values to three values.
  static func gatherKernel(_ m: (Int) -> Lanes, _ put: (Int, Lanes) -> Void)

  // What follows is for all schemes; it is listed here so that each scheme has it in machine code of its own.

  /// G g G^T of a kernel [3, 3, inputs, outputs] as planes [inputs, outputs]; with `rotated`, of the kernel turned by
  /// 180 degrees, as the gradient by the data needs it.
  static func transformKernel(_ kernel: FloatBuffer, inputs: Int, outputs: Int, rotated: Bool) -> FloatBuffer

  /// The convolution of `sources`, side by side as one input, with a transformed kernel, to `destinations`, side by
  /// side as one output.
  static func convolve(
    _ sources: [Source], weights: FloatBuffer, shape: Shape, _ finish: WinogradFinish, to destinations: [Destination])

  /// The gradient of a kernel [3, 3, inputs, outputs] from the input and the gradient of the output:
  /// dg = G^T [sum over tiles (B^T d B)^T (A dY A^T)] G.
  static func kernelGradient(_ sources: [Source], _ gradient: Tensor, into target: FloatBuffer)
}

extension Winograd {
  /// Rows and columns of a patch.
  static var points: Int { tile + 2 }
  /// Products a tile, and so planes.
  static var products: Int { points * points }
}

/// The scheme that does a convolution with outputs of `shape` with the least work.
///
/// Larger tiles need fewer products an output, but hang over the border further, and give kernels more planes.
func winograd(for shape: Shape) -> any Winograd.Type {
  /// In products of a row of inputs with the kernel; transforming the kernel costs as much as some tiles.
  func cost(_ scheme: any Winograd.Type) -> Int {
    scheme.products * (TileGrid(shape, tile: scheme.tile).count + 30)
  }
  return cost(Winograd6.self) < cost(Winograd4.self) ? Winograd6.self : Winograd4.self
}

/// Rows and columns of the tiles that a convolution with outputs of `shape` is cut into.
package func winogradTile(for shape: Shape) -> Int { winograd(for: shape).tile }

/// What becomes of the outputs of a convolution before they are stored.
struct WinogradFinish {
  /// Added to each channel.
  var bias: Values?
  /// Whether max(0, .) follows.
  var rectifies = false
}

/// How the outputs of a convolution are cut into tiles; the last ones may hang over the border.
struct TileGrid {
  let shape: Shape
  /// Rows and columns of a tile.
  let tile: Int
  let down, across: Int

  init(_ shape: Shape, tile: Int) {
    (self.shape, self.tile) = (shape, tile)
    down = (shape.height + tile - 1) / tile
    across = (shape.width + tile - 1) / tile
  }

  var count: Int { shape.batch * down * across }

  /// The picture, and the row and column of the first output, of a tile.
  @inline(__always)
  func place(_ index: Int) -> (picture: Int, row: Int, column: Int) {
    let (picture, rest) = index.quotientAndRemainder(dividingBy: down * across)
    let (row, column) = rest.quotientAndRemainder(dividingBy: across)
    return (picture, row * tile, column * tile)
  }
}

/// The planes of a block of tiles, or of a kernel, whose "tiles" are its input channels.
///
/// Planes are a cache line longer than their values: strides of a power of two would fall on few sets of the cache.
struct Planes {
  /// How many there are.
  let planes: Int
  /// Tiles that fit, and values a tile.
  let tiles, channels: Int
  var stride: Int { tiles * channels + 16 }
  var count: Int { planes * stride }
}
