import Foundation
import Harness
import Scenes
import Yams

/// How often intervals held the truth in simulations: `coverage.yaml`, which `Benchmarks/coverage.py` writes.
struct Coverage: Decodable {
  /// The share of intervals that held the truth.
  struct Record: Decodable, Equatable {
    enum Kind: String, Decodable { case score, difference }

    let kind: Kind
    let order: PictureOrder
    let drives, pictures, seeds: Int
    let coverage: Double
  }

  /// The share of reports with a false claim, of so many comparisons without a true difference.
  struct FalseClaims: Decodable, Equatable {
    let order: PictureOrder
    let drives, pictures, seeds, comparisons: Int
    let equal: Double
  }

  /// The share of intervals from drives or folds that held the truth for streets that nobody saw.
  struct Streets: Decodable, Equatable {
    let drives, pictures, seeds: Int
    let folds: Bool
    let coverage: Double
  }

  let coverage: [Record]
  let falseClaims: [FalseClaims]
  let streets: [Streets]

  /// That which comes with the program.
  static let measured: Coverage = {
    do {
      let text = String(decoding: PackageResources.coverage_yaml, as: UTF8.self)
      return try YAMLDecoder().decode(Coverage.self, from: text)
    } catch {
      preconditionFailure("coverage.yaml, which is part of the program: \(error)")
    }
  }()

  /// The simulation that is most like a test: of its order, with no more seeds and pictures where there is one.
  func record(_ kind: Record.Kind, like facts: IntervalFacts, seeds: Int) -> Record? {
    coverage.filter { $0.kind == kind && $0.order == facts.order }.min {
      Self.unlikeness($0.drives, $0.pictures, $0.seeds, facts, seeds)
        < Self.unlikeness($1.drives, $1.pictures, $1.seeds, facts, seeds)
    }
  }

  /// As `record`, of false claims.
  func falseClaims(like facts: IntervalFacts, seeds: Int) -> FalseClaims? {
    falseClaims.filter { $0.order == facts.order }.min {
      Self.unlikeness($0.drives, $0.pictures, $0.seeds, facts, seeds)
        < Self.unlikeness($1.drives, $1.pictures, $1.seeds, facts, seeds)
    }
  }

  /// As `record`, of intervals from drives, or folds.
  func streets(like facts: IntervalFacts, seeds: Int) -> Streets? {
    streets.filter { $0.folds == (facts.folds > 0) }.min {
      Self.unlikeness($0.drives, $0.pictures, $0.seeds, facts, seeds)
        < Self.unlikeness($1.drives, $1.pictures, $1.seeds, facts, seeds)
    }
  }

  /// Powers of two between a simulation and a test; what is easier than the test counts twice.
  private static func unlikeness(
    _ drives: Int, _ pictures: Int, _ seeds: Int, _ facts: IntervalFacts, _ ownSeeds: Int
  ) -> Double {
    [(drives, facts.drives), (pictures, facts.pictures), (seeds, ownSeeds)].reduce(0) { sum, pair in
      let distance = log2(Double(pair.0) / Double(max(1, pair.1)))
      return sum + (distance > 0 ? 2 * distance : -distance)
    }
  }
}
