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
      return try YAMLDecoder().decode(Coverage.self, from: EmbeddedText.coverage_yaml)
    } catch {
      preconditionFailure("coverage.yaml, which is part of the program: \(error)")
    }
  }()

  /// How often intervals of a kind held in the simulation most like a test; nil where none has its order.
  func record(_ kind: Record.Kind, like facts: IntervalFacts, seeds: Int) -> Record? {
    facts.nearest(coverage.filter { $0.kind == kind && $0.order == facts.order }, seeds: seeds)
  }

  /// How often its reports claimed something false.
  func falseClaims(like facts: IntervalFacts, seeds: Int) -> FalseClaims? {
    facts.nearest(falseClaims.filter { $0.order == facts.order }, seeds: seeds)
  }

  /// How often intervals from drives, or folds, held.
  func streets(like facts: IntervalFacts, seeds: Int) -> Streets? {
    facts.nearest(streets.filter { $0.folds == (facts.folds > 0) }, seeds: seeds)
  }
}

/// The size of a simulated test.
private protocol SimulatedDesign {
  var drives: Int { get }
  var pictures: Int { get }
  var seeds: Int { get }
}

extension Coverage.Record: SimulatedDesign {}
extension Coverage.FalseClaims: SimulatedDesign {}
extension Coverage.Streets: SimulatedDesign {}

extension IntervalFacts {
  /// The design that is fewest powers of two away in drives, pictures and seeds; what is easier than the test counts twice.
  fileprivate func nearest<Design: SimulatedDesign>(_ designs: [Design], seeds: Int) -> Design? {
    func unlikeness(_ design: Design) -> Double {
      [(design.drives, drives), (design.pictures, pictures), (design.seeds, seeds)].reduce(0) { sum, pair in
        let distance = log2(Double(pair.0) / Double(max(1, pair.1)))
        return sum + (distance > 0 ? 2 * distance : -distance)
      }
    }
    return designs.min { unlikeness($0) < unlikeness($1) }
  }
}
