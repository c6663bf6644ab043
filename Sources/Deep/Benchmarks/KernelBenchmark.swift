import CTiles
import Compute
import Settings

/// Measures what training spends its time with, alone: matrix products and convolutions.
///
/// Rates are billions of operations a second, a multiplication and an addition being two. A convolution's are those of
/// the direct sum: Winograd's does it in a fifth to a quarter of the products, so that it can be above the peak.
package struct KernelBenchmark: Codable, Equatable, Sendable {
  /// One kernel at one size.
  package struct Row: Codable, Equatable, Sendable {
    package let kernel: String
    package let size: String
    /// The fastest of the repeats.
    package let seconds: Double
    package let gigaflops: Double
    /// The rate of what it is made of, each thread at its own: what this machine gives at most.
    package var peakGigaflops = 0.0
  }

  /// One loop over values at one size, of which memory bounds the speed.
  package struct MemoryRow: Codable, Equatable, Sendable {
    package let kernel: String
    package let size: String
    /// The fastest of the repeats.
    package let seconds: Double
    /// Billions of bytes a second, each value that is read or written counted once.
    package let gigabytes: Double
  }

  package let rows: [Row]
  package let memoryRows: [MemoryRow]
  /// Billions of bytes a second that a copy reads and writes of more than caches hold.
  package let copyGigabytes: Double
  package let threads: Int
  /// The processors that products of matrices chose their kernels for.
  package let kernel: String

  /// Measures now. Nothing else should run meanwhile.
  ///
  /// - Throws: `SettingError.invalid` for a count of repeats below 1.
  package init(repeats: Int) throws {
    guard repeats >= 1 else { throw SettingError.invalid(setting: "repeats", value: "\(repeats)", bound: "at least 1") }
    let large = Self.product(1024, 1024, 1024, repeats)
    var rows = [large, Self.product(256, 512, 512, repeats), Self.product(48, 128, 128, repeats)]
    for (height, width, channels) in [(256, 512, 64), (64, 128, 256), (16, 32, 512)] {
      rows += Self.convolution(Shape(2, height, width, channels), repeats)
    }
    rows.append(Self.stridedConvolution(Shape(2, 256, 512, 3), outputs: 32, repeats))
    rows.append(Self.dilatedConvolution(Shape(2, 32, 64, 512), repeats))
    rows.append(Self.transposedConvolution(Shape(2, 32, 64, 512), outputs: 256, repeats))
    for index in rows.indices { rows[index].peakGigaflops = large.gigaflops }
    if Precision.bf16.isAvailable {
      let tiles = Self.tileProducts(repeats)
      var others = [tiles]
      for (height, width, channels) in [(256, 512, 64), (64, 128, 256), (16, 32, 512)] {
        for size in [3, 1] { others += Self.planes(Shape(2, height, width, channels), size: size, repeats) }
      }
      for index in others.indices { others[index].peakGigaflops = tiles.gigaflops }
      rows += others
    }
    self.rows = rows
    memoryRows = Self.memory(repeats)
    copyGigabytes = Self.copyRate(repeats)
    (threads, kernel) = (Parallel.threadCount, LinearAlgebra.kernelName)
  }

  /// C [m, n] = A [m, k] B [k, n], each thread one of its own.
  private static func product(_ m: Int, _ n: Int, _ k: Int, _ repeats: Int) -> Row {
    let threads = Parallel.threadCount
    let matrices = (0..<threads).map { _ in
      (FloatBuffer(repeating: 1, count: m * k), FloatBuffer(repeating: 1, count: k * n), FloatBuffer(count: m * n))
    }
    // Small products are repeated within a measurement, which would else be too short for the clock.
    let times = max(1, (1 << 30) / (m * n * k))
    let multiply = MatrixProduct(m: m, n: n, k: k, aStride: k, bStride: n, cStride: n)
    let seconds = fastest(of: repeats) {
      Parallel.forEach(threads) { thread in
        let (a, b, c) = matrices[thread]
        for _ in 0..<times { multiply(a.pointer, b.pointer, into: c.pointer) }
      }
    }
    return row(
      "product", "\(m)x\(k) by \(k)x\(n)", seconds / Double(times), operations: 2 * m * n * k * threads)
  }

  /// A 3x3 convolution that keeps the number of channels, forward and both gradients.
  private static func convolution(_ shape: Shape, _ repeats: Int) -> [Row] {
    let channels = shape.channels
    let (x, y) = (random(shape), Tensor(shape))
    let kernel = random(Shape(3, 3, channels, channels)).buffer
    let operations = 2 * 9 * shape.count * channels
    let target = FloatBuffer(count: kernel.count)
    let winograd = Winograd.best(for: shape)
    return [
      row(
        "3x3 convolution", "\(shape)",
        fastest(of: repeats) {
          winograd.convolve(
            [Source(x)], WinogradKernel(kernel, inputs: channels, outputs: channels), shape: shape, WinogradFinish(),
            to: [Destination(y)])
        }, operations: operations),
      row(
        "its gradient by the input", "\(shape)",
        fastest(of: repeats) { winograd.dataGradient(x, kernel: kernel, inputs: channels, to: [Destination(y)]) },
        operations: operations),
      row(
        "its gradient by the kernel", "\(shape)",
        fastest(of: repeats) { winograd.kernelGradient([Source(x)], y, into: target) }, operations: operations),
    ]
  }

  /// Products of bf16 alone, without loads.
  private static func tileProducts(_ repeats: Int) -> Row {
    let count = 1 << 15
    let seconds = fastest(of: repeats) {
      Parallel.forEach(Parallel.threadCount) { _ in tiles_products(Int64(count)) }
    }
    return row(
      "products of bf16", "16x32 by 32x16", seconds, operations: 2 * 16 * 32 * 16 * 6 * count * Parallel.threadCount)
  }

  /// A convolution of bf16 that keeps the number of channels, forward and both gradients.
  private static func planes(_ shape: Shape, size: Int, _ repeats: Int) -> [Row] {
    let channels = shape.channels
    let (x, y) = (random(shape).narrowed(), Tensor(planes: shape))
    let values = random(Shape(size, size, channels, channels)).buffer
    let kernel = PlaneKernel(values, taps: size * size, inputs: [channels], outputs: channels)
    let layout = ChannelPlanes(shape).layout
    let operations = 2 * size * size * shape.count * channels
    let target = FloatBuffer(count: values.count)
    let (forward, turned) = (kernel.packed(), kernel.packed(turned: true))
    func product(_ weights: FloatBuffer) -> Double {
      let product = PlaneProduct(layout: layout, taps: size * size, weights: weights)
      return fastest(of: repeats) { product(PlaneSource([x]), to: PlaneTarget(y)) }
    }
    return [
      row("\(size)x\(size) convolution of bf16", "\(shape)", product(forward), operations: operations),
      row("its gradient by the input", "\(shape)", product(turned), operations: operations),
      row(
        "its gradient by the kernel", "\(shape)",
        fastest(of: repeats) { kernel.gradient(PlaneSource([x]), y, into: target) }, operations: operations),
    ]
  }

  /// A 3x3 convolution dilated by two that keeps the number of channels, with what splits pictures and joins them.
  private static func dilatedConvolution(_ shape: Shape, _ repeats: Int) -> Row {
    let maker = LayerMaker(width: 1, classes: OutputClasses(count: 8), seed: 0)
    let layer = Convolution(maker, "dilated", from: shape.channels, to: shape.channels)
    let result = BatchToSpace(factor: 2)(layer(SpaceToBatch(factor: 2)(Graph.pictures(shape))))
    let x = Variable(random(shape))
    return row(
      "3x3 convolution dilated by 2", "\(shape)",
      fastest(of: repeats) { _ = result.run(of: x, on: Tape(.inference)) },
      operations: 2 * 9 * shape.count * shape.channels)
  }

  private static func stridedConvolution(_ shape: Shape, outputs: Int, _ repeats: Int) -> Row {
    let maker = LayerMaker(width: 1, classes: OutputClasses(count: 8), seed: 0)
    let layer = Convolution(maker, "stem", stride: 2, from: shape.channels, to: outputs)
    let x = Variable(random(shape))
    return row(
      "3x3 convolution of stride 2", "\(shape) to \(outputs) channels",
      fastest(of: repeats) { _ = Tape(.inference).run(layer, [x]) }, operations: 2 * layer.multiplyAdds([shape]))
  }

  /// What EfficientNet does between its products, at the sizes that it has for pictures of 512x256.
  private static func memory(_ repeats: Int) -> [MemoryRow] {
    let maker = LayerMaker(width: 1, classes: OutputClasses(count: 8), seed: 0)
    var rows: [MemoryRow] = []
    for (shape, size, stride) in [
      (Shape(2, 128, 256, 32), 3, 1), (Shape(2, 128, 256, 96), 3, 2), (Shape(2, 64, 128, 144), 5, 2),
      (Shape(2, 16, 32, 672), 5, 1),
    ] {
      let (x, target) = (random(shape), Tensor(shape))
      let layer = DepthwiseConvolution(
        maker, "depthwise\(rows.count)", size: size, stride: stride, padding: .symmetric, channels: shape.channels)
      let result = layer.shape(of: [shape])
      func add(_ kernel: String, _ values: Int, _ body: () -> Void) {
        let seconds = fastest(of: repeats, body)
        let bytes = Double(MemoryLayout<Float>.size * values)
        rows.append(MemoryRow(kernel: kernel, size: "\(shape)", seconds: seconds, gigabytes: bytes / seconds / 1e9))
      }
      let input = Variable(x)
      func run(_ operation: any NetworkOperation) -> () -> Void {
        { _ = Tape(.inference).run(operation, [input]) }
      }
      let job = DepthwiseJob(input: shape, output: result, window: layer.window)
      let (gradient, kernel) = (random(result), FloatBuffer(count: layer.kernel.values.count))
      add("\(size)x\(size) depthwise convolution of stride \(stride)", shape.count + result.count, run(layer))
      add("its gradient by the input", shape.count + result.count) {
        job.inputGradient(gradient, kernel: layer.kernel.values, to: target, adds: false)
      }
      add("its gradient by the kernel", shape.count + result.count) {
        job.kernelGradient(Source(x), gradient, into: kernel)
      }
      guard stride == 1 else { continue }
      for function in [ActivationFunction.relu6, .swish, .sigmoid] {
        add(function.rawValue, 2 * shape.count, run(Activation(function)))
      }
      add(
        "squeeze and excitation", shape.count,
        run(SqueezeExcitation(maker, "squeeze\(rows.count)", channels: shape.channels, inner: shape.channels / 24 + 1)))
      add("sum", 3 * shape.count) { _ = Tape(.inference).run(Sum(), [input, input]) }
      let normalisation = BatchNormalisation(maker, "normal\(rows.count)", channels: shape.channels)
      add("batch normalisation, moments", 2 * shape.count) {
        _ = Tape(.training(seed: 0, step: 0)).run(normalisation, [input])
      }
    }
    return rows
  }

  private static func copyRate(_ repeats: Int) -> Double {
    let (from, to) = (FloatBuffer(repeating: 1, count: 1 << 26), FloatBuffer(count: 1 << 26))
    let seconds = fastest(of: repeats) { to.copy(from) }
    FloatBuffer.releaseUnused()
    return Double(2 * MemoryLayout<Float>.size * from.count) / seconds / 1e9
  }

  private static func transposedConvolution(_ shape: Shape, outputs: Int, _ repeats: Int) -> Row {
    let maker = LayerMaker(width: 1, classes: OutputClasses(count: 8), seed: 0)
    let layer = TransposedConvolution(maker, "up", from: shape.channels, to: outputs)
    let x = Variable(random(shape))
    return row(
      "2x2 transposed convolution", "\(shape) to \(outputs) channels",
      fastest(of: repeats) { _ = Tape(.inference).run(layer, [x]) }, operations: 2 * 4 * shape.count * outputs)
  }

  private static func random(_ shape: Shape) -> Tensor {
    var stream = RandomStream(seed: 0)
    return Tensor(shape, values: (0..<shape.count).map { _ in stream.uniform(-1...1) })
  }

  private static func row(_ kernel: String, _ size: String, _ seconds: Double, operations: Int) -> Row {
    Row(kernel: kernel, size: size, seconds: seconds, gigaflops: Double(operations) / seconds / 1e9)
  }
}

/// Seconds of the fastest of some runs, after one that doesn't count.
func fastest(of repeats: Int, _ body: () -> Void) -> Double {
  body()
  let clock = ContinuousClock()
  let times = (0..<repeats).map { _ in clock.measure(body) / .seconds(1) }
  return times.min() ?? 0
}
