import Foundation
import Scenes

/// How much can be learned from the test pictures, in the order of their drives: what a difference between two models
/// varies by from one set of pictures to another.
///
/// Pictures of a drive are no independent draws. The variance of the sum of what each contributes is taken from a few slow
/// cosines over the drive, which see what neighbours share (equally weighted cosines: Lazarus, Lewis, Stock and Watson
/// 2018, doi:10.1080/07350015.2018.1506926). Drives themselves are given: other streets are another question, which
/// sums over whole drives answer.
package struct PictureDesign: Equatable, Sendable {
  package let order: PictureOrder
  /// How many pictures each stretch has: a drive, or several short ones in a row.
  package let stretches: [Int]
  /// How many cosines are taken over each stretch; one less than it has pictures for all of them.
  package let terms: [Int]
  /// How many pictures each cluster has: a fold, or else a stretch.
  package let clusters: [Int]
  /// Whether clusters are trainings of their own, so that what varies between them holds the noise of training.
  package let hasFolds: Bool

  /// - Parameters:
  ///   - drives: how many pictures each drive has, in order.
  ///   - order: how much neighbours share.
  ///   - folds: how many pictures each fold tests, in the same order; empty without folds.
  package init(drives: [Int], order: PictureOrder, folds: [Int] = []) {
    self.order = order
    stretches = Self.merged(drives)
    terms = Self.terms(stretches, order)
    hasFolds = folds.count > 1
    clusters = hasFolds ? folds : stretches
  }

  package var pictureCount: Int { stretches.reduce(0, +) }

  /// Whether the variance between clusters is the one that intervals are made from: where each fold has trainings of its
  /// own, and where there are many drives of few pictures each.
  package var isClustered: Bool {
    clusters.count >= 3
      && (hasFolds || (order != .independent && stretches.count >= 10 && stretches.allSatisfy { $0 < 20 }))
  }

  /// Drives of fewer than three pictures join the one before, the first the one after.
  static func merged(_ drives: [Int]) -> [Int] {
    drives.reduce(into: []) { merged, count in
      if let last = merged.last, count < 3 || last < 3 {
        merged[merged.count - 1] += count
      } else {
        merged.append(count)
      }
    }
  }

  private static func terms(_ stretches: [Int], _ order: PictureOrder) -> [Int] {
    let count = stretches.reduce(0, +)
    let total =
      switch order {
      case .independent: count
      case .places: max(6, Int(0.4 * pow(Double(count), 2.0 / 3)))
      case .video: stretches.count == 1 ? 4 : 6
      }
    return stretches.map { own in
      guard order != .independent else { return own - 1 }
      return min(max(1, Int((Double(total * own) / Double(count) + 0.5).rounded(.down))), own - 1)
    }
  }

  // MARK: Given drives

  /// What the variance of a sum over pictures is made from: linear in what each picture contributes, so that a
  /// difference of two models has the difference of theirs.
  ///
  /// - Parameter parts: what each picture contributes, in order.
  /// - Returns: the cosines of each stretch, over the root of their number; all values about their mean where all cosines
  ///   would be taken, as both have the same sum of squares.
  package func coefficients(of parts: [Double]) -> [Double] {
    precondition(parts.count == pictureCount, "\(parts.count) pictures of \(pictureCount)")
    var start = 0
    return zip(stretches, terms).flatMap { count, terms -> [Double] in
      let own = parts[start..<start + count]
      start += count
      guard terms > 0 else { return [] }
      if terms == count - 1 {
        let (mean, scale) = (own.reduce(0, +) / Double(count), (Double(count) / Double(terms)).squareRoot())
        return own.map { ($0 - mean) * scale }
      }
      return (1...terms).map { term in
        let sum = own.enumerated().reduce(0) { sum, part in
          sum + part.element * cos(.pi * Double(term) * (Double(part.offset) + 0.5) / Double(count))
        }
        return (2 / Double(terms)).squareRoot() * sum
      }
    }
  }

  /// What a sum over pictures is of.
  package enum Quantity: Sendable {
    case score, difference

    /// How many frames of a video it takes for what is hard to change, as measured on CamVid at one frame a second: what
    /// is hard for all models stays so for longer than what divides them.
    var span: Double { self == .score ? 12 : 8 }
  }

  /// Drives of videos with fewer pictures are left uncorrected by `shortness`, which would be all assumption.
  private static let shortest = 16

  /// The variance of the sum over pictures, drives given; nil where a single picture says nothing of it.
  package func variance(of coefficients: [Double], as quantity: Quantity = .difference) -> MeanSquare? {
    var start = 0
    let parts = zip(stretches, terms).compactMap { count, terms -> MeanSquare? in
      guard terms > 0 else { return nil }
      let own = coefficients[start..<start + (terms == count - 1 ? count : terms)]
      start += own.count
      let factor =
        order == .video && terms < count - 1 && count >= Self.shortest
        ? Self.shortness(count, terms: terms, span: quantity.span) : 1
      return MeanSquare(factor * own.reduce(0) { $0 + $1 * $1 }, degreesOfFreedom: Double(terms))
    }
    return parts.isEmpty ? nil : .sum(parts)
  }

  /// By how much the cosines of a short drive understate its variance: the slower they are, the more of it they see.
  ///
  /// b / sum over j = 1...b of 1 / (1 + (pi j span / n)^2): the spectrum at zero over its mean at the cosines, of frames
  /// whose likeness falls like exp(-distance / span). It is 2.2 for 50 frames, four cosines and a span of 8; 1.1 for 233.
  private static func shortness(_ count: Int, terms: Int, span: Double) -> Double {
    let seen = (1...terms).reduce(0) { sum, term in
      let slowness = Double.pi * Double(term) * span / Double(count)
      return sum + 1 / (1 + slowness * slowness)
    }
    return Double(terms) / seen
  }

  /// How many independent pictures those of a video are worth; see `TrainingScores.worth`.
  func worth(_ parts: [Double]) -> Double? {
    guard order == .video else { return nil }
    var (start, products, squares) = (0, 0.0, 0.0)
    for count in stretches {
      let own = Array(parts[start..<start + count])
      start += count
      let centre = own.mean
      squares += own.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
      products += zip(own, own.dropFirst()).reduce(0) { $0 + ($1.0 - centre) * ($1.1 - centre) }
    }
    guard squares > 0, pictureCount > 2 * stretches.count else { return nil }
    let likeness = max(0, products / squares)
    return Double(pictureCount) * (1 - likeness) / (1 + likeness)
  }

  // MARK: Other drives

  /// The sum of what pictures contribute over each cluster.
  package func clusterSums(of parts: [Double]) -> [Double] {
    var start = 0
    return clusters.map { count in
      defer { start += count }
      return parts[start..<start + count].reduce(0, +)
    }
  }

  /// The variance of the sum over pictures where other drives might have been taken; nil of fewer than three clusters, and
  /// of scenes that belong to no drive. Clusters of unequal size count for fewer.
  package func variance(ofClusterSums sums: [Double]) -> MeanSquare? {
    guard clusters.count >= 3, hasFolds || order != .independent else { return nil }
    let count = Double(clusters.count)
    let pictures = Double(pictureCount)
    let effective = pictures * pictures / clusters.reduce(0) { $0 + Double($1 * $1) }
    return MeanSquare(
      count / (count - 1) * sums.reduce(0) { $0 + $1 * $1 }, degreesOfFreedom: max(1, min(count, effective) - 1))
  }
}
