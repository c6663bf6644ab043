// MARK: Calibration

extension EnglishCatalogue {
  var calibrationTitle: String { "Calibration" }

  func calibrationNote(protocol name: String) -> String {
    """
    How far probabilities can be believed: test pixels that protocol `\(name)` counts, all seeds together. ECE is the \
    expected calibration error ([Guo et al. 2017](https://arxiv.org/abs/1706.04599)): the gap between the probability of \
    the predicted class and how often that class is right, in 15 bins of equal width, weighted by their pixels. \
    Over-confidence is the mean probability of the predicted class less the accuracy. The Brier score is the mean over \
    pixels of the squared distance between probabilities and truth, summed over classes: 0 at best, 2 at worst. The ECE \
    depends on the bins and sees the predicted class alone ([Nixon et al. 2019](https://arxiv.org/abs/1904.01685)). Rows \
    without probabilities, such as those of a linear SVC, are left out. Nothing here has an interval, and nothing is bold.
    """
  }

  var calibrationError: String { "ECE" }
  func calibrationError(under condition: String) -> String { "ECE, \(condition)" }
  var validationCalibrationError: String { "ECE, validation" }
  var overconfidence: String { "Over-confidence" }
  var brierScore: String { "Brier score" }

  func reliabilityCaption(rows: String, condition: String?) -> String {
    "Reliability\(rows) on test scenes"
      + (condition.map { " in clear weather and under \($0), which costs the most mean IoU" } ?? "")
      + ": how often the predicted class is right, by its probability; below the grey line a model is over-confident; bins of less than a thousandth of the pixels are left out"
  }

  var confidenceLabel: String { "probability of the predicted class" }
  var shareRight: String { "share that is right" }
  var probabilitiesAreFrequencies: String { "perfectly calibrated" }
}

// MARK: Pictures

extension EnglishCatalogue {
  var picturesTitle: String { "Picture by picture" }

  func picturesNote(headline: String, pictures: Int) -> String {
    """
    \(headline) The scores above sum all pictures first, so large things weigh most. Here every picture is scored on its \
    own, over the classes that its truth has ([Wang et al. 2023](https://arxiv.org/abs/2310.19252)). *By picture*: the mean \
    over the \(number(pictures)) pictures of the mean over their classes. *By class*: the mean over classes of the mean over \
    the pictures that have the class. *Worst 5 %*: the same over the worst 5 % of pictures, at least one, chosen among all \
    or for each class. Means over seeds, without intervals.
    """
  }

  var byPicture: String { "Mean IoU by picture" }
  var worstByPicture: String { "Worst 5 % by picture" }
  var byClass: String { "Mean IoU by class" }
  var worstByClass: String { "Worst 5 % by class" }
  var boundaryIoU: String { "Mean boundary IoU" }

  var boundaryNote: String {
    """
    Boundary IoU ([Cheng et al. 2021](https://arxiv.org/abs/2103.16562)) counts of each class the pixels within 2 % of the \
    picture's diagonal of its true and of its predicted contour alone, void truth left out.
    """
  }

  func occurrences(_ classes: [(name: String, count: Int)], of pictures: Int) -> String {
    "Of the \(number(pictures)) pictures, so many have each class: "
      + classes.map { "\($0.name) \(number($0.count))" }.joined(separator: ", ")
      + ". The score of a class that few have rests on those few."
  }

  func worstPicturesNote(label: String, seed: Int) -> String {
    """
    Where models fail: the pictures that \(label), seed \(seed), segments worst. It is the cell with the best validation \
    mean IoU, so no score of the test chose it.
    """
  }

  var pictureName: String { "Picture" }
  var worstClass: String { "Worst class" }
  var itsIoU: String { "Its IoU" }

  func worstPicturesCaption(label: String, void: String?) -> String {
    "The test scenes that \(label) segments worst, the worst first: picture, truth, mask and its wrong pixels"
      + (void.map { "; black there is \($0) truth, which isn't counted" } ?? "")
  }
}

// MARK: Drives

extension EnglishCatalogue {
  var drivesTitle: String { "Drive by drive" }

  func drivesNote(headline: String, rows: String, isMixed: Bool) -> String {
    """
    \(headline) Mean IoU\(rows) on the test scenes of each drive together; means over seeds, without intervals. A class that \
    the truth of a drive lacks is left out there.
    """
      + (isMixed
        ? " Of the drives called seen, other scenes were trained on; of those never seen, none was, and only they say what to "
          + "expect of other streets." : "")
  }

  func distancesNote(headline: String, rows: String) -> String {
    """
    \(headline) Mean IoU\(rows) on the test scenes of seen drives, by how many frames lie between them and the nearest that \
    was trained on: neighbouring frames are near copies, so what is near is easier than it would be on the road.
    """
  }

  var drive: String { "Drive" }
  var trainedOn: String { "In training" }
  var seenDrive: String { "seen" }
  var unseenDrive: String { "never seen" }
  var allDrives: String { "all of them" }
  var pictureCount: String { "Pictures" }
  var framesAway: String { "Frames away" }
}
