import Foundation
import Harness
import Scenes
import TestSupport
import Testing

/// `statistics/golden.json`, of which `make_statistics.py` beside it says how it was made.
@Suite("Statistics agree with their statement in NumPy and SciPy") struct GoldenStatisticsTests {
  private static let tolerance = 1e-9

  private let cases: [Value]

  init() throws {
    let file = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/statistics/golden.json")
    cases = try JSONDecoder().decode(Value.self, from: Data(contentsOf: file))["cases"].list
  }

  private func each(_ kind: String, _ count: Int, _ check: (_ input: Value, _ expected: Value, String) throws -> Void)
    rethrows
  {
    let own = cases.filter { $0["kind"].text == kind }
    #expect(own.count == count, "cases of \(kind)")
    for one in own { try check(one["input"], one["expected"], "\(kind): \(one["note"].text)") }
  }

  private func expect(_ value: Double, _ expected: Value, _ what: String) {
    let expected = expected.number
    if expected.isFinite {
      #expect(abs(value - expected) <= Self.tolerance * max(1, abs(expected)), "\(what): \(value), not \(expected)")
    } else {
      #expect(value.isNaN == expected.isNaN && (value.isNaN || value == expected), "\(what): \(value), not \(expected)")
    }
  }

  @Test("Student's t") func studentT() {
    each("t", 9) { input, expected, what in
      let df = input["df"].number
      expect(StudentT.quantile(0.975, degreesOfFreedom: df), expected["quantile"], what)
      for t in [2.0, -1, 8] {
        let value = StudentT.tail(t, degreesOfFreedom: df)
        let wanted = expected["tail_\(Int(t))"]
        expect(value, wanted, "\(what) at \(t), \(df)")
        // Far out, too, where nothing but the size of a p counts.
        #expect(abs(value / wanted.number - 1) < 1e-8, "\(what) at \(t), \(df): \(value) beside \(wanted.number)")
      }
    }
  }

  @Test("Sums of mean squares") func sums() {
    each("add", 2) { input, expected, what in
      let sum = MeanSquare.sum(input["parts"].list.map { MeanSquare($0[0].number, degreesOfFreedom: $0[1].number) })
      expect(sum.value, expected[0], what)
      expect(sum.degreesOfFreedom, expected[1], what)
    }
  }

