import Compute
import Scenes

/// The bootstrap over test pictures and seeds (Efron 1979, doi:10.1214/aos/1176344552).
///
/// Resample b of n pictures draws n of them with replacement; its score is that of the sum of the drawn pictures'
/// confusion matrices, never a mean of scores of pictures. The draws depend on b and n alone, so all cells that were
/// tested on the same pictures see the same resamples, and differences between them are paired.
package struct Bootstrap: Sendable {
  package let resamples: Int

  /// As many as percentiles at 2.5 % need to be steady to a few hundredths of an interval.
  package static let standardResamples = 2000

  /// Resamples that are weighed in one product of matrices.
  private static let block = 250
  private static let seed = RandomStream.key("segbench bootstrap")

  package init(resamples: Int = Bootstrap.standardResamples) {
    precondition(resamples >= 1, "\(resamples) resamples")
    self.resamples = resamples
  }

  /// The scores of every resample of the pictures, in the order of `Metric.all`.
  package func replicates(
    of sums: PictureSums, of classSet: ClassSet, under scoringProtocol: ScoringProtocol
  ) -> Replicates {
    let instances = classSet.withInstances.isEmpty ? nil : sums.instances
    let metrics = Metric.all(of: classSet, under: scoringProtocol, hasInstances: instances != nil)
    let places = scoringProtocol.classes(of: classSet)
    let count = sums.pictureCount
    precondition(count > 0, "no pictures to resample")
    precondition(sums.classCount == classSet.count, "sums of \(sums.classCount) classes, \(classSet.count) in the set")
    var values = [Float](repeating: 0, count: metrics.count * resamples)
    values.withUnsafeMutableBufferPointer { target in
      nonisolated(unsafe) let target = target
      Parallel.forEach((resamples + Self.block - 1) / Self.block) { index in
        let range = index * Self.block..<min(resamples, (index + 1) * Self.block)
        // How often each resample draws each picture, [resample, picture], times what each picture has.
        let weights = range.flatMap { Self.counts(resample: $0, pictures: count) }
        let products = Self.products(weights, sums.values, rows: range.count, pictures: count)
        let weighted = instances.map { Self.products(weights, $0, rows: range.count, pictures: count) }
        var scores = [Double](repeating: 0, count: metrics.count)
        for (row, resample) in range.enumerated() {
          scores.withUnsafeMutableBufferPointer { scores in
            guard let scores = scores.baseAddress else { return }
            products.withUnsafeBufferPointer { products in
              guard let start = products.baseAddress else { return }
              PictureSums.scores(start + row * sums.width, classCount: sums.classCount, places, into: scores)
            }
            weighted?.withUnsafeBufferPointer { weighted in
              guard let start = weighted.baseAddress else { return }
              let width = weighted.count / range.count
              PictureSums.instanceScores(start + row * width, count: width / 3, into: scores + 4 + places.count)
            }
          }
          for metric in metrics.indices { target[metric * resamples + resample] = Float(scores[metric]) }
        }
      }
    }
    return Replicates(metrics: metrics, resamples: resamples, values: values)
  }

  /// The sums over drawn pictures, [rows, width], of what each has, [pictures, width].
  private static func products(_ weights: [Double], _ values: [Double], rows: Int, pictures: Int) -> [Double] {
    let width = values.count / pictures
    var products = [Double](repeating: 0, count: rows * width)
    LinearAlgebra.multiply(
      m: rows, n: width, k: pictures, weights, rowStride: pictures, values, rowStride: width, into: &products,
      rowStride: width)
    return products
  }

  /// How often a resample draws each of `count` pictures.
  package static func counts(resample: Int, pictures count: Int) -> [Double] {
    var random = RandomStream(seed: seed, RandomStream.key("pictures"), UInt64(resample))
    var counts = [Double](repeating: 0, count: count)
    for _ in 0..<count { counts[random.integer(below: count)] += 1 }
    return counts
  }

  /// The positions in `seeds` that a resample draws: one less than there are, with replacement, so that the variance of
  /// their mean is unbiased (Rao and Wu 1988, doi:10.1080/01621459.1988.10478591); drawing all of three would take a
  /// third of the variance away. Three seeds are still few: over 100 simulated pictures and three seeds intervals hold the
  /// truth in 91 % of experiments (89 % with all drawn). Equal lists of seeds are drawn alike, so that they are paired.
  package static func draw(resample: Int, seeds: [Int]) -> [Int] {
    guard seeds.count > 1 else { return [0] }
    let list = RandomStream.key(seeds.map(String.init).joined(separator: ","))
    var random = RandomStream(seed: seed, RandomStream.key("seeds"), list, UInt64(resample))
    return (1..<seeds.count).map { _ in random.integer(below: seeds.count) }
  }
}

/// The scores of resamples.
package struct Replicates: Equatable, Sendable {
  package let metrics: [Metric]
  package let resamples: Int
  /// [metric, resample]; NaN where a resample has no such score.
  private let values: [Float]

  init(metrics: [Metric], resamples: Int, values: [Float]) {
    (self.metrics, self.resamples, self.values) = (metrics, resamples, values)
  }

  /// Those of some metrics alone, to save memory.
  package func keeping(_ kept: [Metric]) -> Replicates {
    Replicates(metrics: kept, resamples: resamples, values: kept.flatMap { self[$0] })
  }

  /// The scores of one metric by resample.
  package subscript(metric: Metric) -> ArraySlice<Float> {
    guard let index = metrics.firstIndex(of: metric) else { return [] }
    return values[index * resamples..<(index + 1) * resamples]
  }

  /// The replicates of a mean over seeds, which are resampled too.
  ///
  /// - Parameters:
  ///   - parts: the replicates of each seed, in the order of `seeds`.
  ///   - seeds: the seeds, which name the stream of their resampling.
  package static func mean(_ parts: [Replicates], seeds: [Int]) -> Replicates {
    precondition(parts.count == seeds.count && !parts.isEmpty, "\(parts.count) replicates, \(seeds.count) seeds")
    // A seed that was run by another version may lack some.
    let common = parts[0].metrics.filter { metric in parts.allSatisfy { $0.metrics.contains(metric) } }
    let parts = parts.map { $0.metrics == common ? $0 : $0.keeping(common) }
    let first = parts[0]
    guard parts.count > 1 else { return first }
    var values = [Float](repeating: 0, count: first.values.count)
    for resample in 0..<first.resamples {
      let drawn = Bootstrap.draw(resample: resample, seeds: seeds)
      for metric in first.metrics.indices {
        let place = metric * first.resamples + resample
        values[place] = drawn.reduce(0) { $0 + parts[$1].values[place] } / Float(drawn.count)
      }
    }
    return Replicates(metrics: first.metrics, resamples: first.resamples, values: values)
  }
}
