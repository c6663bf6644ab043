import Compute
import Settings

/// How often training scenes are augmented.
package protocol AugmentationPolicy: Component {
  /// The items of `epoch` for scenes of these names, in their order with added copies last; the same for the same
  /// arguments, and anew for every epoch.
  func items(seed: UInt64, epoch: Int, names: [String]) -> [AugmentationItem]
}

/// The policies by name; a new one is a type here and a line in the registry.
package enum Policies {
  package static let registry = Registry<any AugmentationPolicy>(
    "augmentation policy", [AugmentWithProbability.self, AppendAugmented.self])
}

/// One picture of an epoch.
package struct AugmentationItem: Hashable, Sendable {
  /// The index of its scene among the training scenes.
  package let scene: Int
  package let isAugmented: Bool
  /// Which of the scene's augmented copies in this epoch it is, from 0.
  package let copy: Int

  package init(scene: Int, isAugmented: Bool, copy: Int) {
    (self.scene, self.isAugmented, self.copy) = (scene, isAugmented, copy)
  }

  /// The stream from which the augmentation of this item draws.
  package func stream(seed: UInt64, epoch: Int, name: String) -> RandomStream {
    RandomStream(
      seed: seed, RandomStream.key("augmentation"), RandomStream.key(name), UInt64(epoch), UInt64(copy))
  }

  /// The stream from which a `ResizingAugmentation` of this item draws: another for each copy of a scene and for the
  /// scene itself.
  package func resizingStream(seed: UInt64, epoch: Int, name: String) -> RandomStream {
    RandomStream(
      seed: seed, RandomStream.key("resizing"), RandomStream.key(name), UInt64(epoch),
      UInt64(isAugmented ? copy + 1 : 0))
  }
}

/// Each scene of an epoch is augmented with a probability; an epoch of N scenes has N items.
package struct AugmentWithProbability: AugmentationPolicy {
  package static let name = "probability"
  package static let summary = "augments each scene of an epoch with a probability"
  package static let fields: [Field<AugmentWithProbability>] = [
    .number("p", \.p, .from(0, to: 1), "the probability")
  ]

  package var p = 0.5

  package init() {}

  package func items(seed: UInt64, epoch: Int, names: [String]) -> [AugmentationItem] {
    names.indices.map { index in
      var random = RandomStream(
        seed: seed, RandomStream.key("augmented"), RandomStream.key(names[index]), UInt64(epoch))
      return AugmentationItem(scene: index, isAugmented: Double(random.uniform()) < p, copy: 0)
    }
  }
}

/// Augmented copies of a share of the scenes are added to the scenes as they are: an epoch of N scenes has N (1 + share)
/// items, rounded. The earlier reports' '10 % augmentation' is 0.1.
package struct AppendAugmented: AugmentationPolicy {
  package static let name = "append"
  package static let summary = "adds augmented copies of a share of the scenes to an epoch"
  package static let fields: [Field<AppendAugmented>] = [
    .number("share", \.share, .from(0, to: 100), "how many copies a scene")
  ]

  package var share = 0.1

  package init() {}

  package func items(seed: UInt64, epoch: Int, names: [String]) -> [AugmentationItem] {
    let plain = names.indices.map { AugmentationItem(scene: $0, isAugmented: false, copy: 0) }
    return plain + copies(Int((share * Double(names.count)).rounded()), seed: seed, epoch: epoch, of: names.count)
  }

  /// Each scene once before any comes again.
  private func copies(_ count: Int, seed: UInt64, epoch: Int, of scenes: Int) -> [AugmentationItem] {
    var random = RandomStream(seed: seed, RandomStream.key("appended"), UInt64(epoch))
    var order: [Int] = []
    return (0..<count).map { index in
      if index % scenes == 0 { order = (0..<scenes).shuffled(using: &random) }
      return AugmentationItem(scene: order[index % scenes], isAugmented: true, copy: index / scenes)
    }
  }
}
