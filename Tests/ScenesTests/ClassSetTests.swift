import Scenes
import Settings
import Testing

@Suite("Class sets") struct ClassSetTests {
  private func own(_ classes: [Setting], void: Setting? = nil) throws -> ClassSet {
    var section: [String: Setting] = ["name": .text("own"), "classes": .list(classes)]
    section["void"] = void
    return try ClassSet(.section(section))
  }

  private func item(_ name: String, _ values: Setting, _ further: [String: Setting] = [:]) -> Setting {
    .section(["name": .text(name), "values": values].merging(further) { $1 })
  }

  @Test("The eight categories stand for every label of Cityscapes and of CamVid, 255 for void")
  func categories() {
    let names = ClassSet.cityscapes8.names
    let cityscapes = LabelTable.cityscapes.classes.map { $0.map { names[Int($0)] } }
    #expect(cityscapes[7] == "flat" && cityscapes[20] == "object" && cityscapes[33] == "vehicle")
    #expect(cityscapes[255] == "void" && cityscapes[34] == nil && cityscapes[254] == nil)
    let camvid = LabelTable.camvid.classes.prefix(13).map { $0.map { names[Int($0)] } }
    #expect(
      camvid == [
        "sky", "construction", "object", "flat", "flat", "nature", "object", "construction", "vehicle", "human",
        "human",
        "void", nil,
      ])
  }

  @Test(
    "The 19 classes are the labels that the official score counts; all others are void, and exported values are labels")
  func nineteen() throws {
    let table = try LabelTable(.cityscapes, .cityscapes19)
    let ignored = try #require(table.ignored)
    #expect(ClassSet.cityscapes19.count == 20)
    for label in 0..<34 {
      #expect((table.classes[label] == 19) == ignored[label], "\(label)")
      guard let place = table.classes[label], place != 19 else { continue }
      #expect(ClassSet.cityscapes19.classes[Int(place)].exportValue == UInt8(label))
      #expect(ClassSet.cityscapes19.classes[Int(place)].hasInstances == (label >= 24))
    }
    #expect(ClassSet.cityscapes19.names[0] == "road" && ClassSet.cityscapes19.names[18] == "bicycle")
  }

  @Test("A set is refused for labels that it isn't defined for")
  func otherLabels() {
    #expect(throws: ScenesError.self) { try LabelTable(.camvid, .cityscapes19) }
    #expect(throws: ScenesError.self) { try LabelTable(.cityscapes, .camvid11) }
  }

  @Test("A set of one's own takes labels by number or name, and the rest; void is added")
  func ownSet() throws {
    let classes = try own([item("road", .list([.whole(7)])), item("rest", .text("rest"))], void: .list([.text("sky")]))
    let table = try LabelTable(.cityscapes, classes)
    #expect(classes.names == ["road", "rest", "void"] && classes.void == 2)
    #expect(table.classes[7] == 0 && table.classes[8] == 1 && table.classes[23] == 2 && table.classes[255] == 2)
    // Label 0 is one of the rest, so what geometry shifts in must be another one.
    #expect(table.classes[0] == 1 && table.void == 255)
    #expect(table.ignored == nil)
    #expect(classes.classes.map(\.exportValue) == [0, 1, 255])
    #expect(Set(classes.classes.map(\.colour)).count == 3)
  }

  @Test("Where every class has a number of its own, that is what it is exported as")
  func exports() throws {
    let classes = try own([
      item("a", .list([.whole(3), .whole(4)])),
      item("b", .whole(9), ["colour": .list([.whole(1), .whole(2), .whole(3)])]),
    ])
    #expect(classes.classes.map(\.exportValue) == [3, 9, 255])
    #expect(classes.classes[1].colour == RGB(1, 2, 3))
    let named = try own([
      item("a", .whole(3), ["export": .whole(200), "instances": .flag(true)]), item("b", .text("rest")),
    ])
    #expect(named.classes[0].exportValue == 200 && named.classes[0].hasInstances)
  }

  @Test("No label is taken for another: twice, left out, unknown or 255 are refused with the reason")
  func refusedLabels() throws {
    func refusal(_ classes: [Setting], void: Setting? = nil) -> String {
      do {
        _ = try LabelTable(.camvid, own(classes, void: void))
        return ""
      } catch { return "\(error)" }
    }
    let road = item("road", .list([.whole(3), .whole(4)]))
    #expect(refusal([road, item("rest", .list([.whole(4)]))]).contains("4 (pavement) is listed for road and for rest"))
    #expect(refusal([road, item("sky", .whole(0))]).contains("no class has the labels 1 (building)"))
    #expect(refusal([road, item("sky", .whole(12))]).contains("sky lists the label '12'"))
    #expect(refusal([road, item("sky", .text("skye"))]).contains("'skye'"))
    #expect(refusal([road, item("a", .text("rest")), item("b", .text("rest"))]).contains("the rest"))
    #expect(refusal([road, item("a", .text("rest")), item("b", .whole(255))]).contains("255"))
    #expect(refusal([road, item("a", .text("rest"))], void: .text("rest")).contains("the rest"))
  }

  @Test("A set that isn't one is refused with the reason")
  func refusedSets() {
    func refusal(_ setting: Setting) -> String {
      do {
        _ = try ClassSet(setting)
        return ""
      } catch { return "\(error)" }
    }
    func section(_ classes: [Setting]) -> Setting { .section(["classes": .list(classes)]) }
    #expect(refusal(.text("camvid-12")).contains("did you mean 'camvid-11'"))
    #expect(refusal(section([item("a", .whole(1))])).contains("3 to 255"))
    #expect(refusal(section((0..<256).map { item("c\($0)", .whole($0)) })).contains("3 to 255"))
    #expect(refusal(section([item("a", .whole(1)), item("a", .whole(2))])).contains("'a' stands for two"))
    #expect(refusal(section([item("a>b", .whole(1)), item("b", .whole(2))])).contains("can't be a name"))
    #expect(refusal(section([item("a", .flag(true)), item("b", .whole(2))])).contains("values of a"))
    #expect(
      refusal(section([item("a", .whole(1), ["color": .none]), item("b", .whole(2))])).contains("did you mean 'colour'")
    )
    #expect(
      refusal(section([.section(["name": .text("a")]), item("b", .whole(2))])).contains("values of a is missing"))
    #expect(
      refusal(section([item("a", .whole(1), ["export": .whole(300)]), item("b", .whole(2))])).contains("0 to 255"))
    #expect(
      refusal(section([item("a", .whole(1), ["export": .whole(255)]), item("b", .whole(2))])).contains("export value"))
    #expect(refusal(.section(["name": .text("x")])).contains("a list such as"))
  }

  @Test("A set of the most classes there may be works")
  func most() throws {
    let all = (0..<254).map { item("class \($0)", .whole($0), ["export": .whole($0)]) }
    let classes = try ClassSet(.section(["classes": .list(all)]))
    #expect(classes.count == 255 && classes.void == 254)
  }
}
