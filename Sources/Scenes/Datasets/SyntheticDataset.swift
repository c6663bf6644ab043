extension Dataset {
  /// What reports say of synthetic scenes' origin.
  public static let syntheticCitation = "Synthetic streets drawn by segbench"

  /// Streets drawn in memory, as many and as large as Cityscapes has photos; a scene costs nothing until it is loaded.
  ///
  /// Scenes of `val` are drawn from other random numbers than those of `train`.
  public static func synthetic(seed: UInt64) -> Dataset {
    let street = SyntheticStreet(seed: seed)
    let size = PixelSize(width: 2048, height: 1024)
    let trainCount = 2975
    func entries(_ indices: Range<Int>) -> [SceneEntry] {
      indices.map { index in
        SceneEntry(
          name: SyntheticStreet.name(of: index), group: SyntheticStreet.city(of: index),
          source: .synthetic(street, index: index, size: size), labelSet: .cityscapes)
      }
    }
    return Dataset(
      name: "synthetic", location: "synthetic scenes of seed \(seed)", labelSet: .cityscapes,
      splits: ["train": entries(0..<trainCount), "val": entries(trainCount..<trainCount + 500)],
      citation: syntheticCitation)
  }
}
