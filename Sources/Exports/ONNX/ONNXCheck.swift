import Foundation
import Harness
import Scenes
import Storage

/// What a file of ONNX gave in onnxruntime, beside what segbench says of the same pictures.
package struct ONNXCheck: CustomStringConvertible {
  /// The version of onnxruntime.
  let runtime: String
  let pictures: Int
  /// Pixels of all pictures, and those of the same class in both.
  package let pixels, equal: Int
  /// Mean IoU of the pictures, of the file's classes and of segbench's; nil where no pixel has a class.
  package let meanIoU, ownMeanIoU: Double?
  /// Seconds that one picture took in onnxruntime, the median.
  let seconds: Double

  package var description: String {
    func text(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "-" }
    return """
      onnxruntime \(runtime): \(String(format: "%.4f", 100 * Double(equal) / Double(pixels))) % of \(pixels) pixels of \
      \(pictures) test pictures have segbench's class; mean IoU \(text(meanIoU)), segbench's \(text(ownMeanIoU)); \
      \(String(format: "%.3f", seconds)) s a picture
      """
  }
}

extension ONNXExport {
  /// How many test pictures are predicted.
  private static let checkedPictures = 8

  /// Checks a file with Python's `onnx`, predicts some of the run's test pictures at their own sizes with `onnxruntime`,
  /// and compares.
  ///
  /// - Throws: `ONNXError.noCheck` where Python lacks the packages, `.failedCheck` where the file is bad; errors of the
  ///   test pictures.
  package func check(_ file: URL, progress: ProgressReporter) throws -> ONNXCheck {
    let (dataset, split) = try run.settings.data.open()
    let scenes = try split.test.spaced(Self.checkedPictures).map { try $0.load() }
    progress.begin("\(scenes.count) test pictures in onnxruntime")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segbench-onnx-\(UUID().uuidString)")
    try Files.makeFolder(folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    let jobs = try scenes.enumerated().map { index, scene in
      let file = folder.appendingPathComponent("\(index)")
      try Files.write(Data(scene.picture.pixels), to: file)
      return Job.Picture(file: file.path, height: scene.picture.height, width: scene.picture.width)
    }
    let job = folder.appendingPathComponent("job.json")
    try Files.write(try JSONEncoder().encode(Job(model: file.path, pictures: jobs)), to: job)
    let answer = try Self.ask(job, of: file)
    let scoring = ScoringProtocol.headline(dataset.labelTable)
    var (pixels, equal, theirs, ours) = (0, 0, Tally(), Tally())
    for (index, scene) in scenes.enumerated() {
      try Interrupts.check()
      let own = try run.predict(scene.picture)
      let map = Array(try Files.read(URL(fileURLWithPath: jobs[index].file)))
      guard map.count == own.classes.count else {
        throw ONNXError.failedCheck(file: file.path, reason: "\(map.count) classes for \(own.classes.count) pixels")
      }
      pixels += map.count
      equal += zip(map, own.classes).count { $0 == $1 }
      theirs += Tally(scene: scene, prediction: Prediction(width: own.width, height: own.height, classes: map))
      ours += Tally(scene: scene, prediction: own)
      progress.update(Double(index + 1) / Double(scenes.count))
    }
    progress.end("done")
    return ONNXCheck(
      runtime: answer.runtime, pictures: scenes.count, pixels: pixels, equal: equal,
      meanIoU: Scores(theirs, of: run.classes, under: scoring)?.meanIoU,
      ownMeanIoU: Scores(ours, of: run.classes, under: scoring)?.meanIoU, seconds: answer.seconds)
  }

  /// What Python is to do: pictures lie in files, which it replaces by their classes.
  private struct Job: Encodable {
    struct Picture: Encodable {
      let file: String
      let height, width: Int
    }
    let model: String
    let pictures: [Picture]
  }

  private struct Answer: Decodable {
    let runtime: String
    let seconds: Double
  }

  /// What Python answers to the job in a file.
  private static func ask(_ job: URL, of file: URL) throws -> Answer {
    guard let outcome = try ChildProcess.run("python3", ["-c", EmbeddedText.check_py, job.path]) else {
      throw ONNXError.noCheck(reason: "there is no python3")
    }
    let said = String(decoding: outcome.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    switch outcome.status {
    case 0: break
    case 3: throw ONNXError.noCheck(reason: said)
    default: throw ONNXError.failedCheck(file: file.path, reason: said.isEmpty ? "Python ended early" : said)
    }
    guard let answer = try? JSONDecoder().decode(Answer.self, from: outcome.output) else {
      throw ONNXError.failedCheck(file: file.path, reason: "Python said: \(said)")
    }
    return answer
  }
}
