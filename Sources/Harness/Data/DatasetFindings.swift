import Scenes

/// What a check found worth saying of a dataset.
package struct Finding: Codable, Equatable, Sendable {
  /// How bad it is.
  package enum Severity: String, Codable, CaseIterable, Sendable {
    /// A comparison on these data would be wrong.
    case error
    /// It may be, or its scores mean less than they seem to.
    case warning
    /// Good to know.
    case note
  }

  package let severity: Severity
  package let text: String

  package init(_ severity: Severity, _ text: String) {
    (self.severity, self.text) = (severity, text)
  }
}

/// Gathers what the scenes of a dataset show together: what no single file tells.
struct FindingsCollector {
  private let dataset: Dataset
  /// Pixels and files of each number or colour in label files.
  private(set) var raw: [RawLabel: (pixels: Int, files: Int)] = [:]
  /// The first scene that has each picture, by digest; later ones with the same bytes.
  private var pictures: [UInt64: (split: String, name: String)] = [:]
  private var doubles: [(first: String, second: String, acrossSplits: Bool)] = []
  private var labelDigests: [UInt64: Int] = [:]
  private var (uniform, blended): ([String], [(name: String, share: Double)]) = ([], [])
  private var files = 0

  init(_ dataset: Dataset) { self.dataset = dataset }

  mutating func add(_ inspection: SceneInspection, _ entry: SceneEntry, split: String) {
    guard case .files(let picture, let labels, _) = entry.source else { return }
    files += 1
    for (label, found) in inspection.raw {
      raw[label, default: (0, 0)].pixels += found.count
      raw[label, default: (0, 0)].files += 1
    }
    if inspection.raw.count == 1 { uniform.append(labels.path) }
    if inspection.blendedShare > 0.1 { blended.append((labels.path, inspection.blendedShare)) }
    guard inspection.pictureDigest != 0 else { return }
    labelDigests[inspection.labelDigest, default: 0] += 1
    if let first = pictures[inspection.pictureDigest] {
      doubles.append((first.name, picture.path, first.split != split))
    } else {
      pictures[inspection.pictureDigest] = (split, picture.path)
    }
  }

  /// All findings, the worst first.
  func findings(_ splits: [DatasetCheck.Split]) -> [Finding] {
    let all =
      dataset.notes.map { Finding(.note, $0) } + unused + sameBytes + labels + classes(splits) + division
    return Finding.Severity.allCases.flatMap { severity in all.filter { $0.severity == severity } }
  }

  private var unused: [Finding] {
    guard !dataset.unused.isEmpty else { return [] }
    let parts = dataset.unused.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let hasPictures = dataset.unused.keys.contains {
      ["picture", "label file", ".png", ".jp"].contains(where: $0.hasPrefix)
    }
    return [Finding(hasPictures ? .warning : .note, "not used: \(parts.joined(separator: ", "))")]
  }

  private var sameBytes: [Finding] {
    let across = doubles.filter(\.acrossSplits)
    let within = doubles.filter { !$0.acrossSplits }
    func text(_ pairs: [(first: String, second: String, acrossSplits: Bool)], _ where: String) -> String {
      "\(pairs.count == 1 ? "a picture occurs" : "\(pairs.count) pictures occur") twice, \(`where`): \(pairs[0].first) and \(pairs[0].second) have the same bytes"
    }
    return (across.isEmpty ? [] : [Finding(.error, text(across, "in two splits"))])
      + (within.isEmpty ? [] : [Finding(.warning, text(within, "in one split"))])
  }

  private var labels: [Finding] {
    var found: [Finding] = []
    if files > 1, uniform.count == files {
      found.append(
        Finding(.error, "every label file holds one value only, as \(uniform[0]): are these the label files?"))
    } else if files > 1, 2 * uniform.count > files {
      found.append(Finding(.warning, "\(uniform.count) of \(files) label files hold one value only, as \(uniform[0])"))
    }
    if files > 1, labelDigests.count == 1, uniform.count < files {
      found.append(Finding(.error, "all label files have the same bytes"))
    }
    if let worst = blended.max(by: { $0.share < $1.share }), 4 * blended.count > files {
      found.append(
        Finding(
          .error,
          "\(blended.count) of \(files) label files have values in between at the borders of others, as \(worst.name): "
            + "they were resized with a filter, or went through JPEG; such pixels are read as classes that aren't there"
        ))
    }
    let values = raw.keys.compactMap { if case .value(let value) = $0 { value } else { nil } }
    if dataset.labelTable.encoding == .cityscapes, !values.isEmpty, values.allSatisfy({ $0 <= 18 || $0 == 255 }) {
      found.append(
        Finding(
          .error,
          "all values are in 0 to 18\(values.contains(255) ? " and 255" : ""), but read as label ids, which go to 33: "
            + "train ids? Then say encoding: cityscapes-trainIds"))
    }
    return found
  }

  private func classes(_ splits: [DatasetCheck.Split]) -> [Finding] {
    let set = dataset.labelTable.classSet
    var found: [Finding] = []
    for split in splits {
      let total = Double(max(1, split.pixels.values.reduce(0, +)))
      let void = Double(split.pixels[set.voidName] ?? 0) / total
      if split.scenes > 0, void > 0.5 {
        found.append(
          Finding(
            void > 0.9 ? .error : .warning,
            String(format: "%.0f %% of the pixels of \(split.name) are void: is the encoding right?", 100 * void)))
      }
      let absent = set.withoutVoid.map { set.names[$0] }.filter { split.pixels[$0] ?? 0 == 0 }
      guard !absent.isEmpty, split.scenes > 0, void < 1 else { continue }
      let others = splits.filter { other in other.name != split.name && absent.contains { other.pixels[$0] ?? 0 > 0 } }
      found.append(
        Finding(
          others.isEmpty ? .note : .warning,
          "no pixel of \(split.name) is \(absent.joined(separator: ", "))"
            + (others.isEmpty ? "" : ", but of \(others.map(\.name).joined(separator: " and ")) some are")))
    }
    return found
  }

  /// What is wrong with how scenes are divided.
  private var division: [Finding] {
    var found: [Finding] = []
    do {
      let split = try DataSplit(dataset)
      found += split.warnings.map { Finding($0.part == .test ? .error : .warning, $0.text) }
      let all = split.training + split.validation + split.test
      let groups = Set(all.map(\.group))
      if !found.isEmpty, groups.count == 1, let group = groups.first {
        found.append(
          Finding(
            .note,
            (group.isEmpty ? "names are numbers only, so all scenes count" : "all scenes count as of '\(group)', so")
              + " as frames of one drive; if they are of several, or of none, say so in \(DatasetDescription.fileName): "
              + "group: a regular expression on the path, or group: \"(.*)\" for pictures that have nothing in common"))
      }
      if groups.count == all.count, all.count > 3 {
        found.append(
          Finding(
            .note,
            "every scene counts as a drive of its own, as \(all[0].group); if some are frames of one video, say in "
              + "\(DatasetDescription.fileName) which: group: a regular expression on the path"))
      }
    } catch {
      found.append(Finding(.error, "\(error)"))
    }
    return found
  }
}
