/// A picture with its ground truth. All three maps have the picture's size.
public struct Scene: Equatable, Sendable {
  /// The name within its dataset, such as `aachen_000000_000019`.
  public let name: String
  public var picture: Picture
  /// Raw labels, in the meaning of `labelSet`.
  public var labels: LabelMap
  /// Instance ids, where the dataset has them.
  public var instances: InstanceMap?
  public let labelSet: LabelSet

  public init(name: String, picture: Picture, labels: LabelMap, instances: InstanceMap? = nil, labelSet: LabelSet) {
    precondition(
      picture.width == labels.width && picture.height == labels.height
        && instances.map { $0.width == picture.width && $0.height == picture.height } ?? true,
      "\(name): picture of \(picture.width)x\(picture.height), labels of \(labels.width)x\(labels.height)")
    (self.name, self.picture, self.labels, self.instances, self.labelSet) = (name, picture, labels, instances, labelSet)
  }

  /// The category of every pixel, [height, width], as `Category` raw values. Labels are known by construction:
  /// datasets refuse files with other values.
  public var categories: [UInt8] {
    let table = labelSet.categories.map { ($0 ?? .void).rawValue }
    return labels.labels.map { table[Int($0)] }
  }
}
