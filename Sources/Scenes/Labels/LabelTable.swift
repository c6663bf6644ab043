/// What a dataset's labels mean in a class set.
package struct LabelTable: Equatable, Sendable {
  /// How label files hold the labels.
  package let encoding: LabelEncoding
  package let classSet: ClassSet
  /// The class of each label as its place in the set, nil where the label is unknown; 256 entries.
  package let classes: [UInt8?]
  /// Whether the official evaluation leaves truth pixels of the label out; 256 entries. Nil where none is defined for
  /// these classes and labels.
  package let ignored: [Bool]?
  /// The label of pixels of which nothing is known, such as those from outside a shifted scene; its class is void.
  package var void: UInt8 {
    let own = encoding.vocabulary.void
    return classes[Int(own)] == classSet.void ? own : 255
  }

  /// The meaning of `encoding`'s labels in `classSet`: as the set defines it for the vocabulary, or else as it lists raw
  /// values, or else by the names of the classes where all labels are called so.
  ///
  /// - Throws: `ScenesError.badClasses` where the set isn't defined for these labels, lists one that they don't have or
  ///   one twice, or leaves one out: no label is ever taken for another.
  package init(_ encoding: LabelEncoding, _ classSet: ClassSet) throws {
    let vocabulary = encoding.vocabulary
    func refuse(_ reason: String) -> ScenesError { .badClasses(name: classSet.name, reason: reason) }
    let (members, find): ([ClassSet.Members], (String) -> UInt8?)
    if let own = classSet.members[vocabulary.name] {
      (members, find) = (own, vocabulary.value)
    } else if let listed = classSet.members[ClassSet.anyEncoding], vocabulary != .places(of: classSet) {
      (members, find) = (listed, encoding.label)
    } else if let named = Self.members(of: classSet, named: vocabulary) {
      (members, find) = (named, vocabulary.value)
    } else {
      let defined = ClassSet.all.filter { $0.members[vocabulary.name] != nil }.map(\.name)
      throw refuse(
        "it isn't defined for \(encoding.name) labels; "
          + (defined.isEmpty
            ? "those are called \(vocabulary.names.values.sorted().joined(separator: ", "))"
            : "those are: \(defined.joined(separator: ", "))"))
    }
    var classes = [UInt8?](repeating: nil, count: 256)
    for (place, list) in members.enumerated() {
      guard case .labels(let labels) = list else { continue }
      for label in labels {
        guard let value = find(label) else {
          throw refuse(
            "\(classSet.classes[place].name) lists the label '\(label)', which \(encoding.name) labels don't have")
        }
        if let other = classes[Int(value)] {
          throw refuse(
            "the label \(vocabulary.described(value)) is listed for \(classSet.classes[Int(other)].name) and for "
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
    let open = encoding.labels.filter { classes[Int($0)] == nil && $0 != 255 }
    if let place = rest.first {
      for value in open { classes[Int(value)] = UInt8(place) }
    } else if !open.isEmpty {
      throw refuse(
        "no class has the labels \(open.map(vocabulary.described).joined(separator: ", ")): list them, or give one class, "
          + "or void, 'rest'")
    }
    // What geometry shifts in from outside is void, whatever the classes are.
    guard classes[255] ?? classSet.void == classSet.void else {
      throw refuse("the label 255 can't be a class: it marks pixels of which nothing is known")
    }
    classes[255] = classSet.void
    (self.encoding, self.classSet, self.classes) = (encoding, classSet, classes)
    ignored = classSet.official.flatMap { official in
      guard official.encoding == vocabulary.name, encoding.tellsIgnored else { return nil }
      return (0..<256).map { $0 == 255 || official.ignored.contains(UInt8($0)) }
    }
  }

  /// The label of each class by its name, where the labels are called like classes of the set and nothing else.
  private static func members(of classSet: ClassSet, named vocabulary: LabelVocabulary) -> [ClassSet.Members]? {
    guard Set(vocabulary.names.values).isSubset(of: classSet.names) else { return nil }
    return classSet.names.map { name in .labels(vocabulary.names.values.contains(name) ? [name] : []) }
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
