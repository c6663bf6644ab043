import CTiles
import Compute

/// A kernel as tiles of bf16, and which of its channels lie in which plane: inputs side by side each begin a new plane.
struct PlaneKernel {
  /// Some rows, or columns, of the kernel: those that belong to a plane.
  struct Part {
    let first, count: Int
  }

  /// The values, [taps][inputs][outputs] of each matrix, one matrix after the other; outputs of one follow those of
  /// another as if they were further ones.
  let values: FloatBuffer
  let taps, inputs, outputs, matrices: Int
  /// Of the planes of inputs, and of the planes of each matrix's outputs.
  let rows, columns: [Part]

  /// - Parameters:
  ///   - channels: of the inputs that lie side by side.
  ///   - matrices: how many kernels there are, each with outputs of its own.
  init(_ values: FloatBuffer, taps: Int, inputs channels: [Int], outputs: Int, matrices: Int = 1) {
    (self.values, self.taps, self.outputs, self.matrices) = (values, taps, outputs, matrices)
    inputs = channels.reduce(0, +)
    var (first, rows) = (0, [Part]())
    for count in channels {
      rows += Self.parts(count).map { Part(first: first + $0.first, count: $0.count) }
      first += count
    }
    (self.rows, columns) = (rows, Self.parts(outputs))
    precondition(values.count == matrices * taps * inputs * outputs, "a kernel of \(values.count) values")
  }

  private static func parts(_ channels: Int) -> [Part] {
    stride(from: 0, to: channels, by: ChannelPlanes.width).map {
      Part(first: $0, count: min(ChannelPlanes.width, channels - $0))
    }
  }

  /// ChannelPlanes of all outputs.
  var outputPlanes: Int { matrices * columns.count }

  /// Values from matrix to matrix.
  private var matrix: Int { taps * inputs * outputs }

  /// Where the values of some planes' first input and first output are.
  private func place(_ row: Part, _ column: Int) -> Int {
    let (index, part) = column.quotientAndRemainder(dividingBy: columns.count)
    return index * matrix + row.first * outputs + columns[part].first
  }

  /// Values in the tiles of all.
  private var packedCount: Int { rows.count * outputPlanes * taps * 1024 }

  /// The tiles in the order of their use: [16 outputs][planes of inputs][taps], or for the gradient by the input, with
  /// inputs and outputs exchanged and the taps in reverse.
  func packed(turned: Bool = false) -> FloatBuffer {
    let result = FloatBuffer(count: packedCount / 2)
    let out = Shared(UnsafeMutableRawPointer(result.pointer).assumingMemoryBound(to: UInt16.self))
    Parallel.forEach(rows.count * outputPlanes) { index in
      let (output, input) = index.quotientAndRemainder(dividingBy: rows.count)
      let (row, column) = (rows[input], columns[output % columns.count])
      let (major, minor, planes) = turned ? (input, output, outputPlanes) : (output, input, rows.count)
      let tiles = (0..<2).map { out.value + ((2 * major + $0) * planes + minor) * taps * 512 }
      tiles_pack(
        values.pointer + place(row, output), Int64(inputs * outputs), Int64(outputs), Int32(taps), Int32(row.count),
        Int32(column.count), turned, tiles[0], tiles[1])
    }
    return result
  }

  /// The same for the way forward; in inference kept with the parameter that the kernel is, until it changes.
  func packed(of parameter: Parameter, on tape: Tape) -> FloatBuffer {
    tape.isTraining ? packed() : parameter.prepared(for: Self.preparedForm) { packed() }
  }

  /// Apart from the tiles of Winograd's transforms, which other forms are called by.
  private static let preparedForm = -16

  /// Where each plane's bias begins: `bias` once for each matrix, with zeros for the channels that fill up planes.
  func padded(_ bias: FloatBuffer) -> FloatBuffer {
    let result = FloatBuffer(repeating: 0, count: outputPlanes * ChannelPlanes.width)
    for output in 0..<outputPlanes {
      let column = columns[output % columns.count]
      (result.pointer + output * ChannelPlanes.width).update(from: bias.pointer + column.first, count: column.count)
    }
    return result
  }

