/// A picture with its ground truth. All three maps have the picture's size.
package struct Scene: Equatable, Sendable {
  /// The name within its dataset, such as `aachen_000000_000019`.
  package let name: String
  package var picture: Picture
  /// Raw labels, in the meaning of `labelTable`.
  package var labels: LabelMap
  /// Instance ids, where the dataset has them.
  package var instances: InstanceMap?
  package let labelTable: LabelTable

  package init(name: String, picture: Picture, labels: LabelMap, instances: InstanceMap? = nil, labelTable: LabelTable)
  {
    precondition(
      picture.width == labels.width && picture.height == labels.height
        && instances.map { $0.width == picture.width && $0.height == picture.height } ?? true,
      "\(name): picture of \(picture.width)x\(picture.height), labels of \(labels.width)x\(labels.height)")
    (self.name, self.picture, self.labels, self.instances, self.labelTable) = (
      name, picture, labels, instances, labelTable
    )
  }

  /// The class of every pixel, [height, width], as places in the class set. Labels are known by construction: datasets
  /// refuse files with other values.
  package var classes: [UInt8] {
    let table = labelTable.classes.map { $0 ?? labelTable.classSet.void }
    return labels.labels.map { table[Int($0)] }
  }

  /// The memory that its maps take, in bytes.
  package var byteCount: Int { picture.pixels.count + labels.labels.count + 2 * (instances?.ids.count ?? 0) }
  /// How many classes there are, void included.
  package var classCount: Int { labelTable.classSet.count }
  /// The class of pixels of which nothing is known.
  package var void: UInt8 { labelTable.classSet.void }
}
