/// What the raw values of a dataset's label files mean in a class set.
package struct LabelTable: Equatable, Sendable {
  package let encoding: LabelEncoding
  package let classSet: ClassSet
  /// The class of each raw value as its place in the set, nil where the value is unknown; 256 entries.
  package let classes: [UInt8?]
  /// Whether the official evaluation leaves truth pixels of the value out; 256 entries. Nil where none is defined for
  /// these classes and labels.
  package let ignored: [Bool]?
  /// The raw value of pixels of which nothing is known, such as those from outside a shifted scene; its class is void.
  package var void: UInt8 { classes[Int(encoding.void)] == classSet.void ? encoding.void : 255 }

  /// The meaning of `encoding`'s labels in `classSet`.
  ///
  /// - Throws: `ScenesError.badClasses` where the set isn't defined for these labels, lists one that they don't have or
  ///   one twice, or leaves one out: no label is ever taken for another.
  package init(_ encoding: LabelEncoding, _ classSet: ClassSet) throws {
    func refuse(_ reason: String) -> ScenesError { .badClasses(name: classSet.name, reason: reason) }
    guard let members = classSet.members[encoding.name] ?? classSet.members[ClassSet.anyEncoding] else {
      throw refuse(
        "it isn't defined for \(encoding.name) labels; "
          + "those are: \(ClassSet.all.filter { $0.members[encoding.name] != nil }.map(\.name).joined(separator: ", "))"
      )
    }
    var classes = [UInt8?](repeating: nil, count: 256)
    for (place, list) in members.enumerated() {
      guard case .labels(let labels) = list else { continue }
      for label in labels {
        guard let value = encoding.value(label) else {
          throw refuse(
            "\(classSet.classes[place].name) lists the label '\(label)', which \(encoding.name) labels don't have")
        }
        if let other = classes[Int(value)] {
          throw refuse(
            "the label \(encoding.described(value)) is listed for \(classSet.classes[Int(other)].name) and for "
              + "\(classSet.classes[place].name)")
        }
        classes[Int(value)] = UInt8(place)
      }
    }
    let rest = members.indices.filter { members[$0] == .rest }
    guard rest.count <= 1 else {
      throw refuse(
        "the rest of the labels is given to \(rest.map { classSet.classes[$0].name }.joined(separator: " and to "))")
    }
    let open = encoding.names.keys.sorted().filter { classes[Int($0)] == nil }
    if let place = rest.first {
      for value in open { classes[Int(value)] = UInt8(place) }
    } else if !open.isEmpty {
      throw refuse(
        "no class has the labels \(open.map(encoding.described).joined(separator: ", ")): list them, or give one class, "
          + "or void, 'rest'")
    }
    // What geometry shifts in from outside is void, whatever the classes are.
    guard classes[255] ?? classSet.void == classSet.void else {
      throw refuse("the label 255 can't be a class: it marks pixels of which nothing is known")
    }
    classes[255] = classSet.void
    (self.encoding, self.classSet, self.classes) = (encoding, classSet, classes)
    ignored = classSet.official.flatMap { official in
      guard official.encoding == encoding.name else { return nil }
      return (0..<256).map { $0 == 255 || official.ignored.contains(UInt8($0)) }
    }
  }

  private init(known encoding: LabelEncoding, _ classSet: ClassSet) {
    do {
      try self.init(encoding, classSet)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// Cityscapes' label ids as its eight categories.
  package static let cityscapes = LabelTable(known: .cityscapes, .cityscapes8)
  /// CamVid's labels as Cityscapes' eight categories.
  package static let camvid = LabelTable(known: .camvid, .cityscapes8)
}
