/// Calibration, scores picture by picture, and drives.
protocol PictureWords: Sendable {
  var calibrationTitle: String { get }
  func calibrationNote(protocol name: String) -> String
  var calibrationError: String { get }
  func calibrationError(under condition: String) -> String
  var validationCalibrationError: String { get }
  var overconfidence: String { get }
  var brierScore: String { get }
  /// - Parameters:
  ///   - rows: `ofChosenRows` or nothing.
  ///   - condition: the weather of the second panel; nil where there is one panel.
  func reliabilityCaption(rows: String, condition: String?) -> String
  var confidenceLabel: String { get }
  var shareRight: String { get }
  /// What the diagonal stands for.
  var probabilitiesAreFrequencies: String { get }

  var picturesTitle: String { get }
  func picturesNote(headline: String, pictures: Int) -> String
  var byPicture: String { get }
  var worstByPicture: String { get }
  var byClass: String { get }
  var worstByClass: String { get }
  var boundaryIoU: String { get }
  /// What Boundary IoU is.
  var boundaryNote: String { get }
  /// In how many of the pictures each class is.
  func occurrences(_ classes: [(name: String, count: Int)], of pictures: Int) -> String
  /// Whose worst pictures a table has.
  func worstPicturesNote(label: String, seed: Int) -> String
  var pictureName: String { get }
  var worstClass: String { get }
  var itsIoU: String { get }
  /// - Parameter void: the class that is black where pixels aren't counted; nil where the class set has none.
  func worstPicturesCaption(label: String, void: String?) -> String

  var drivesTitle: String { get }
  /// - Parameters:
  ///   - rows: `ofChosenRows` or nothing.
  ///   - isMixed: whether some drives are trained on and some aren't.
  func drivesNote(headline: String, rows: String, isMixed: Bool) -> String
  func distancesNote(headline: String, rows: String) -> String
  var drive: String { get }
  var trainedOn: String { get }
  var seenDrive: String { get }
  var unseenDrive: String { get }
  var allDrives: String { get }
  var pictureCount: String { get }
  var framesAway: String { get }
}
