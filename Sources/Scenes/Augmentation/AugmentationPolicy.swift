import Compute

/// How often training scenes are augmented.
public enum AugmentationPolicy: Hashable, Sendable {
  /// Each scene of an epoch is augmented with this probability, 0 to 1; an epoch of N scenes has N items.
  case probability(Double)
  /// Augmented copies of this share of the scenes, at least 0, are added to the scenes as they are: an epoch of N scenes
  /// has N (1 + share) items, rounded. The earlier reports' '10 % augmentation' is 0.1.
  case append(Double)

  /// One picture of an epoch.
  public struct Item: Hashable, Sendable {
    /// The index of its scene among the training scenes.
    public let scene: Int
    public let isAugmented: Bool
    /// Which of the scene's augmented copies in this epoch it is, from 0.
    public let copy: Int

    package init(scene: Int, isAugmented: Bool, copy: Int) {
      (self.scene, self.isAugmented, self.copy) = (scene, isAugmented, copy)
    }

    /// The stream from which the augmentation of this item draws.
    public func stream(seed: UInt64, epoch: Int, name: String) -> RandomStream {
      RandomStream(
        seed: seed, RandomStream.key("augmentation"), RandomStream.key(name), UInt64(epoch), UInt64(copy))
    }
  }

  /// The items of `epoch` for scenes of these names, in their order with added copies last; the same for the same
  /// arguments, and anew for every epoch.
  ///
  /// - Throws: `ScenesError.invalid` where the probability or share is out of its bounds.
  public func items(seed: UInt64, epoch: Int, names: [String]) throws -> [Item] {
    try check()
    switch self {
    case .probability(let probability):
      return names.indices.map { index in
        var random = RandomStream(
          seed: seed, RandomStream.key("augmented"), RandomStream.key(names[index]), UInt64(epoch))
        return Item(scene: index, isAugmented: Double(random.uniform()) < probability, copy: 0)
      }
    case .append(let share):
      let plain = names.indices.map { Item(scene: $0, isAugmented: false, copy: 0) }
      return plain + copies(Int((share * Double(names.count)).rounded()), seed: seed, epoch: epoch, of: names.count)
    }
  }

  /// Checks the probability or share.
  ///
  /// - Throws: `ScenesError.invalid` with the bound.
  public func check() throws {
    switch self {
    case .probability(let probability):
      guard (0...1).contains(probability) else {
        throw ScenesError.invalid(setting: "augmentation probability", value: "\(probability)", bound: "0 to 1")
      }
    case .append(let share):
      guard share >= 0, share <= 100 else {
        throw ScenesError.invalid(setting: "augmentation share to append", value: "\(share)", bound: "0 to 100")
      }
    }
  }

  /// Each scene once before any comes again.
  private func copies(_ count: Int, seed: UInt64, epoch: Int, of scenes: Int) -> [Item] {
    var random = RandomStream(seed: seed, RandomStream.key("appended"), UInt64(epoch))
    var order: [Int] = []
    return (0..<count).map { index in
      if index % scenes == 0 { order = (0..<scenes).shuffled(using: &random) }
      return Item(scene: order[index % scenes], isAugmented: true, copy: index / scenes)
    }
  }
}

extension AugmentationPolicy: LosslessStringConvertible {
  /// `probability:0.5` or `append:0.1`.
  public var description: String {
    switch self {
    case .probability(let probability): "probability:\(probability)"
    case .append(let share): "append:\(share)"
    }
  }

  /// Reads what `description` writes; nil for anything else.
  public init?(_ description: String) {
    let parts = description.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let value = Double(parts[1]) else { return nil }
    switch parts[0] {
    case "probability": self = .probability(value)
    case "append": self = .append(value)
    default: return nil
    }
  }
}
