import Compute
import Foundation
import Scenes

/// What a whole dataset holds, and what is wrong with it.
public struct DatasetCheck: Codable, Equatable, Sendable {
  /// One split.
  public struct Split: Codable, Equatable, Sendable {
    public let name: String
    public let scenes: Int
    public let groups: Int
    /// Picture sizes that occur.
    public let sizes: [String]
    /// Pixels of each category, in `Category` order.
    public let pixels: [Int]
    /// Mean of red, green and blue, 0 to 255.
    public let meanColour: [Double]
    /// Standard deviation of red, green and blue.
    public let deviation: [Double]
    public let haveInstances: Int
  }

  public let dataset: String
  public let location: String
  public let splits: [Split]
  /// Every bad file, in words.
  public let problems: [String]

  /// Loads every scene.
  ///
  /// - Throws: only where the folder is no dataset; bad files are gathered in `problems`.
  public init(_ dataset: Dataset, progress: ProgressReporter) throws {
    var problems = dataset.problems.map(\.description)
    var splits: [Split] = []
    for (name, entries) in dataset.splits.sorted(by: { $0.key < $1.key }) where !entries.isEmpty {
      progress.begin("checking \(name)")
      var sums = Sums()
      for start in stride(from: 0, to: entries.count, by: 16) {
        try Interrupts.check()
        let end = min(entries.count, start + 16)
        let results = try Parallel.map(end - start) { offset -> Result<Sums, any Error> in
          Result { Sums(try entries[start + offset].load()) }
        }
        for result in results {
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
    self.splits = splits
    self.problems = problems
  }

  /// Counts and category shares as a table.
  public var table: String {
    let columns =
      [
        Table.Column(title: "split", key: "split"), .init(title: "scenes", key: "scenes"),
        .init(title: "groups", key: "groups"), .init(title: "size", key: "size"),
      ]
      + Category.allCases.map { Table.Column(title: "\($0.name) %", key: $0.name) }
    let rows = splits.map { split -> [Table.Value] in
      let total = Double(max(1, split.pixels.reduce(0, +)))
      return [
        .text(split.name), .whole(split.scenes), .whole(split.groups),
        .text(split.sizes.prefix(3).joined(separator: " ") + (split.sizes.count > 3 ? " ..." : "")),
      ] + split.pixels.map { .score(100 * Double($0) / total, digits: 2) }
    }
    return Table(columns: columns, rows: rows).plain
  }

  /// The sums over scenes from which a split's facts follow.
  private struct Sums {
    var scenes = 0
    var sizes: Set<String> = []
    var pixels = [Int](repeating: 0, count: Category.count)
    var colour = [0, 0, 0]
    var squares = [0, 0, 0]
    var haveInstances = 0

    init() {}

    init(_ scene: Scene) {
      scenes = 1
      sizes = ["\(scene.picture.width)x\(scene.picture.height)"]
      for category in scene.categories { pixels[Int(category)] += 1 }
      for (index, value) in scene.picture.pixels.enumerated() {
        colour[index % 3] += Int(value)
        squares[index % 3] += Int(value) * Int(value)
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
        name: name, scenes: scenes, groups: groups, sizes: sizes.sorted(), pixels: pixels, meanColour: means,
        deviation: (0..<3).map { max(0, Double(squares[$0]) / count - means[$0] * means[$0]).squareRoot() },
        haveInstances: haveInstances)
    }
  }
}
