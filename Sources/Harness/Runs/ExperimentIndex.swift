import Scenes

// What the index of an experiment's runs says of its scenes.

extension ExperimentScenes {
  /// How many scenes each part has: the most that a cell has, and of the test all that any cell has.
  var sceneCounts: [Part: Int] {
    [
      .training: counts(\.training).max() ?? 0, .validation: counts(\.validation).max() ?? 0,
      .test: byFold.reduce(0) { $0 + $1.splits[0].test.count },
    ]
  }

  /// The fewest scenes of what cells are trained on and chosen by; nil where all cells have as many.
  var fewestScenes: [Part: Int]? {
    let fewest = [Part.training: counts(\.training).min() ?? 0, .validation: counts(\.validation).min() ?? 0]
    let most = sceneCounts
    return fewest.allSatisfy { most[$0.key] == $0.value } ? nil : fewest
  }

  private func counts(_ part: KeyPath<DataSplit, [SceneEntry]>) -> [Int] { parts.map { $0.split[keyPath: part].count } }

  /// The size of the largest picture as any model sees it.
  package var largestPicture: PixelSize {
    parts.map(\.sizes.largest).max { $0.area < $1.area } ?? PixelSize(width: 0, height: 0)
  }

  /// How the scenes are divided: in every cell the same way.
  var division: Division { parts[0].split.division }

  /// The splits of each fold, which have one test; without folds they are all of one.
  private var byFold: [(fold: Int?, splits: [DataSplit])] {
    let folds = parts.map(\.settings.fold).reduce(into: [Int?]()) { if !$0.contains($1) { $0.append($1) } }
    return folds.map { fold in (fold, parts.filter { $0.settings.fold == fold }.map(\.split)) }
  }

  /// The test pictures of all folds by drive.
  package var testPictures: TestPictures {
    let drives = byFold.flatMap { fold, splits -> [TestPictures.Drive] in
      let seen = Set(splits.flatMap { $0.training.map(\.group) })
      // Of several training sets the largest comes nearest to any picture.
      let training = splits.max { $0.training.count < $1.training.count }?.training ?? []
      return Dictionary(grouping: splits[0].test, by: \.group).map { name, entries in
        let taken = Self.asTaken(entries)
        let distances =
          dataset.order == .video
          ? Self.distances(of: taken, to: training.filter { $0.group == name }) : nil
        return TestPictures.Drive(
          name: name, pictures: taken.map(\.name), isSeen: seen.contains(name), distances: distances, fold: fold)
      }
    }
    return TestPictures(order: dataset.order, drives: drives.sorted { $0.name < $1.name })
  }

  /// Scenes of one drive by the numbers of their frames, where these are of one series, else by their names.
  private static func asTaken(_ entries: [SceneEntry]) -> [SceneEntry] {
    guard let numbers = frameNumbers(entries) else { return entries }
    return zip(entries, numbers).sorted { ($0.1, $0.0.name) < ($1.1, $1.0.name) }.map(\.0)
  }

  /// How many frames lie between each scene and the nearest of `training`; nil where that has none of its series.
  private static func distances(of entries: [SceneEntry], to training: [SceneEntry]) -> [Int]? {
    guard !training.isEmpty, let numbers = frameNumbers(entries + training) else { return nil }
    let trained = numbers.dropFirst(entries.count)
    return numbers.prefix(entries.count).map { number in trained.map { abs($0 - number) }.min() ?? 0 }
  }

  /// The numbers of frames; nil where one has none, or they are of several series.
  private static func frameNumbers(_ entries: [SceneEntry]) -> [Int]? {
    let frames = entries.compactMap(\.frame)
    guard frames.count == entries.count, Set(frames.map(\.series)).count == 1 else { return nil }
    return frames.map(\.number)
  }
}

extension RunStore.Index {
  /// What makes rows of two experiments incomparable, as far as the experiments' own files tell; nil where nothing does.
  package func difference(from other: RunStore.Index) -> String? {
    func differ(_ what: String, _ own: some CustomStringConvertible, _ others: some CustomStringConvertible) -> String {
      "\(what) \(own) and \(others)"
    }
    if classes != other.classes { return differ("they tell other classes apart,", classes.name, other.classes.name) }
    if headline != other.headline { return differ("their protocols are", headline.rawValue, other.headline.rawValue) }
    if citation != other.citation { return differ("their data are", citation, other.citation) }
    if sceneCounts[.test] != other.sceneCounts[.test] {
      return differ("their test pictures are", sceneCounts[.test] ?? 0, other.sceneCounts[.test] ?? 0)
    }
    if testPictures != other.testPictures { return "their test pictures are not the same" }
    if division != other.division { return "their scenes are divided in another way" }
    return nil
  }
}
