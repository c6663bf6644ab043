import Scenes

extension Dataset {
  /// What reports say of synthetic scenes' origin.
  package static let syntheticCitation = "Synthetic streets drawn by segbench"

  /// Streets drawn in memory, as many and as large as Cityscapes has photos; a scene costs nothing until it is loaded.
  ///
  /// Scenes of `val` are drawn from other random numbers than those of `train`. What a scene shows doesn't depend on its
  /// city; groups of `val` are districts that `train` has none of, as a dataset's should be.
  package static func synthetic(seed: UInt64, labelTable: LabelTable = .cityscapes) -> Dataset {
    let street = SyntheticStreet(seed: seed)
    let size = PixelSize(width: 2048, height: 1024)
    let trainCount = 2975
    func entries(_ indices: Range<Int>, district: String = "") -> [SceneEntry] {
      indices.map { index in
        street.entry(index, size: size, labelTable: labelTable, district: district)
      }
    }
    return Dataset(
      name: "synthetic", location: "synthetic scenes of seed \(seed)", labelTable: labelTable,
      splits: ["train": entries(0..<trainCount), "val": entries(trainCount..<trainCount + 500, district: "-north")],
      citation: syntheticCitation, order: .independent)
  }
}

extension SyntheticStreet {
  /// The scene of `index` as one of a dataset, at `size` unless it is asked for at another.
  ///
  /// - Parameters:
  ///   - index: which scene.
  ///   - size: its own size.
  ///   - labelTable: the meaning of its labels.
  ///   - district: goes with the name of the city in that of the group.
  package func entry(
    _ index: Int, size: PixelSize, labelTable: LabelTable = .cityscapes, district: String = ""
  ) -> SceneEntry {
    SceneEntry(
      name: Self.name(of: index), group: Self.city(of: index) + district,
      source: .drawn { wanted in
        let size = wanted ?? size
        return scene(index: index, width: size.width, height: size.height, labelTable: labelTable)
      }, labelTable: labelTable)
  }
}
