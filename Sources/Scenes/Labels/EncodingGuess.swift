import Foundation
import Storage

/// Tells the encoding of label files by what they hold, where that leaves no doubt.
struct EncodingGuess {
  let encoding: LabelEncoding
  /// What was seen, in words.
  let reason: String

  /// Looks at label files, evenly spaced, until they can be told.
  ///
  /// - Throws: `Unclear` where they may be one or another.
  init(_ found: FoundScenes, in index: FolderIndex, for classSet: ClassSet) throws {
    let files = found.scenes.map(\.labels)
    let most = min(files.count, Self.fileLimit)
    var survey = MaskSurvey()
    // The first, the last, the middle...: what lies side by side is alike.
    for (number, place) in Self.spread(most).enumerated() {
      let file = index.url(files[place * files.count / most])
      survey.add(file)
      let isLast = number == most - 1
      if let (encoding, reason) = Self.decide(survey, found.evidence, classSet, isLast: isLast) {
        (self.encoding, self.reason) = (encoding, "\(reason): \(survey)")
        return
      }
    }
    // That none can be read is said file by file.
    guard survey.files > 0 else {
      (encoding, reason) = (.cityscapes, "no label file can be read")
      return
    }
    throw Unclear(survey: survey, possible: Self.possible(survey, classSet), folder: index.root.path)
  }

  /// That label files may have one encoding or another.
  struct Unclear: Error {
    let survey: MaskSurvey
    let possible: [LabelEncoding]
    let folder: String

    /// As a user is told.
    var refusal: ScenesError {
      let names = possible.map(\.name).joined(separator: " or ")
      return .unclearEncoding(
        folder: folder,
        reason: "its label files hold \(survey). "
          + (possible.isEmpty
            ? "No known encoding has all of these: say what they mean with data.encoding, such as "
              + "{values: {0: road, 1: rest}}, or let 'segbench data init' write a description to fill in"
            : "That may be \(names), or something else: say which with data.encoding, or --encoding"))
    }
  }

  /// How many files are looked at to tell.
  private static let fileLimit = 200
  /// Of how many files the absence of a value tells something.
  private static let enough = 16

  /// 0..<count in an order that soon has been everywhere.
  private static func spread(_ count: Int) -> [Int] {
    var (order, seen): ([Int], Set<Int>) = ([], [])
    var step = max(1, count)
    while order.count < count {
      for place in stride(from: 0, to: count, by: step) where seen.insert(place).inserted { order.append(place) }
      step = max(1, step / 2)
    }
    return order
  }

  /// The encoding, as soon as it is clear.
  private static func decide(
    _ survey: MaskSurvey, _ evidence: FoundScenes.Evidence, _ classSet: ClassSet, isLast: Bool
  ) -> (LabelEncoding, String)? {
    if !survey.colours.isEmpty {
      // As few colours as two are in several encodings; three that all fit are no chance.
      guard survey.colours.count >= 3, isLast || survey.files >= enough else { return nil }
      let fitting = possible(survey, classSet).filter { if case .colours = $0.code { true } else { false } }
      guard let first = fitting.first else { return nil }
      let meanings = fitting.map { encoding in
        survey.colours.keys.map { colour -> UInt8? in
          guard let table = try? LabelTable(encoding, classSet) else { return nil }
          return encoding.label(.colour(colour)).flatMap { table.classes[Int($0)] }
        }
      }
      return Set(meanings).count == 1 ? (first, "read as \(first.name)") : nil
    }
    let values = survey.values.keys.filter { $0 != 255 }
    let hasEnough = isLast || survey.files >= enough
    switch evidence {
    case .cityscapes:
      guard values.allSatisfy({ $0 <= 33 }) else { return nil }
      if values.contains(where: { $0 >= 19 }) { return (.cityscapes, "read as label ids, as train ids end at 18") }
      guard hasEnough, survey.values[255] != nil, values.contains(where: { $0 >= 8 }) else { return nil }
      return (.trainIds, "read as train ids, as nothing is above 18 but 255")
    case .camvid(isNamed: true):
      guard values.allSatisfy({ $0 <= 11 }), values.contains(where: { $0 >= 8 }) else { return nil }
      return (.camvid, "read as SegNet's labels of CamVid")
    case .camvid, .contents:
      // A class set that lists raw values says what they are.
      guard hasEnough, classSet.members[ClassSet.anyEncoding] != nil,
        let encoding = try? LabelEncoding.named(LabelEncoding.valuesName, for: classSet)
      else { return nil }
      return (encoding, "read as the values that \(classSet.name) lists")
    }
  }

  /// The encodings that have all that was seen, and that the class set is defined for.
  private static func possible(_ survey: MaskSurvey, _ classSet: ClassSet) -> [LabelEncoding] {
    let own = [LabelEncoding.coloursName, LabelEncoding.valuesName].compactMap {
      try? LabelEncoding.named($0, for: classSet)
    }
    return (LabelEncoding.all + own).filter { encoding in
      (try? LabelTable(encoding, classSet)) != nil && survey.raw.allSatisfy { encoding.label($0.label) != nil }
    }
  }
}

/// What a few label files hold.
struct MaskSurvey: CustomStringConvertible {
  private(set) var files = 0
  /// Pixels by number, of files that hold numbers.
  private(set) var values: [UInt16: Int] = [:]
  /// Pixels by colour, of files that hold colours; some are grey.
  private(set) var colours: [RGB: Int] = [:]

  /// Adds a file; one that can't be read is left for the check that names it.
  mutating func add(_ file: URL) {
    guard let data = try? Files.read(file, limit: PNG.byteLimit), let mask = try? PNG.mask(data, file: file.path) else {
      return
    }
    files += 1
    // A grey picture saved in colour holds numbers.
    let isGrey = mask.asValues != nil
    for (raw, found) in mask.histogram {
      switch raw {
      case .value(let value): values[value, default: 0] += found.count
      case .colour(let colour) where isGrey: values[UInt16(colour.red), default: 0] += found.count
      case .colour(let colour): colours[colour, default: 0] += found.count
      }
    }
  }

  /// All that was seen, with its pixels, in order. Where there are colours, grey is one of them.
  var raw: [(label: RawLabel, pixels: Int)] {
    guard !colours.isEmpty else {
      return values.map { (RawLabel.value($0.key), $0.value) }.sorted { $0.label < $1.label }
    }
    var all = colours
    for (value, count) in values {
      if let grey = UInt8(exactly: value) { all[RGB(grey, grey, grey), default: 0] += count }
    }
    return all.map { (RawLabel.colour($0.key), $0.value) }.sorted { $0.label < $1.label }
  }

  var description: String {
    let what =
      colours.isEmpty
      ? "the values \(LabelEncoding.ranges(values.keys))"
      : "\(raw.count) colours, such as \(raw.prefix(3).map(\.label.description).joined(separator: ", "))"
    return "\(what) (\(files == 1 ? "1 file" : "\(files) files") looked at)"
  }
}
