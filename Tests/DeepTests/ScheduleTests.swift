import Deep
import Settings
import TestSupport
import Testing

@Suite struct ScheduleTests {
  private func schedule(_ name: String, _ settings: [String: Setting] = [:]) throws -> any LearningRateSchedule {
    try Schedules.registry.make(Choice(name, settings))
  }

  @Test("warm-up goes up linearly, whatever follows", arguments: Schedules.registry.names)
  func warmUp(_ name: String) throws {
    let schedule = try schedule(name)
    let factors = (0..<5).map { schedule.factor(step: $0, of: 10, warmUpSteps: 4, scores: []) }
    #expect(factors == [0.25, 0.5, 0.75, 1, 1])
  }

  @Test("a constant stays, a cosine falls to zero, over what warm-up leaves")
  func falling() throws {
    let (constant, cosine) = (try schedule("constant"), try schedule("cosine"))
    #expect([0, 5, 10].map { constant.factor(step: $0, of: 10, scores: []) } == [1, 1, 1])
    expectClose([0, 5, 10].map { cosine.factor(step: $0, of: 10, scores: []) }, [1, 0.5, 0], absolute: 1e-6)
    expectClose(
      [2, 7, 12].map { cosine.factor(step: $0, of: 12, warmUpSteps: 2, scores: []) }, [1, 0.5, 0], absolute: 1e-6)
  }

  @Test("a plateau multiplies by its factor after its patience")
  func plateau() throws {
    let scores = [0.1, 0.2, 0.2, 0.1, 0.3, 0.3, 0.3, 0.3, 0.3]
    func factors(_ settings: [String: Setting]) throws -> [Float] {
      let plateau = try schedule("plateau", settings)
      return (0...9).map { plateau.factor(step: 5, of: 10, scores: Array(scores.prefix($0))) }
    }
    #expect(try factors(["patience": .whole(2)]) == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125])
    #expect(try factors(["factor": .number(0.1)]) == [1, 1, 1, 1, 1, 1, 1, 1, 0.1, 0.1])
    #expect(throws: SettingError.invalid(setting: "factor", value: "1", bound: "above 0, below 1")) {
      try schedule("plateau", ["factor": .whole(1)])
    }
  }
}
