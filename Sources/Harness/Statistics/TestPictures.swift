import Scenes

/// The test pictures of an experiment, drive by drive: over all its folds, where it has any.
package struct TestPictures: Codable, Equatable, Sendable {
  /// Test pictures that were taken on one drive, or in one city.
  package struct Drive: Codable, Equatable, Sendable {
    /// The group of its scenes.
    package let name: String
    /// The names of its pictures, in the order in which they were taken.
    package let pictures: [String]
    /// Whether models were trained on other scenes of the same drive.
    package let isSeen: Bool
    /// How many frames lie between each picture and the nearest of its drive that is trained on; nil for a drive that
    /// isn't, or whose pictures have no frame numbers.
    package private(set) var distances: [Int]?
    /// Which fold tests it; nil without folds.
    package private(set) var fold: Int?

    package init(name: String, pictures: [String], isSeen: Bool = false, distances: [Int]? = nil, fold: Int? = nil) {
      (self.name, self.pictures, self.isSeen) = (name, pictures, isSeen)
      (self.distances, self.fold) = (distances, fold)
    }
  }

  package let order: PictureOrder
  package let drives: [Drive]

  package init(order: PictureOrder, drives: [Drive]) {
    (self.order, self.drives) = (order, drives)
  }
}
