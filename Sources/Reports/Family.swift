import Harness
import Settings

/// Rows of one model that are compared with one another, a reference first: all that they don't differ in is equal.
struct Family {
  let groups: [Group]
  /// What each has of what they differ in.
  let names: [String]
  /// Where among them the one stands that each is compared with; nil for the first.
  let references: [Int?]

  /// Rows that differ in one setting, each compared with the first.
  init(_ groups: [Group], named name: (Group) -> String) {
    self.groups = groups
    names = groups.map(name)
    references = groups.indices.map { $0 == 0 ? nil : 0 }
  }

  /// Rows that differ in one setting and whose order says something, each compared with the one before it.
  init(inOrder groups: [Group], named name: (Group) -> String) {
    self.groups = groups
    names = groups.map(name)
    references = groups.indices.map { $0 == 0 ? nil : $0 - 1 }
  }

  /// Rows that differ in some axes, each compared with the earlier row that differs from it in the fewest.
  ///
  /// - Parameter axes: the places of the axes among the values of a group.
  init(_ groups: [Group], differingIn axes: [Int]) {
    self.groups = groups
    let common = Self.common(groups)
    names = groups.map { group in group.ownValues.filter { !common.contains($0) }.joined(separator: " ") }
    references = groups.indices.map { place in
      (0..<place).min { one, other in
        func distance(_ reference: Int) -> Int {
          axes.count { groups[reference].axisValues[$0] != groups[place].axisValues[$0] }
        }
        return distance(one) < distance(other)
      }
    }
  }

  /// The model, and what else all members have that tells it from other families.
  var title: String {
    let own = Set(names)
    return ([groups[0].model] + Self.common(groups).filter { !own.contains($0) }).joined(separator: " ")
  }

  /// The values that tell each of `groups` from other rows of its model and that all of them have.
  private static func common(_ groups: [Group]) -> [String] {
    groups[0].ownValues.filter { value in groups.allSatisfy { $0.ownValues.contains(value) } }
  }

  /// The names of members that others are compared with, in order.
  var referenceNames: [String] { uniqued(references.compactMap { $0 }.sorted().map { names[$0] }) }

  /// The name of what a member is compared with; nil for the first.
  func referenceName(of place: Int) -> String? { references[place].map { names[$0] } }

  /// Every member but the first, and what it is compared with.
  var pairs: [(group: Group, reference: Group)] {
    zip(groups, references).compactMap { group, reference in reference.map { (group, groups[$0]) } }
  }

  /// A member's difference from what it is compared with; nil for the first, and where one has no scores.
  func contrast(of place: Int) -> Contrast? { references[place].flatMap { Contrast(groups[place], groups[$0]) } }

  var contrasts: [Contrast] { groups.indices.compactMap(contrast) }
}

extension Report {
  /// Groups that differ in one setting alone, the reference first.
  ///
  /// - Parameters:
  ///   - keys: the setting, and what bears on rows only where it isn't the reference's.
  ///   - isReference: whether a group is what others are compared with.
  ///   - name: what a group has of the setting.
  private func families(
    by keys: String..., reference isReference: (Group) -> Bool, named name: (Group) -> String
  ) -> [Family] {
    // Of a grid that is selected from, losses and augmentations are compared at the best of each.
    let selected: Set = ["model", "loss", "augmentation"]
    let alike = Self.alike(shown.filter(\.isNetwork)) { group in
      let common = group.kind(without: keys)
      return index.select == nil ? common : common.filter { selected.contains($0.key) }
    }
    return alike.compactMap { family in
      guard let first = family.firstIndex(where: isReference) else { return nil }
      return Family([family[first]] + family.indices.filter { $0 != first }.map { family[$0] }, named: name)
    }
  }

  /// The key of the number of training scenes.
  private static let size = "data.train"

  /// Families that differ in the number of training scenes, fewest first.
  var sizeFamilies: [Family] {
    guard index.axes.contains(Self.size) else { return [] }
    return Self.alike(shown) { $0.kind(without: Self.size) }.map { family in
      let sorted = family.sorted { trainingScenes(of: $0) < trainingScenes(of: $1) }
      return Family(inOrder: sorted) { "\(trainingScenes(of: $0))" }
    }
  }

  /// How many scenes a group's models were trained on.
  func trainingScenes(of group: Group) -> Int { group.settings.data.train ?? index.sceneCounts[.training] ?? 0 }

  /// The groups that are several to a kind, in their order.
  private static func alike(_ groups: [Group], _ kind: (Group) -> [String: Setting]) -> [[Group]] {
    var order: [[String: Setting]] = []
    var families: [[String: Setting]: [Group]] = [:]
    for group in groups {
      let kind = kind(group)
      if families[kind] == nil { order.append(kind) }
      families[kind, default: []].append(group)
    }
    return order.compactMap { families[$0] }.filter { $0.count > 1 }
  }

  /// Families that differ in the loss; cross-entropy is the reference, or else the first loss.
  var lossFamilies: [Family] {
    let losses = shown.filter(\.isNetwork).map(\.loss)
    let reference = losses.contains("ce") ? "ce" : losses.first
    return families(by: "loss", reference: { $0.loss == reference }, named: \.loss)
  }

  /// The key of how often an augmentation is applied.
  static let policy = "training.augmentationPolicy"

  /// Families that differ in the augmentation, and in how often it is applied; none is the reference.
  var augmentationFamilies: [Family] {
    families(by: "augmentation", Self.policy, reference: { $0.augmentation == "none" }, named: augmentation)
  }

  /// A row's augmentation, with how often it is applied where that differs.
  func augmentation(of group: Group) -> String {
    func policy(_ group: Group) -> String { "\(group.settings.training.augmentationPolicy)" }
    let policies = Set(shown.filter { $0.isNetwork && $0.augmentation != "none" }.map(policy))
    return group.augmentation == "none" || policies.count < 2
      ? group.augmentation : "\(group.augmentation) \(policy(group))"
  }

  /// Families of one model that differ in its further settings, such as how its encoder learns. What other sections
  /// compare is equal in each: loss, augmentation and the number of training scenes.
  var ablationFamilies: [Family] {
    let axes = index.groupAxes.indices.filter { !Self.isComparedElsewhere(index.groupAxes[$0]) }
    return Self.alike(shown) { $0.kind.filter { key, _ in key == "model" || Self.isComparedElsewhere(key) } }
      .map { Family($0, differingIn: axes) }
  }

  /// Whether another section compares the rows that differ in a setting.
  static func isComparedElsewhere(_ key: String) -> Bool {
    ["loss", "augmentation", policy, "data"].contains { key == $0 || key.hasPrefix($0 + ".") }
  }
}
