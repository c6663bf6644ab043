import Baselines
import Foundation
import Scenes
import Testing

/// Values made by Fixtures/golden.py.
struct Golden: Decodable {
  struct GoldenPicture: Decodable {
    let width, height: Int
    let pixels: [UInt8]
    let features: [Float]
  }
  struct GoldenForest: Decodable {
    let x, xt: [Float]
    let y, yt: [UInt8]
    let accuracy, deviation: Double
  }
  struct GoldenSVC: Decodable {
    let weights: [[Double]]
    let objectives: [Double]
  }

  let pictures: [GoldenPicture]
  let forest: GoldenForest
  let svc: GoldenSVC

  static func load() throws -> Golden {
    let file = try #require(Bundle.module.url(forResource: "golden", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }
}

extension Golden.GoldenForest {
  var train: FeatureMatrix { FeatureMatrix(rows: y.count, columns: 4, values: x) }
  var test: FeatureMatrix { FeatureMatrix(rows: yt.count, columns: 4, values: xt) }
}

/// Samples of one number of classes, in three features, made by Fixtures/classes.py.
struct GoldenClasses: Decodable {
  let classes: Int
  let x, xt: [Float]
  let y, yt: [UInt8]
  let forestAccuracy, forestDeviation: Double
  let weights: [[Double]]
  let objectives: [Double]
  let svcPrediction: [UInt8]

  var train: FeatureMatrix { FeatureMatrix(rows: y.count, columns: 3, values: x) }
  var test: FeatureMatrix { FeatureMatrix(rows: yt.count, columns: 3, values: xt) }

  static func load(_ classes: Int) throws -> GoldenClasses {
    let file = try #require(Bundle.module.url(forResource: "classes", withExtension: "json", subdirectory: "Fixtures"))
    let all = try JSONDecoder().decode([GoldenClasses].self, from: Data(contentsOf: file))
    return try #require(all.first { $0.classes == classes })
  }
}

/// A classifier that is fitted in a moment.
func small<Kind: PixelClassifier>(_ kind: Kind.Type) -> Kind {
  var classifier = kind.init()
  if var forest = classifier as? RandomForest {
    forest.trees = 5
    classifier = forest as? Kind ?? classifier
  }
  return classifier
}

/// Scenes whose left half is sky above road, with noise; the label set is Cityscapes'.
func halves(count: Int, width: Int = 40, height: Int = 24) -> [Scene] {
  (0..<count).map { index in
    var picture = Picture(width: width, height: height)
    var labels = LabelMap(width: width, height: height, labels: [UInt8](repeating: 0, count: width * height))
    for y in 0..<height {
      for x in 0..<width {
        let noise = UInt8((x * 7 + y * 13 + index * 29) % 60)
        let sky = y < height / 2
        picture[x, y] = sky ? RGB(90 + noise, 120 + noise, 190) : RGB(60 + noise, 60 + noise, 80)
        labels[x, y] = x == 0 ? 0 : (sky ? 23 : 7)
      }
    }
    return Scene(name: "scene \(index)", picture: picture, labels: labels, labelTable: .cityscapes)
  }
}

/// A folder of its own that is gone after `body`.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
