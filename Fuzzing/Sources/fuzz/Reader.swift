import Baselines
import Compute
import Foundation
import Harness
import Scenes
import Serving
import Storage
import Streets

/// What is fuzzed: a reader of what comes from outside.
enum Reader: String, CaseIterable {
  case png, jpeg, list, description, safetensors, experiment, forest, svc, request

  private static let picture = Picture(width: 3, height: 3, pixels: (0..<27).map { UInt8($0 * 9) })

  /// Reads `data`, and uses what was read; an error is as good as a value.
  func read(_ data: Data) {
    switch self {
    case .png:
      _ = try? PNG.picture(data, file: "fuzz")
      // Most changes break a checksum, which would hide what lies behind it.
      let mended = PNGChunks.mended(data)
      _ = try? PNG.picture(mended, file: "fuzz")
      _ = try? PNG.labels(mended, file: "fuzz")
    case .jpeg:
      guard let picture = try? JPEG.picture(data, file: "fuzz") else { return }
      let size = PixelSize(width: picture.width, height: picture.height)
      precondition((try? JPEG.size(data, file: "fuzz")) == size, "the header has another size than the picture")
    case .list:
      _ = try? TextList.lines(data, file: "fuzz")
      guard let rows = try? ListLayout.table(data, "fuzz") else { return }
      precondition(rows.allSatisfy { !$0.picture.isEmpty && !$0.labels.isEmpty }, "a row without a picture or a mask")
    case .description:
      guard let description = try? DatasetDescription(data, file: "fuzz") else { return }
      _ = try? description.ownClasses.map { try ClassSet($0) }
      _ = description.pictures.map { try? "train/images/a/b_1.png".wholeMatch(of: $0.expression()) }
    case .safetensors:
      guard let tensors = try? SafeTensors(data, file: "fuzz") else { return }
      let again = (try? tensors.encoded()).flatMap { try? SafeTensors($0, file: "fuzz") }
      precondition(again == tensors, "what was read doesn't survive writing")
    case .experiment:
      guard let experiment = try? Experiment(yaml: String(decoding: data, as: UTF8.self), file: "fuzz.yaml") else {
        return
      }
      // Grids are legitimate, but take their time: some are spanned, and large ones never.
      guard data.reduce(0, ^) & 15 == 0,
        data.count(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "-") }) < 8
      else { return }
      _ = try? experiment.dataSettings()
      guard let cells = try? experiment.cellSettings() else { return }
      let again = (try? experiment.yaml()).flatMap { try? Experiment(yaml: $0, file: "fuzz.yaml") }
      precondition((try? again?.cellSettings()) == cells, "what was read doesn't survive writing")
    case .forest:
      guard let tensors = try? SafeTensors(data, file: "fuzz") else { return }
      _ = try? ForestSegmenter(tensors, file: "fuzz").predict([Self.picture])
    case .svc:
      guard let tensors = try? SafeTensors(data, file: "fuzz") else { return }
      _ = try? SVCSegmenter(tensors, file: "fuzz").predict([Self.picture])
    case .request:
      // The first byte chooses the content type, which may itself be what follows.
      let types = ["image/png", "application/json", "multipart/form-data; boundary=xyz"]
      let (place, body) = (Int(data.first ?? 0) % 4, data.dropFirst())
      let type = place < types.count ? types[place] : String(decoding: body.prefix(60), as: UTF8.self)
      _ = MediaType.preferred(["application/json", "image/png"], accept: type)
      guard let request = try? PredictionRequest(body: body, contentType: type, query: ["model": "a"]),
        case .bytes(let picture) = request.source, let size = try? PictureFile.size(picture, file: "fuzz"),
        size.area <= 1 << 20, let read = try? PictureFile.picture(picture, file: "fuzz")
      else { return }
      precondition(read.size == size, "the header has another size than the picture")
    }
  }

  /// Well-formed inputs, small, to start from.
  func seeds() throws -> [Data] {
    switch self {
    case .png:
      let labels = LabelMap(width: 5, height: 4, labels: (0..<20).map { UInt8($0) })
      let ids = InstanceMap(width: 5, height: 4, ids: (0..<20).map { UInt16($0 * 1001) })
      return try [written { try PNG.write(Self.picture, to: $0) }, written { try PNG.write(labels, to: $0) }]
        + [written { try PNG.write(ids, to: $0) }] + PNGChunks.modes
    case .jpeg:
      // Those of the tests: there is nothing here that would write one.
      let root = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { file, _ in file.deletingLastPathComponent() }
      let fixtures = root.appendingPathComponent("Tests/ScenesTests/Fixtures/jpeg_reading")
      return try FileManager.default.contentsOfDirectory(at: fixtures, includingPropertiesForKeys: nil)
        .filter { $0.pathExtension == "jpg" }.map { try Files.read($0) }
    case .list:
      return [
        "picture,mask,split,group\na/1.png,b/1.png,train,north\n\"a,2.png\",b/2.png,val,\n",
        "image,label\nx.jpg,y.png\n",
        "# names\na_1\n a_2 \r\na_3 b_3\n",
      ].map { Data($0.utf8) }
    case .description:
      return [
        "name: a\npictures: \"{split}/images/{group}_{name}.{ending}\"\nmasks: \"{split}/masks/{group}_{name}.png\"",
        "layout: folders\nsplits: {train: train, val: [a, b], test: 0.2}\ngroup: \"^([^_]+)_\"",
        "encoding: {values: {0: road, 1: car, 300: void}}\nclasses: cityscapes-19",
        "encoding: {colours: {road: [1, 2, 3], car: [[4, 5, 6], [7, 8, 9]]}}\nlist: a.csv\ncitation: x",
      ].map { Data($0.utf8) }
    case .safetensors:
      return try [
        SafeTensors(), SafeTensors(arrays: ["a": .init(.uint8, shape: [2], values: [8, 9] as [UInt8])]),
        SafeTensors(
          metadata: ["k": "v"],
          arrays: [
            "w": .init(.float32, shape: [1, 2], values: [1, 2] as [Float]),
            "n": .init(.int64, shape: [], values: [3] as [Int64]),
          ]),
      ].map { try $0.encoded() }
    case .experiment:
      return Presets.all.flatMap { preset in
        preset.yaml.split(separator: "\n").filter { !$0.hasPrefix("#") }
      }.map { Data($0.utf8) }
        + [
          "name: a\nseed: [0, 1]", "training: {epochs: 3, learningRate: 1e-3}", "a: &b [1]\nseed: *b",
          "also:\n  - loss: kl\n    epochs: [1, 2]\n  - seed: 3",
          "? [x]\n: \"\\U00000041\"",
        ]
        .map { Data($0.utf8) }
    case .request:
      let picture = try PNG.data(of: Self.picture)
      let form = "--xyz\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n"
      let field = "\r\n--xyz\r\nContent-Disposition: form-data; name=\"condition\"\r\n\r\nfog-3\r\n--xyz--\r\n"
      return [
        [0] + picture, Data("\u{1}{\"image\": \"\(picture.base64EncodedString())\", \"model\": \"a\"}".utf8),
        Data("\u{1}{\"id\": \"x\"}".utf8), Data("\u{2}\(form)".utf8) + picture + Data(field.utf8),
        Data("\u{3}application/json; q=\"0.5\", image/*;q=0".utf8),
      ]
    // Without the checksum of written files, which every change would break.
    case .forest: return try [SafeTensors(written(fitted(RandomForest.self).save), file: "seed").encoded()]
    case .svc: return try [SafeTensors(written(fitted(LinearSVC.self).save), file: "seed").encoded()]
    }
  }

  private func fitted<Kind: PixelClassifier>(_ kind: Kind.Type) throws -> Kind.Fitted {
    var classifier = Kind()
    if var forest = classifier as? RandomForest {
      (forest.trees, forest.maxDepth) = (2, 3)
      classifier = forest as? Kind ?? classifier
    }
    let scene = SyntheticStreet(seed: 0).scene(index: 0, width: 32, height: 16)
    return try classifier.fit(
      PixelSample(scenes: [scene], features: .rgb, sampling: RandomPixels(perPicture: 40)), seed: 0)
  }

  private func written(_ write: (URL) throws -> Void) throws -> Data {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("fuzz-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try write(file)
    return try Files.read(file)
  }
}