  private func design(_ input: Value) throws -> PictureDesign {
    PictureDesign(
      drives: input["drives"].list.map { Int($0.number) },
      order: try #require(PictureOrder(rawValue: input["order"].text)))
  }

  @Test("The noise of pictures, in every order and over short drives") func pictures() throws {
    try each("pictures", 19) { input, expected, what in
      let design = try design(input)
      #expect(design.stretches == expected["merged"].list.map { Int($0.number) }, "\(what)")
      #expect(design.terms == expected["terms"].list.map { Int($0.number) }, "\(what)")
      let variance = design.variance(of: design.coefficients(of: input["psi"].list.map(\.number)))
      expect(variance?.value ?? .nan, expected["variance_df"][0], what)
      expect(variance?.degreesOfFreedom ?? .nan, expected["variance_df"][1], what)
    }
  }

  // MARK: Groups of trainings

  /// Classes of nothing but a name; the last is void, which is never true.
  private func classes(_ count: Int) throws -> ClassSet {
    try ClassSet(
      name: "golden", classes: (0...count).map { .init("c\($0)", RGB(UInt8($0), 0, 0), exportValue: UInt8($0)) },
      void: UInt8(count), members: [:])
  }

  /// [picture][hits, truths, predictions][class] as matrices: what isn't a hit is taken for void, or void for it.
  private func matrices(_ pictures: Value) -> [ConfusionMatrix] {
    pictures.list.map { picture in
      let rows = picture.list.map { $0.list.map { Int($0.number) } }
      let void = rows[0].count
      var matrix = ConfusionMatrix(classCount: void + 1)
      for place in 0..<void {
        matrix[place, place] = rows[0][place]
        matrix[place, void] = rows[1][place] - rows[0][place]
        matrix[void, place] = rows[2][place] - rows[0][place]
      }
      return matrix
    }
  }

  private func group(_ input: Value, _ design: PictureDesign) throws -> SeededScores {
    let trainings = try zip(input["seeds"].list, input["sums"].list).map { seed, pictures in
      let classes = try classes(pictures[0][0].list.count)
      let matrices = matrices(pictures)
      let total = matrices.dropFirst().reduce(into: matrices[0]) { $0 += $1 }
      return TrainingScores(
        seed: Int(seed.number), scores: Scores(confusion: total, of: classes, under: .withoutVoid),
        sums: PictureSums(classCount: classes.count, matrices), of: classes, design: design)
    }
    return SeededScores(model: input["model"].text, hasChance: !input["fixed"].flag, trainings, design: design)
  }

  private func expect(_ estimate: Estimate?, _ expected: Value, _ what: String) throws {
    guard case .object = expected else {
      #expect(estimate == nil, "\(what)")
      return
    }
    let estimate = try #require(estimate, "\(what)")
    expect(estimate.value, expected["value"], "\(what), value")
    expect(estimate.standardError ?? .nan, expected["se"], "\(what), error")
    expect(estimate.degreesOfFreedom, expected["df"], "\(what), degrees")
    expect(estimate.trainingError ?? .nan, expected["seed_se"], "\(what), seeds")
    expect(estimate.pictureError ?? .nan, expected["picture_se"], "\(what), pictures")
    #expect(estimate.scope.trainings.rawValue == expected["scope"]["seeds"].text, "\(what)")
    #expect(estimate.scope.streets.rawValue == expected["scope"]["streets"].text, "\(what)")
    let interval = try #require(estimate.interval, "\(what)")
    expect(interval.low, expected["interval"][0], "\(what), low")
    expect(interval.high, expected["interval"][1], "\(what), high")
    expect(estimate.p, expected["p"], "\(what), p")
    expect(estimate.pAbove(-0.01), expected["p_above_margin_below"], "\(what), above")
    expect(estimate.pBelow(0.01), expected["p_below_margin"], "\(what), below")
  }

  @Test("Influences of pictures on the mean IoU") func influences() throws {
    try each("influence", 2) { input, expected, what in
      let pictures = input["sums"]
      let classes = try classes(pictures[0][0].list.count)
      let sums = PictureSums(classCount: classes.count, matrices(pictures))
      let found = try #require(sums.influence(on: .meanIoU, of: classes, under: .withoutVoid))
      expect(found.value, expected["mean_iou"], what)
      for (part, wanted) in zip(found.parts, expected["psi"].list) { expect(part, wanted, what) }
    }
  }

  @Test("Estimates of single scores") func estimates() throws {
    try each("estimate", 16) { input, expected, what in
      try expect(group(input["group"], design(input)).estimate(.meanIoU), expected, what)
    }
  }

  @Test("Differences, here and on other streets, and the share of trainings ahead") func differences() throws {
    try each("difference", 14) { input, expected, what in
      let design = try design(input)
      let (a, b) = (try group(input["a"], design), try group(input["b"], design))
      try expect(a.difference(.meanIoU, from: b), expected["difference"], what)
      try expect(a.differenceElsewhere(.meanIoU, from: b), expected["other_streets"], "\(what), other streets")
      if let ahead = a.shareAhead(.meanIoU, of: b) { expect(ahead, expected["improvement"], what) }
    }
  }

  @Test("Holm's correction") func holm() {
    each("holm", 1) { input, expected, what in
      for (p, wanted) in zip(Judgement.holm(input["p"].list.map(\.number)), expected.list) { expect(p, wanted, what) }
    }
  }

  private func judged(_ input: Value) -> [Judgement] {
    let estimates = input["estimates"].list.map { row in
      let error: Double? = row[1].number.isNaN ? nil : row[1].number
      return Estimate(
        value: row[0].number, standardError: error, degreesOfFreedom: row[2].number, trainingError: error,
        pictureError: error, scope: .init(trainings: row[3].text == "any" ? .any : .these, streets: .these))
    }
    return Judgement.all(estimates, margin: 0.01)
  }

  @Test("Verdicts on rows") func verdicts() {
    each("verdicts", 1) { input, expected, what in
      for (judgement, wanted) in zip(judged(input), expected.list) {
        expect(judgement.p, wanted["p"], what)
        expect(judgement.pEquivalent, wanted["p_equivalent"], what)
        let text = judgement.verdict.rawValue + (judgement.isOfTheseTrainings ? " (these trainings only)" : "")
        #expect(text == wanted["verdict"].text, "\(what)")
      }
    }
  }

  @Test("Verdicts on claims") func claims() {
    each("claims", 1) { input, expected, what in
      for (judgement, wanted) in zip(judged(input), expected.list) {
        for (key, gain) in [("gain", nil), ("gain_0.02", 0.02), ("gain_0.1", 0.1)] as [(String, Double?)] {
          let verdict = ClaimVerdict(gainOf: judgement, claimed: gain, margin: 0.01)
          // That two are equivalent contradicts that one gains.
          let text = verdict == .equivalent ? "contradicted" : verdict.rawValue
          #expect(text == wanted[key].text, "\(what), \(key): \(judgement)")
        }
        let verdict = ClaimVerdict(difference: judgement.difference, atMost: 0.01, amongst: 8)
        #expect(verdict.rawValue == wanted["at_most_0.01"].text, "\(what), bound")
      }
    }
  }

  @Test("Which rows may be the best") func best() throws {
    try each("best", 1) { input, expected, what in
      let design = try design(input)
      let groups = try input["groups"].list.map { try group($0, design) }
      #expect(SeededScores.best(groups, by: .meanIoU) == expected.list.map(\.flag), "\(what)")
    }
  }

  @Test("The smallest difference that a design can see") func power() {
    each("detectable", 5) { input, expected, what in
      let deviation = input["sd"].number
      let power = Power(
        deviations: input["paired"].flag ? [deviation] : [deviation, deviation], pictureError: 0.005,
        pictureDegrees: 6)
      expect(
        power.detectable(seeds: Int(input["seeds"].number), comparisons: Int(input["m"].number)), expected, what)
    }
  }
}

/// JSON of any shape; numbers that JSON lacks stand there as words.
private indirect enum Value: Decodable {
  case number(Double), text(String), flag(Bool), list([Value]), object([String: Value]), none

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .none
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([Value].self) {
      self = .list(list)
    } else {
      self = .object(try container.decode([String: Value].self))
    }
  }

  subscript(key: String) -> Value { if case .object(let values) = self { values[key] ?? .none } else { .none } }
  subscript(place: Int) -> Value { list[place] }

  var list: [Value] { if case .list(let values) = self { values } else { [] } }
  var text: String { if case .text(let text) = self { text } else { "" } }
  var flag: Bool { if case .flag(let flag) = self { flag } else { false } }
  var number: Double {
    switch self {
    case .number(let number): number
    case .text("inf"): .infinity
    default: .nan
    }
  }
}
