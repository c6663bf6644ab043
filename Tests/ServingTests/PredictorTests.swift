import Compute
import Foundation
import Harness
import Logging
import Scenes
import Serving
import Storage
import Streets
import TestSupport
import Testing

/// Predictions and pictures as they are served, without a network.
@Suite("Predictor", .serialized) struct PredictorTests {
  /// Trains a model on tiny streets; gives the folder of its run.
  private func trained(_ model: String, size: String, in folder: URL) throws -> URL {
    // Streets of their own, since those drawn in memory are large at their native size.
    let data = folder.appendingPathComponent("data-\(UUID().uuidString)")
    try Synthesis.write(
      to: data, count: 10, size: PixelSize(width: 32, height: 16), seed: 0, progress: ProgressReporter(.quiet))
    var experiment = try Experiment(
      yaml: """
        name: tiny-\(model)-\(size)
        data: {root: \(data.path), size: \(size), train: 4, validation: 2, test: 1}
        training: {epochs: 1, batch: 2}
        network: {width: 0.25}
        forest: {trees: 3}
        """, file: "tiny.yaml")
    try experiment.set("model=\(model)")
    let comparison = try Comparison(
      experiment, runs: folder.appendingPathComponent("runs"), progress: ProgressReporter(.quiet),
      logger: Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() })
    _ = try comparison.run(command: "test")
    return comparison.store.folder(of: comparison.cells[0].name)
  }

  private func entry(_ name: String, index: Int = 0, width: Int = 8, height: Int = 8) -> SceneEntry {
    SceneEntry(
      name: name, group: "g",
      source: .drawn { _ in SyntheticStreet(seed: 0).scene(index: index, width: width, height: height) },
      labelTable: .cityscapes)
  }

  private func gallery(_ splits: [String: [SceneEntry]]) -> Gallery {
    Gallery(
      Dataset(name: "streets", location: "memory", labelTable: .cityscapes, splits: splits, citation: "none"))
  }

  /// Of 40 and 2 streets.
  private func gallery() -> Gallery {
    gallery([
      "train": (0..<40).map { entry("t_\($0)", index: $0) },
      "val": (0..<2).map { entry("v_\($0)", index: $0, width: 300, height: 150) },
    ])
  }

  private func picture(_ index: Int, _ width: Int, _ height: Int) -> Picture {
    SyntheticStreet(seed: 7).scene(index: index, width: width, height: height).picture
  }

  @Test(
    "Masks are those of segbench predict to the byte, alone and together, at any size",
    arguments: [("unet-mini", "32x16"), ("unet-mini", "native"), ("random-forest", "32x16")])
  func masks(model: String, size: String) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segbench-tests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try trained(model, size: size, in: folder)
    let pictures = [(75, 41), (32, 16), (32, 16), (75, 41), (75, 41), (20, 90)].enumerated().map {
      picture($0.offset, $0.element.0, $0.element.1)
    }
    for (index, picture) in pictures.enumerated() {
      try PNG.write(picture, to: folder.appendingPathComponent("in/\(index).png"))
    }
    let out = folder.appendingPathComponent("out")
    try StoredModel(run: run).predict(
      PictureSelection([folder.appendingPathComponent("in")], out: out), to: out, progress: ProgressReporter(.quiet),
      logger: Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() })

    let predictor = Predictor(try ModelShelf(runs: [run]), gallery: nil, pixelLimit: 10_000, capacity: 100)
    defer { predictor.stop() }
    for (output, ending) in [(Output.mask, "mask"), (.labels, "labelIds"), (.overlay, "overlay")] {
      let answers = try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
        for index in pictures.indices {
          let data = try Files.read(folder.appendingPathComponent("in/\(index).png"))
          let job = try predictor.job(PredictionRequest(.bytes(data)), output)
          group.addTask { (index, try await predictor.answer(job)) }
        }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      for (index, answer) in answers {
        #expect(
          answer.body == (try Files.read(out.appendingPathComponent("\(index)_\(ending).png"))), "\(index) \(ending)")
      }
    }
  }

  @Test("A served picture comes with its truth, errors, scores and weather; JSON holds the same mask")
  func servedPicture() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segbench-tests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let models = try ModelShelf(runs: [trained("random-forest", size: "32x16", in: folder)])
    let gallery = gallery()
    let predictor = Predictor(models, gallery: gallery, pixelLimit: 10_000, capacity: 100)
    defer { predictor.stop() }
    let id = try #require(gallery.splits[0].ids.first)
    let scene = try gallery.scene(gallery.item(id))
    func body(_ output: Output, condition: String? = nil) async throws -> Data {
      let job = try predictor.job(PredictionRequest(.known(id), condition: condition), output)
      return try await predictor.answer(job).body
    }
    let mask = try PNG.picture(await body(.mask), file: "mask")
    let json = try #require(try JSONSerialization.jsonObject(with: await body(.json)) as? [String: Any])
    func expanded(_ key: String) throws -> [UInt8] {
      let runs = try #require(json[key] as? [Int])
      return stride(from: 0, to: runs.count, by: 2).flatMap { [UInt8](repeating: UInt8(runs[$0]), count: runs[$0 + 1]) }
    }
    let (classes, size) = (try expanded("runs"), scene.picture.size)
    #expect(Picture(classes: classes, of: .cityscapes8, width: size.width, height: size.height) == mask)
    #expect(try expanded("truth") == scene.classes)
    let errors = try expanded("errors")
    let ignored = try #require(scene.labelTable.ignored)
    let truth = scene.classes
    #expect(
      errors
        == truth.indices.map { ignored[Int(scene.labels.labels[$0])] ? 2 : classes[$0] == truth[$0] ? 0 : 1 })
    // As the evaluator scores the same mask.
    let tally = Tally(scene: scene, prediction: Prediction(width: size.width, height: size.height, classes: classes))
    let expected = try #require(Scores(tally, of: .cityscapes8, under: .official))
    let scores = try #require(json["scores"] as? [String: Any])
    // Foundation reads a number's last digit otherwise than it writes it.
    func agree(_ read: Any?, _ expected: Double?) -> Bool {
      guard let read = read as? Double, let expected else { return read == nil && expected == nil }
      return abs(read - expected) < 1e-12
    }
    #expect(scores["protocol"] as? String == "official" && agree(scores["meanIoU"], expected.meanIoU))
    let reports = try #require(json["classes"] as? [[String: Any]])
    #expect(reports.compactMap { $0["share"] as? Double }.reduce(0, +) > 0.999)
    for (name, iou) in zip(expected.classes, expected.iou) {
      #expect(agree(reports.first { $0["name"] as? String == name }?["iou"], iou), "\(name)")
    }
    let seen = try PNG.picture(await body(.errors), file: "errors")
    for pixel in [0, errors.count / 2, errors.count - 1] {
      let colour = seen[pixel % size.width, pixel / size.width]
      #expect((colour == RGB(214, 30, 48)) == (errors[pixel] == 1) && (colour == RGB(0, 0, 0)) == (errors[pixel] == 2))
    }
    let fog = try #require(Condition(named: "fog-4"))
    #expect(try PNG.picture(await body(.picture, condition: "fog-4"), file: "fog") == fog.apply(to: scene).picture)
    #expect(try PNG.picture(await body(.picture), file: "clear") == scene.picture)
  }

  @Test("What can't be predicted is refused with the reason before it waits")
  func refused() throws {
    try withTemporaryFolder { folder in
      let models = try ModelShelf(runs: [trained("random-forest", size: "32x16", in: folder)])
      let predictor = Predictor(models, gallery: gallery(), pixelLimit: 10_000, capacity: 1)
      defer { predictor.stop() }
      let large = try PNG.data(of: Picture(width: 101, height: 100))
      for (request, output, code, reason) in [
        (.init(.bytes(large)), .mask, .tooLarge, "101x100"),
        (.init(.bytes(pngBomb)), .mask, .badPicture, "60000x60000"),
        (.init(.bytes(Data("GIF89a".utf8))), .mask, .badPicture, "GIF"),
        (.init(.bytes(large.prefix(20))), .mask, .badPicture, "cut short"),
        (.init(.bytes(try PNG.data(of: picture(0, 8, 8)))), .errors, .badRequest, "truth"),
        (.init(.known("../../etc/passwd")), .json, .notFound, "picture"),
        (.init(.known(""), model: "unet"), .json, .notFound, "Known"),
        (.init(.known(""), condition: "fog-9"), .json, .badRequest, "did you mean 'fog-1'"),
        (.init(.known(""), condition: "fog-1+fog-1"), .json, .badRequest, "condition"),
      ] as [(PredictionRequest, Output, Problem.Code, String)] {
        let problem = #expect(throws: Problem.self) { try predictor.job(request, output) }
        #expect(problem?.code == code && problem?.detail.contains(reason) == true, "\(problem as Any)")
      }
    }
  }

  @Test("A picture that proves damaged fails alone, those beside it are answered")
  func damaged() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segbench-tests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let models = try ModelShelf(runs: [trained("random-forest", size: "32x16", in: folder)])
    let predictor = Predictor(models, gallery: nil, pixelLimit: 10_000, capacity: 100)
    defer { predictor.stop() }
    let good = try PNG.data(of: picture(0, 40, 30))
    let codes = try await withThrowingTaskGroup(of: Problem.Code?.self) { group in
      for index in 0..<12 {
        let job = try predictor.job(.init(.bytes(index % 3 == 1 ? good.prefix(good.count / 2) : good)), .mask)
        group.addTask {
          do {
            _ = try await predictor.answer(job)
            return nil
          } catch {
            return (error as? Problem)?.code ?? .internalError
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(codes.count { $0 == nil } == 8 && codes.count { $0 == .badPicture } == 4, "\(codes)")
  }

  @Test("Ids name every picture once, by pages, those of the test first")
  func pages() throws {
    let gallery = gallery()
    #expect(gallery.splits.map(\.name) == ["val", "train"] && gallery.splits.map(\.ids.count) == [2, 40])
    let ids = gallery.splits.flatMap(\.ids)
    #expect(Set(ids).count == ids.count && ids.allSatisfy { $0.wholeMatch(of: #/[A-Za-z0-9._-]+/#) != nil })
    for id in ids { #expect(try gallery.item(id).id == id) }
    func listed(_ page: String?, _ split: String?) throws -> [String: Any] {
      let data = try JSONEncoder().encode(gallery.page(page, of: split))
      return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
    for split in [nil, "test", "val"] { #expect(try listed(nil, split)["split"] as? String == "val") }
    let second = try listed("2", "train")
    #expect((second["pictures"] as? [[String: Any]])?.count == 40 - Gallery.pageSize && second["pages"] as? Int == 2)
    for (page, split) in [("0", "train"), ("3", "train"), ("x", "train"), ("-1", nil), (nil, "trian")] {
      #expect(throws: Problem.self) { try gallery.page(page, of: split) }
    }
  }

  @Test("Scenes of one name in two splits, and names that addresses can't hold, get ids of their own")
  func ids() throws {
    let gallery = gallery(["train": [entry("1"), entry("a/b"), entry("a b")], "test": [entry("1")]])
    #expect(gallery.splits.map(\.ids) == [["test.1"], ["train.1", "train.a_b", "train.a_b.2"]])
  }

  @Test("Models are told apart by as much of their path as that takes; one twice is refused")
  func shelf() throws {
    try withTemporaryFolder { folder in
      let run = try trained("random-forest", size: "32x16", in: folder)
      let other = folder.appendingPathComponent("other/\(run.lastPathComponent)")
      try FileManager.default.createDirectory(
        at: other.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: run, to: other)
      let shelf = try ModelShelf(runs: [run, other])
      #expect(shelf.models.map(\.id) == [run, other].map { $0.pathComponents.suffix(2).joined(separator: "/") })
      #expect(try shelf.named(nil) === shelf.models[0] && shelf.named(shelf.models[1].id) === shelf.models[1])
      #expect(try ModelShelf(runs: [run]).models.map(\.id) == [run.lastPathComponent])
      #expect(throws: HarnessError.self) { try ModelShelf(runs: [run, run]) }
      let data = try JSONEncoder().encode(shelf.models[0].description)
      let description = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(description["model"] as? String == "random-forest" && description["size"] as? String == "32x16")
      #expect((description["test"] as? [String: Any])?["meanIoU"] is Double)
    }
  }

  @Test("Thumbnails are small and keep the shape; truth is in the model's colours")
  func views() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segbench-tests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let models = try ModelShelf(runs: [trained("random-forest", size: "32x16", in: folder)])
    let gallery = gallery()
    let shop = PictureShop(gallery, models, capacity: 10)
    defer { shop.stop() }
    let item = try gallery.item(gallery.splits[0].ids[0])
    let scene = try gallery.scene(item)
    #expect(try PNG.picture(await shop.png(item, .picture), file: "p") == scene.picture)
    let size = scene.picture.size
    let truth = Picture(classes: scene.classes, of: .cityscapes8, width: size.width, height: size.height)
    #expect(try PNG.picture(await shop.png(item, .truth(model: models.models[0].id)), file: "t") == truth)
    let thumbnail = try await shop.png(item, .thumbnail)
    let small = try PNG.size(thumbnail, file: "s")
    #expect(max(small.width, small.height) == min(192, max(size.width, size.height)))
    #expect(abs(small.width * size.height - small.height * size.width) <= size.width)
    #expect(try await shop.png(item, .thumbnail) == thumbnail)
  }
}
