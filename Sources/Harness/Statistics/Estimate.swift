/// A confidence interval of 95 %.
package struct Interval: Equatable, Sendable {
  package let low, high: Double

  package init(low: Double, high: Double) {
    (self.low, self.high) = (low, high)
  }
}

/// A score, or a difference of scores, with what is known of its noise.
package struct Estimate: Equatable, Sendable {
  /// What a statement may be made about.
  package enum Reach: String, Sendable { case these, any }

  /// Trainings and streets that an estimate's noise holds: those at hand, or any of their kind.
  package struct Scope: Equatable, Sendable {
    package let trainings, streets: Reach

    package init(trainings: Reach, streets: Reach) {
      (self.trainings, self.streets) = (trainings, streets)
    }
  }

  /// The mean over seeds.
  package let value: Double
  /// The standard deviation over seeds (n - 1 in the denominator); nil with one seed, and of differences.
  package let deviation: Double?
  /// Of all noise that the scope names; nil where nothing can be said of it, as of one picture.
  package let standardError: Double?
  package let degreesOfFreedom: Double
  /// The part of it that is from trainings; nil with a single one of a model whose seeds matter.
  package let trainingError: Double?
  /// The part of it that is from pictures, or from whole drives, and its degrees of freedom.
  package let pictureError: Double?
  package let pictureDegrees: Double
  package let scope: Scope
  /// Those that verdicts are made with: fewer where seeds or cosines may agree by chance.
  package let judgedDegrees: Double
  /// What the truth can't be out of: 0...1 for a score, -1...1 for a difference of two; nil where that isn't known.
  private let bounds: ClosedRange<Double>?

  package init(
    value: Double, deviation: Double? = nil, standardError: Double?, degreesOfFreedom: Double, trainingError: Double?,
    pictureError: Double?, pictureDegrees: Double = .infinity, judgedDegrees: Double? = nil,
    bounds: ClosedRange<Double>? = nil, scope: Scope
  ) {
    (self.value, self.deviation, self.standardError) = (value, deviation, standardError)
    (self.degreesOfFreedom, self.trainingError, self.scope) = (degreesOfFreedom, trainingError, scope)
    (self.pictureError, self.pictureDegrees) = (pictureError, pictureDegrees)
    self.judgedDegrees = judgedDegrees ?? degreesOfFreedom
    self.bounds = bounds
  }

  /// The sum of independent parts of noise.
  ///
  /// - Parameters:
  ///   - trainings: those of seeds; none of models without chance, and with one seed.
  ///   - knowsTrainings: whether they hold all noise of training that there is.
  ///   - pictures: that of pictures; nil where nothing is known of it.
  ///   - mostDegrees: how many degrees of freedom verdicts are made with at most.
  ///   - bounds: what the truth can't be out of.
  init(
    value: Double, deviation: Double? = nil, trainings: [MeanSquare], knowsTrainings: Bool, pictures: MeanSquare?,
    mostDegrees: Double, bounds: ClosedRange<Double>?, streets: Reach
  ) {
    let noise = pictures.map { MeanSquare.sum(trainings + [$0]) }
    self.init(
      value: value, deviation: deviation, standardError: noise?.value.squareRoot(),
      degreesOfFreedom: noise?.degreesOfFreedom ?? .nan,
      trainingError: knowsTrainings ? trainings.reduce(0) { $0 + $1.value }.squareRoot() : nil,
      pictureError: pictures?.value.squareRoot(), pictureDegrees: pictures?.degreesOfFreedom ?? .nan,
      judgedDegrees: noise.map { min($0.degreesOfFreedom, mostDegrees) }, bounds: bounds,
      scope: Scope(trainings: knowsTrainings ? .any : .these, streets: streets))
  }

  /// Where the truth is, but for one in twenty such intervals; nil where nothing is known of the noise.
  package var interval: Interval? {
    standardError.map { error in
      let reach = error > 0 ? StudentT.quantile(0.975, degreesOfFreedom: degreesOfFreedom) * error : 0
      let ends = [value - reach, value + reach].map { end in
        bounds.map { min(max(end, $0.lowerBound), $0.upperBound) } ?? end
      }
      return Interval(low: ends[0], high: ends[1])
    }
  }

  /// p of the null that the truth is at most `bound`.
  package func pAbove(_ bound: Double) -> Double { p(value - bound, degreesOfFreedom) }

  /// p of the null that the truth is at least `bound`.
  package func pBelow(_ bound: Double) -> Double { p(bound - value, degreesOfFreedom) }

  private func p(_ distance: Double, _ degrees: Double) -> Double {
    guard let standardError else { return 1 }
    guard standardError > 0 else { return distance > 0 ? 0 : 1 }
    return StudentT.tail(distance / standardError, degreesOfFreedom: degrees)
  }

  /// p of the null that the truth is zero.
  package var p: Double { twoSided(degreesOfFreedom) }

  /// The same for verdicts.
  package var judgedP: Double { twoSided(judgedDegrees) }

  private func twoSided(_ degrees: Double) -> Double { min(1, 2 * min(p(value, degrees), p(-value, degrees))) }

  /// p of the null that the truth is `margin` or more away from zero, for verdicts: two one-sided tests (Schuirmann 1987,
  /// doi:10.1007/BF01068419).
  package func judgedPEquivalent(within margin: Double) -> Double {
    max(p(value + margin, judgedDegrees), p(margin - value, judgedDegrees))
  }
}
