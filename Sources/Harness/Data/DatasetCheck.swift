import Compute
import Foundation
import Scenes

/// What a whole dataset holds, and what is wrong with it.
package struct DatasetCheck: Codable, Equatable, Sendable {
  /// One split.
  package struct Split: Codable, Equatable, Sendable {
    package let name: String
    package let scenes: Int
    package let groups: Int
    /// Picture sizes that occur.
    package let sizes: [String]
    /// Pixels by the name of their class.
    package let pixels: [String: Int]
    /// Mean of red, green and blue, 0 to 255.
    package let meanColour: [Double]
    /// Standard deviation of red, green and blue.
    package let deviation: [Double]
    package let haveInstances: Int
  }

  package let dataset: String
  package let location: String
  /// The names of the classes, in their order.
  package let classes: [String]
  package let splits: [Split]
  /// One number or colour of the label files.
  package struct Value: Codable, Equatable, Sendable {
    /// As files hold it.
    package let raw: String
    /// What its encoding calls it, and its class; nil where it stands for nothing.
    package let label, ofClass: String?
    package let pixels, files: Int
  }

  /// How label files stand for labels.
  package let encoding: String
  /// All numbers or colours that label files hold, in order.
  package let values: [Value]
  /// Every bad file, in words.
  package let problems: [String]
  /// What the scenes together show, the worst first.
  package let findings: [Finding]

  /// How many findings and, unless they may be left out, bad files make a comparison wrong.
  package func errorCount(skippingBad: Bool) -> Int {
    (skippingBad ? 0 : problems.count) + findings.count { $0.severity == .error }
  }

  /// Loads every scene.
  ///
  /// - Throws: only where the folder is no dataset; bad files are gathered in `problems`.
  package init(_ dataset: Dataset, progress: ProgressReporter) throws {
    let classes = dataset.labelTable.classSet.names
    var problems = dataset.problems.map(\.description)
    var splits: [Split] = []
    var collector = FindingsCollector(dataset)
    for (name, entries) in dataset.splits.sorted(by: { $0.key < $1.key }) where !entries.isEmpty {
      progress.begin("checking \(name)")
      var sums = Sums(classes: classes)
      for start in stride(from: 0, to: entries.count, by: 16) {
        try Interrupts.check()
        let end = min(entries.count, start + 16)
        let results = try Parallel.map(end - start) { offset in
          let inspection = entries[start + offset].inspect()
          return (inspection, inspection.scene.map(Sums.init))
        }
        for (offset, (inspection, result)) in results.enumerated() {
          collector.add(inspection, entries[start + offset], split: name)
          switch result {
          case .success(let one): sums.add(one)
          case .failure(let error): problems.append("\(error)")
          }
        }
        progress.update(Double(end) / Double(entries.count))
      }
      progress.end("\(sums.scenes) of \(entries.count) scenes are good")
      splits.append(sums.split(name: name, groups: Set(entries.map(\.group)).count))
    }
    self.dataset = dataset.name
    self.location = dataset.location
    self.classes = classes
    self.splits = splits
    self.problems = problems
    let table = dataset.labelTable
    encoding = table.encoding.name
    let shown = collector.raw.sorted { $0.key < $1.key }.prefix(Self.valueLimit)
    values = shown.map { raw, found in
      let label = table.encoding.label(raw)
      return Value(
        raw: "\(raw)", label: label.map(table.encoding.vocabulary.described),
        ofClass: label.flatMap { table.classes[Int($0)] }.map { table.classSet.names[Int($0)] }, pixels: found.pixels,
        files: found.files)
    }
    findings = collector.findings(splits)
  }

  /// How many numbers or colours are listed: a picture taken for a mask has thousands.
  private static let valueLimit = 300

  /// The sums over scenes from which a split's facts follow.
  private struct Sums {
    var scenes = 0
    var sizes: Set<String> = []
    let classes: [String]
    var pixels: [Int]
    var colour = [0, 0, 0]
    var squares = [0, 0, 0]
    var haveInstances = 0

    init(classes: [String]) {
      self.classes = classes
      pixels = [Int](repeating: 0, count: classes.count)
    }

    init(_ scene: Scene) {
      self.init(classes: scene.labelTable.classSet.names)
      scenes = 1
      sizes = ["\(scene.picture.width)x\(scene.picture.height)"]
      for place in scene.classes { pixels[Int(place)] += 1 }
      for channel in 0..<3 {
        var (sum, squareSum) = (0, 0)
        scene.picture.pixels.withUnsafeBufferPointer { values in
          for place in stride(from: channel, to: values.count, by: 3) {
            let value = Int(values[place])
            sum += value
            squareSum += value * value
          }
        }
        (colour[channel], squares[channel]) = (sum, squareSum)
      }
      haveInstances = scene.instances == nil ? 0 : 1
    }

    mutating func add(_ other: Sums) {
      scenes += other.scenes
      sizes.formUnion(other.sizes)
      haveInstances += other.haveInstances
      for index in pixels.indices { pixels[index] += other.pixels[index] }
      for channel in 0..<3 {
        colour[channel] += other.colour[channel]
        squares[channel] += other.squares[channel]
      }
    }

    func split(name: String, groups: Int) -> Split {
      let count = Double(max(1, pixels.reduce(0, +)))
      let means = colour.map { Double($0) / count }
      return Split(
        name: name, scenes: scenes, groups: groups, sizes: sizes.sorted(),
        pixels: Dictionary(uniqueKeysWithValues: zip(classes, pixels)), meanColour: means,
        deviation: (0..<3).map { max(0, Double(squares[$0]) / count - means[$0] * means[$0]).squareRoot() },
        haveInstances: haveInstances)
    }
  }
}