  /// The gradient by the kernel.
  ///
  /// - Parameters:
  ///   - source: of the planes of inputs.
  ///   - gradient: by the outputs, in planes, all matrices'.
  ///   - target: takes it, stored as the kernel is.
  func gradient(_ source: PlaneSource, _ gradient: Tensor, into target: FloatBuffer) {
    let layout = ChannelPlanes(gradient.shape).layout
    let dy = PlaneSource([gradient]).planes
    let (row, count) = (rows.map { Int32($0.first) }, rows.map { Int32($0.count) })
    let dw = (0..<outputPlanes).map { output -> MutableValues? in
      target.pointer + place(Part(first: 0, count: 0), output)
    }
    let columns = (0..<outputPlanes).map { Int32(self.columns[$0 % self.columns.count].count) }
    withExtendedLifetime((source, row, count, dw, columns, dy)) {
      source.planes.withUnsafeBufferPointer { x in
        source.scales.withUnsafeBufferPointer { scales in
          source.shifts.withUnsafeBufferPointer { shifts in
            dy.withUnsafeBufferPointer { dy in
              dw.withUnsafeBufferPointer { dw in
                row.withUnsafeBufferPointer { row in
                  count.withUnsafeBufferPointer { count in
                    columns.withUnsafeBufferPointer { columns in
                      let job = tiles_gradient(
                        layout: layout, taps: Int32(taps), inputs: Int32(rows.count), x: x.baseAddress,
                        pictures: source.pictures,
                        scale: scales.baseAddress, shift: shifts.baseAddress, outputs: Int32(outputPlanes),
                        dy: dy.baseAddress, row: row.baseAddress, rows: count.baseAddress, dw: dw.baseAddress,
                        columns: columns.baseAddress, tap_stride: Int64(inputs * outputs), row_stride: Int64(outputs),
                        sums: nil)
                      Self.run(job)
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  private static func run(_ job: tiles_gradient) {
    var job = job
    let sums = FloatBuffer(count: Int(tiles_gradient_sums(&job)))
    job.sums = sums.pointer
    let shared = Shared(job)
    Parallel.forEach(Int(tiles_gradient_pieces(&job))) { piece in
      var job = shared.value
      let scratch = FloatBuffer(count: Int(tiles_gradient_scratch(&job)) / MemoryLayout<Float>.size)
      tiles_gradient_piece(&job, Int32(piece), scratch.pointer)
    }
    Parallel.forEach(Int(tiles_gradient_ends(&job))) { end in
      var job = shared.value
      tiles_gradient_end(&job, Int32(end))
    }
    withExtendedLifetime(sums) {}
  }
}

/// The planes that a kernel reads, and what it applies to them as it loads.
struct PlaneSource: @unchecked Sendable {
  private(set) var planes: [BFloats?] = []
  /// In place of planes: pictures of three channels of Float, of which a square of 3x3 is read for each pixel.
  private(set) var pictures: Values?
  /// Of each plane, or nil where values are as stored.
  private(set) var scales: [Values?] = []
  private(set) var shifts: [Values?] = []

  init(pictures: Tensor) {
    precondition(pictures.shape.channels == 3, "squares of pictures of \(pictures.shape.channels) channels")
    self.pictures = Values(pictures.pointer)
  }

  /// Tensors as they are stored, side by side.
  init(_ tensors: [Tensor]) {
    for tensor in tensors { add(tensor, nil) }
  }

  /// Variables as readers see them, side by side.
  init(_ variables: [Variable]) {
    for variable in variables { add(variable.tensor, variable.activation) }
  }

  private mutating func add(_ tensor: Tensor, _ activation: ChannelActivation?) {
    for plane in 0..<(tensor.planes?.count ?? 0) {
      planes.append(BFloats(tensor.plane(plane)))
      scales.append(activation.map { Values($0.scale.pointer + plane * ChannelPlanes.width) })
      shifts.append(activation.map { Values($0.shift.pointer + plane * ChannelPlanes.width) })
    }
  }
}

/// Where a convolution writes planes.
struct PlaneTarget {
  private(set) var planes: [MutableBFloats?] = []
  private(set) var adds: [Bool] = []
  /// Whether only the first 16 channels of a plane hold anything.
  private(set) var half: [Bool] = []

  /// A result.
  init(_ tensor: Tensor) {
    add(tensor, ChannelPlanes(tensor.shape), adds: false)
  }

  /// The gradients of inputs, side by side; nowhere where none is needed.
  init(gradientsOf variables: [Variable]) {
    for variable in variables {
      let target = variable.gradientTarget()
      add(target?.tensor, ChannelPlanes(variable.shape), adds: target?.adds ?? false)
    }
  }

  private mutating func add(_ tensor: Tensor?, _ layout: ChannelPlanes, adds: Bool) {
    for plane in 0..<layout.count {
      planes.append(tensor?.plane(plane))
      self.adds.append(adds)
      half.append(layout.channels(of: plane) <= ChannelPlanes.width / 2)
    }
  }
}

/// A convolution of stride 1 on planes, 3x3 with 'same' padding or 1x1.
struct PlaneProduct {
  let layout: tiles_layout
  let taps: Int
  /// As `PlaneKernel.packed` gives them.
  let weights: FloatBuffer
  /// One value for each channel of all planes.
  var bias: FloatBuffer?
  /// ReLU6 and swish with one tap alone.
  var function = ActivationFunction.identity
  /// Whether the maximum of each 2x2 square of rectified values is written alone; `canPool` says where that can be.
  var pools = false

  /// Whether squares of 2x2 don't reach beyond what a tile holds.
  static func canPool(_ shape: Shape) -> Bool { shape.width % 16 == 0 && shape.height % 2 == 0 }

  /// Writes or adds to planes.
  func callAsFunction(_ source: PlaneSource, to target: PlaneTarget) {
    withJob(source, target) { job in Self.run(job) }
  }

  /// Writes values of Float, [pixels, channels].
  func callAsFunction(_ source: PlaneSource, to target: Tensor) {
    let planes = ChannelPlanes(target.shape)
    withJob(source, nil) { job in
      var job = job
      job.outputs = Int32(planes.count)
      (job.dense, job.channels) = (target.pointer, Int32(target.shape.channels))
      Self.run(job)
    }
  }

  /// Writes planes, and sums what it writes, before it is rounded.
  ///
  /// - Returns: mean and (biased) variance of each channel over all pixels.
  func moments(_ source: PlaneSource, to result: Tensor) -> (mean: [Double], variance: [Double]) {
    let channels = result.shape.channels
    return withJob(source, PlaneTarget(result)) { job in
      var job = job
      let (sets, outputs) = (Int(tiles_convolution_moments(&job)), Int(job.outputs))
      let partial = FloatBuffer(count: sets * outputs * 64)
      job.moments = partial.pointer
      Self.run(job)
      let count = Double(result.shape.pixels)
      var (mean, variance) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
      for c in 0..<channels {
        var (sum, square) = (0.0, 0.0)
        for set in 0..<sets {
          let values = partial.pointer + ((set * outputs * 2 + c / 16) * 32 + c % 16)
          sum += Double(values[0])
          square += Double(values[16])
        }
        mean[c] = sum / count
        variance[c] = max(0, square / count - mean[c] * mean[c])
      }
      return (mean, variance)
    }
  }

  private static func run(_ job: tiles_convolution) {
    var job = job
    let shared = Shared(job)
    Parallel.forEach(Int(tiles_convolution_pieces(&job))) { piece in
      var job = shared.value
      tiles_convolve(&job, Int32(piece))
    }
  }

  private func withFlags<Result>(
    _ adds: [Bool], _ half: [Bool], _ body: (UnsafePointer<Bool>?, UnsafePointer<Bool>?) -> Result
  ) -> Result {
    adds.withUnsafeBufferPointer { adds in
      half.withUnsafeBufferPointer { half in body(adds.baseAddress, half.baseAddress) }
    }
  }

  private func withJob<Result>(
    _ source: PlaneSource, _ target: PlaneTarget?, _ body: (tiles_convolution) -> Result
  ) -> Result {
    let adds = target?.adds ?? []
    return source.planes.withUnsafeBufferPointer { x in
      (target?.planes ?? []).withUnsafeBufferPointer { y in
        withFlags(adds, target?.half ?? []) { flags, half in
          let weights = UnsafeRawPointer(weights.pointer).assumingMemoryBound(to: UInt16.self)
          return body(
            tiles_convolution(
              layout: layout, taps: Int32(taps), inputs: Int32(source.pictures == nil ? x.count : 1), x: x.baseAddress,
              pictures: source.pictures, outputs: Int32(y.count),
              y: target == nil ? nil : y.baseAddress, adds: adds.contains(true) ? flags : nil, half: half, dense: nil,
              channels: 0, weights: weights, bias: bias.map { Values($0.pointer) }, function: function.onPlanes,
              pools: pools, moments: nil))
        }
      }
    }
  }
}
