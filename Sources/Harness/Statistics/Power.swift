/// What an experiment can see before it is run, or could have seen: the noise of one comparison.
package struct Power: Equatable, Sendable {
  /// The standard deviation between the seeds of each side that has chance; one alone, that of their differences, where
  /// sides are paired.
  package let deviations: [Double]
  /// The standard error that is from pictures, and its degrees of freedom.
  package let pictureError, pictureDegrees: Double

  package init(deviations: [Double], pictureError: Double, pictureDegrees: Double) {
    (self.deviations, self.pictureError, self.pictureDegrees) = (deviations, pictureError, pictureDegrees)
  }

  /// The share of experiments in which a difference is to be found.
  package static let share = 0.8

  /// The smallest true difference that is found in 80 of 100 experiments with so many seeds a side; infinite with one,
  /// whose noise can't be known.
  ///
  /// - Parameters:
  ///   - seeds: how many each side has.
  ///   - comparisons: how many are judged together (Bonferroni; Holm's correction finds no less).
  package func detectable(seeds: Int, comparisons: Int = 1) -> Double {
    guard seeds > 1 || deviations.isEmpty else { return .infinity }
    let noise = MeanSquare.sum(
      deviations.map { MeanSquare($0 * $0 / Double(seeds), degreesOfFreedom: Double(seeds - 1)) }
        + [MeanSquare(pictureError * pictureError, degreesOfFreedom: pictureDegrees)])
    guard noise.value > 0 else { return 0 }
    let critical = StudentT.quantile(
      1 - Judgement.level / Double(comparisons) / 2, degreesOfFreedom: noise.degreesOfFreedom)
    let shift = StudentT.solve {
      StudentT.tail(critical, degreesOfFreedom: noise.degreesOfFreedom, shift: $0) < Self.share
    }
    return shift * noise.value.squareRoot()
  }

  /// The fewest seeds, of 100 at most, with which a difference is found; nil where no number of them is enough, as the
  /// pictures are too few.
  package func seeds(for difference: Double, comparisons: Int = 1) -> Int? {
    func finds(_ seeds: Int) -> Bool { detectable(seeds: seeds, comparisons: comparisons) <= difference }
    guard finds(100) else { return nil }
    var (low, high) = (1, 100)
    while high - low > 1 {
      let middle = (low + high) / 2
      if finds(middle) { high = middle } else { low = middle }
    }
    return high
  }

  /// How many times as many pictures it takes to find a difference with 100 seeds; nil where ten times as many don't.
  package func morePictures(for difference: Double, comparisons: Int = 1) -> Double? {
    [1.5, 2, 3, 4, 5, 7, 10].first { times in
      Power(deviations: deviations, pictureError: pictureError / times.squareRoot(), pictureDegrees: pictureDegrees)
        .detectable(seeds: 100, comparisons: comparisons) <= difference
    }
  }

  // MARK: Before anything is measured

  /// What the mean IoU of a model usually deviates by between seeds: rounded from trainings on CamVid and on synthetic
  /// streets at 64x48 to 128x96.
  package static func usualDeviation(of model: String) -> Double {
    switch model {
    case "random-forest": 0.002
    case "vgg-unet": 0.005
    case "unet-mini": 0.012
    case "unet": 0.04
    default: 0.025
    }
  }

  /// What the mean IoU of a model has been seen to deviate by at most between seeds.
  static func largestDeviation(of model: String) -> Double { model == "random-forest" ? 0.003 : 0.05 }

  /// What the difference of two models usually varies by from pictures alone, and its degrees of freedom.
  package static func usualPictureNoise(_ design: PictureDesign) -> (error: Double, degrees: Double) {
    let pictures = Double(design.pictureCount)
    if design.isClustered {
      // From one drive of CamVid to the next, what a forest is ahead of a UNet-mini deviates by that.
      let clusters = Double(design.clusters.count)
      return (0.03 / clusters.squareRoot(), clusters - 1)
    }
    return switch design.order {
    // CamVid's test: 233 frames of two drives.
    case .video: (0.005 * (233 / pictures).squareRoot(), design.stretches.count == 1 ? 4 : 6)
    // 500 places of Cityscapes.
    case .places: (0.002 * (500 / pictures).squareRoot(), Double(design.terms.reduce(0, +)))
    case .independent: (0.002 * (500 / pictures).squareRoot(), max(1, pictures - 1))
    }
  }
}
