import Settings
import Testing

@Suite("Components") struct ComponentTests {
  private struct Plain: Component {
    static let name = "plain"
    static let summary = "has no settings"
  }

  private struct Sized: Component {
    static let name = "sized"
    static let summary = "has some"
    enum Shape: String, CaseIterable, Sendable { case round, square }
    var count = 3
    var limit: Int?
    var share: Float = 0.1
    var shape = Shape.round
    var isOn = false
    var sides = 4
    var weight: Double?

    static let fields: [Field<Self>] = [
      .whole("count", \.count, 1...10, "how many"), .whole("limit", \.limit, 1...Int.max, "at most"),
      .number("share", \.share, .from(0, below: 1), "of all"), .choice("shape", \.shape, "of each"),
      .flag("on", \.isOn, "whether at all"), .whole("sides", \.sides, oneOf: [3, 4, 6], "as tiles have"),
      .number("weight", \.weight, .above(0, to: 10), "of each, where it matters"),
    ]

    func validate() throws {
      if isOn && count == 1 { throw SettingError.invalid(setting: "on", value: "true", bound: "false with one") }
    }
  }

  private let registry = Registry<any Component>("thing", [Plain.self, Sized.self])

  @Test("A name, a section and the short form choose the same component")
  func forms() throws {
    let section = Setting.section(["name": .text("sized"), "count": .whole(5), "share": .number(0.1)])
    #expect(try registry.choice(section) == Choice("sized", ["count": .whole(5)]))
    #expect(try registry.choice(.text("sized:5")) == registry.choice(section))
    #expect(try registry.choice(.text("plain")) == "plain")
    #expect("\(try registry.choice(section))" == "sized(count=5)")
    #expect(try registry.choice(registry.choice(section).setting) == registry.choice(section))
    let made = try #require(try registry.make(registry.choice(section)) as? Sized)
    #expect(made.count == 5 && made.share == 0.1)
  }

  @Test("Values that differ from the defaults are told, single precision by its shortest text")
  func changes() throws {
    var sized = Sized()
    #expect(sized.changes.isEmpty && sized.values["share"] == .number(0.1))
    (sized.limit, sized.shape, sized.weight) = (7, .square, 0.1)
    #expect(sized.changes == ["limit": .whole(7), "shape": .text("square"), "weight": .number(0.1)])
    #expect(try Sized(sized.values).changes == sized.changes)
  }

  @Test("What is wrong is named with setting, value and bound")
  func refused() {
    func refusal(_ values: [String: Setting]) -> String {
      do {
        _ = try registry.choice(.section(values.merging(["name": .text("sized")]) { $1 }))
        return ""
      } catch { return "\(error)" }
    }
    #expect(refusal(["count": .whole(11)]) == "count is 11, but must be 1 to 10")
    #expect(refusal(["limit": .whole(0)]) == "limit is 0, but must be 1 or more")
    #expect(refusal(["weight": .whole(0)]) == "weight is 0, but must be above 0, at most 10")
    #expect(refusal(["weight": .text("x")]) == "weight is 'x', but must be a number")
    #expect(refusal(["sides": .whole(5)]) == "sides is 5, but must be one of 3, 4, 6")
    #expect(refusal(["sides": .text("4")]) == "sides is '4', but must be a whole number")
    #expect(refusal(["share": .whole(1)]) == "share is 1, but must be 0 or more, below 1")
    #expect(refusal(["share": .text("x")]) == "share is 'x', but must be a number")
    #expect(refusal(["shape": .text("oval")]) == "shape is 'oval', but must be one of round, square")
    #expect(refusal(["cuont": .whole(1)]).contains("did you mean 'count'"))
    #expect(refusal(["on": .flag(true), "count": .whole(1)]) == "on is true, but must be false with one")
    #expect(throws: SettingError.self) { try registry.choice(.text("sizde")) }
    #expect(throws: SettingError.self) { try registry.choice(.whole(1)) }
    #expect(throws: SettingError.self) { try registry.choice(.section(["count": .whole(1)])) }
  }
}
