import Compute
import Foundation
import Harness
import Scenes

/// What is sent back of a prediction.
package struct Answer: Sendable {
  package let body: Data
  package let mediaType: String
  package let model: String
  package let milliseconds: Milliseconds
  /// How many requests were predicted together.
  package let batch: Int
}

/// How long the parts of an answer took.
package struct Milliseconds: Encodable, Equatable, Sendable {
  /// For others to be done.
  package var waiting = 0.0
  /// Decoding the picture and making its weather.
  package var reading = 0.0
  /// The model, with those that were predicted together.
  package var predicting = 0.0
}

/// Answers prediction requests, one after the other or several together, on one thread beside those of the engine.
package final class Predictor: Sendable {
  /// A request that was checked as far as that costs nothing.
  package struct Job: Sendable {
    enum Source: Sendable {
      case bytes(Data, PixelSize)
      case item(Gallery.Item)
    }

    let source: Source
    let model: ServedModel
    let condition: Condition
    let output: Output
    let submitted = ContinuousClock.now
  }

  package let models: ModelShelf
  package let gallery: Gallery?
  /// How many pixels a picture may have.
  package let pixelLimit: Int
  private let worker: BoundedWorker<Job, Answer>

  /// - Parameters:
  ///   - models: what predicts.
  ///   - gallery: the pictures that have ids, if any.
  ///   - pixelLimit: how many pixels a picture may have.
  ///   - capacity: how many requests may wait.
  package init(_ models: ModelShelf, gallery: Gallery?, pixelLimit: Int, capacity: Int) {
    (self.models, self.gallery, self.pixelLimit) = (models, gallery, pixelLimit)
    worker = BoundedWorker("predictions", capacity: capacity, joins: Self.joins) { jobs in
      Self.answers(to: jobs, gallery)
    }
  }

  package var waiting: Int { worker.waiting }
  package var capacity: Int { worker.capacity }
  package var isFull: Bool { worker.isFull }

  /// Checks a request.
  ///
  /// - Throws: `Problem` for names that aren't known, a picture that is none by its header or has too many pixels, and for
  ///   an output that it can't have.
  package func job(_ request: PredictionRequest, _ output: Output) throws -> Job {
    let model = try models.named(request.model)
    let condition = try Self.condition(request.condition)
    let source: Job.Source
    switch request.source {
    case .bytes(let data):
      guard output != .errors else {
        throw Problem(.badRequest, "errors are shown of served pictures only: the truth of this one isn't known")
      }
      let size = try Self.reading { try PictureFile.size(data, file: Self.name) }
      guard size.area <= pixelLimit else {
        throw Problem(.tooLarge, "the picture is \(size), \(size.area) pixels; the limit is \(pixelLimit)")
      }
      source = .bytes(data, size)
    case .known(let id):
      guard let gallery else { throw Problem(.notFound, "no pictures are served here: send one") }
      source = .item(try gallery.item(id))
    }
    return Job(source: source, model: model, condition: condition, output: output)
  }

  /// The answer to a request, when it is done.
  ///
  /// - Throws: `Problem`; `CancellationError`; errors of served files.
  package func answer(_ job: Job) async throws -> Answer { try await worker.value(of: job) }

  /// Lets every model predict once, so that the first request finds memory and threads ready.
  package func warmUp() throws {
    for model in models.models {
      _ = try model.stored.predict(Picture(width: 64, height: 64))
    }
  }

  /// Returns when what runs is done; what waits is refused.
  package func stop() { worker.stop() }

  /// The weather of that name; clear where there is none.
  ///
  /// - Throws: `Problem` with the nearest.
  package static func condition(_ name: String?) throws -> Condition {
    guard let name else { return .clean }
    // Those alone: mixtures of a request's own could be of any length.
    guard let condition = Condition.all.first(where: { $0.name == name }) else {
      throw Problem.unknown("condition", name, Condition.all.map(\.name), code: .badRequest)
    }
    return condition
  }

  /// What errors call a picture that came with a request; also the name by which its weather is drawn.
  private static let name = "picture"

  /// Reads a client's picture: what is wrong with it is told.
  private static func reading<Value>(_ read: () throws -> Value) throws -> Value {
    do {
      return try read()
    } catch ScenesError.badPicture(_, let reason) {
      throw Problem(.badPicture, "the picture can't be read: \(reason)")
    }
  }

  // MARK: Work

  /// How many pictures are predicted together, and up to how many pixels of what models see.
  private static let (batchLimit, batchPixels) = (4, 4 * 512 * 256)

  /// Whether `next` is predicted together with `batch`: by the same model, and small enough to gain by that.
  private static func joins(_ batch: [Job], _ next: Job) -> Bool {
    let all = batch + [next]
    guard all.count <= batchLimit, batch[0].model === next.model else { return false }
    let common = next.model.stored.settings.data.size.common
    let sizes = all.map { job -> PixelSize? in if case .bytes(_, let size) = job.source { size } else { nil } }
    guard let first = sizes[0], let own = sizes[sizes.count - 1] else { return false }
    return (common != nil || own == first) && max(first.area, own.area, common?.area ?? 0) * all.count <= batchPixels
  }

  /// A picture as the model is to see it, with its truth where that is known.
  private struct Prepared: Sendable {
    let picture: Picture
    let truth: Scene?
    let milliseconds: Double
  }

  private static func answers(to jobs: [Job], _ gallery: Gallery?) -> [Result<Answer, any Error>] {
    let begin = ContinuousClock.now
    let prepared = results(jobs.count) { try prepare(jobs[$0], gallery) }
    let wanted = jobs.indices.filter { jobs[$0].output != .picture && (try? prepared[$0].get()) != nil }
    let start = ContinuousClock.now
    let predictions = Result {
      try wanted.isEmpty
        ? [] : jobs[0].model.stored.predict(wanted.map { try prepared[$0].get().picture })
    }
    let predicting = start.duration(to: .now)
    return results(jobs.count) { index in
      let (job, seen) = (jobs[index], try prepared[index].get())
      let milliseconds = Milliseconds(
        waiting: job.submitted.duration(to: begin).milliseconds, reading: seen.milliseconds,
        predicting: predicting.milliseconds)
      let place = wanted.firstIndex(of: index)
      let prediction = try place.map { try predictions.get()[$0] }
      return Answer(
        body: try body(of: job, seen, prediction, milliseconds), mediaType: job.output.mediaType, model: job.model.id,
        milliseconds: milliseconds, batch: wanted.count)
    }
  }

  /// The results for `0..<count`, each by itself.
  private static func results<Value: Sendable>(
    _ count: Int, _ make: @Sendable (Int) throws -> Value
  ) -> [Result<Value, any Error>] {
    // Nothing is thrown: failures are results.
    (try? Parallel.map(count) { index in Result { try make(index) } }) ?? []
  }

  private static func prepare(_ job: Job, _ gallery: Gallery?) throws -> Prepared {
    let start = ContinuousClock.now
    var truth: Scene?
    var picture: Picture
    switch job.source {
    case .bytes(let data, _):
      picture = try reading { try PictureFile.picture(data, file: name) }
      picture = job.condition.apply(to: picture, named: name)
    case .item(let item):
      guard let gallery else { preconditionFailure("an item of no gallery") }
      let scene = try gallery.scene(item)
      picture = job.condition.apply(to: scene.picture, named: scene.name)
      truth = Gallery.scene(scene, as: job.model.classes)
    }
    return Prepared(picture: picture, truth: truth, milliseconds: start.duration(to: .now).milliseconds)
  }

  private static func body(
    of job: Job, _ seen: Prepared, _ prediction: Prediction?, _ milliseconds: Milliseconds
  ) throws -> Data {
    guard let prediction else { return try PNG.data(of: seen.picture) }
    let (classes, width, height) = (job.model.classes, prediction.width, prediction.height)
    var mask: Picture { Picture(classes: prediction.classes, of: classes, width: width, height: height) }
    switch job.output {
    case .picture, .mask: return try PNG.data(of: mask)
    case .labels:
      return try PNG.data(of: LabelMap(exporting: prediction.classes, of: classes, width: width, height: height))
    case .overlay: return try PNG.data(of: seen.picture.overlaid(with: mask))
    case .errors:
      guard let truth = seen.truth else {
        throw Problem(.badRequest, "the labels of this picture aren't defined for the model's classes, \(classes.name)")
      }
      return try PNG.data(
        of: Picture(errorsOf: prediction.classes, in: truth, under: .headline(truth.labelTable)))
    case .json:
      return try JSONEncoder.sorted.encode(PredictionReport(job, prediction, truth: seen.truth, milliseconds))
    }
  }
}

extension Duration {
  /// The duration in milliseconds.
  package var milliseconds: Double { self / .milliseconds(1) }
}
