import Foundation
import Scenes
import Settings

/// What a client asks to be predicted.
package struct PredictionRequest: Equatable, Sendable {
  /// Where the picture is.
  package enum Source: Equatable, Sendable {
    /// The bytes of a PNG or JPEG file.
    case bytes(Data)
    /// One of the served pictures, by its id.
    case known(String)
  }

  package let source: Source
  /// The id of a model; nil for the first.
  package let model: String?
  /// What the picture is seen under, such as `fog-3`; nil for clear weather.
  package let condition: String?

  package init(_ source: Source, model: String? = nil, condition: String? = nil) {
    (self.source, self.model, self.condition) = (source, model, condition)
  }

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - body: a PNG or JPEG file, a form with `image` or `id`, or JSON with either, where `image` is base64.
  ///   - contentType: says which it is.
  ///   - query: `model` and `condition` where the body doesn't hold them.
  /// - Throws: `Problem`.
  package init(body: Data, contentType: String?, query: [String: String]) throws {
    guard let contentType, let type = MediaType(contentType) else {
      throw Problem(
        .unsupportedMediaType,
        contentType.map { "'\($0.prefix(100))' is no media type; known are \(Self.mediaTypes)" }
          ?? "there is no Content-Type; known are \(Self.mediaTypes)")
    }
    var fields = Fields(query)
    switch type.name {
    case "image/png", "image/jpeg", "application/octet-stream": fields.image = body
    case "application/json": try fields.take(json: body)
    case "multipart/form-data": try fields.take(Multipart(body, boundary: type.parameters["boundary"] ?? ""))
    default:
      throw Problem(.unsupportedMediaType, "'\(type.name.prefix(100))' is not read; known are \(Self.mediaTypes)")
    }
    (model, condition) = (fields.texts["model"], fields.texts["condition"])
    switch (fields.image, fields.texts["id"]) {
    case (let image?, nil):
      guard !image.isEmpty else { throw Problem(.badRequest, "the picture is empty") }
      source = .bytes(image)
    case (nil, let id?): source = .known(id)
    case (nil, nil): throw Problem(.badRequest, "the body has neither an image nor the id of a served picture")
    case (_?, _?): throw Problem(.badRequest, "the request has both an image and an id: send one of them")
    }
  }

  /// What bodies may be.
  package static let mediaTypes = "image/png, image/jpeg, multipart/form-data and application/json"

  /// What has been found so far.
  private struct Fields {
    private static let names = ["id", "model", "condition"]
    var image: Data?
    private(set) var texts: [String: String]

    init(_ query: [String: String]) {
      texts = query.filter { Self.names.contains($0.key) }
    }

    mutating func add(_ name: String, _ value: String) throws {
      guard Self.names.contains(name) else {
        let error = SettingError.unknown(kind: "field", name: String(name.prefix(100)), known: ["image"] + Self.names)
        throw Problem(.badRequest, "\(error)")
      }
      if let other = texts[name], other != value {
        throw Problem(.badRequest, "\(name) is given twice, as '\(other.prefix(100))' and as '\(value.prefix(100))'")
      }
      texts[name] = value
    }

    mutating func take(_ form: Multipart) throws {
      for part in form.parts {
        if part.name == "image" {
          guard image == nil else { throw Problem(.badRequest, "there are several images; one is predicted at a time") }
          image = part.body
        } else {
          guard part.body.count <= 1000, let text = String(data: part.body, encoding: .utf8) else {
            throw Problem(.badRequest, "the field '\(part.name.prefix(100))' isn't a text of at most 1000 bytes")
          }
          // A form sends what wasn't filled in as nothing.
          if !text.isEmpty { try add(part.name, text) }
        }
      }
    }

    mutating func take(json body: Data) throws {
      let values: [String: String]
      do {
        values = try JSONDecoder().decode([String: String].self, from: body)
      } catch {
        throw Problem(.badRequest, "the body isn't a JSON object of texts: \(Self.reason(error))")
      }
      for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        guard name == "image" else {
          try add(name, value)
          continue
        }
        // As pages have it: data:image/png;base64,...
        let text =
          value.hasPrefix("data:") ? value[(value.firstIndex(of: ",") ?? value.startIndex)...].dropFirst() : value[...]
        guard let data = Data(base64Encoded: String(text), options: .ignoreUnknownCharacters) else {
          throw Problem(.badRequest, "the image isn't base64")
        }
        image = data
      }
    }

    private static func reason(_ error: any Error) -> String {
      switch error {
      case DecodingError.dataCorrupted(let context): context.debugDescription
      case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
        context.codingPath.last.map { "'\($0.stringValue.prefix(100))' isn't a text" } ?? "it isn't an object"
      default: "it can't be read"
      }
    }
  }
}

/// What is to be sent back of a prediction.
package enum Output: String, CaseIterable, Sendable {
  /// All of it, as JSON.
  case json
  /// The mask in the classes' colours: the `_mask.png` of `segbench predict`.
  case mask
  /// The mask of the values that stand for classes in files: the `_labelIds.png` of `segbench predict`.
  case labels
  /// The picture with the mask laid over it: the `_overlay.png` of `segbench predict`.
  case overlay
  /// Where the mask is wrong, in red; only of served pictures, whose truth is known.
  case errors
  /// The picture as the model sees it, under the weather that was asked for; nothing is predicted.
  case picture

  /// Its media type.
  package var mediaType: String { self == .json ? "application/json" : "image/png" }

  /// What a request wants.
  ///
  /// - Parameters:
  ///   - accept: its `Accept`.
  ///   - name: which picture it names, if any.
  /// - Throws: `Problem` for a name that isn't known, and where the two contradict each other.
  package init(accept: String?, name: String?) throws {
    if let name {
      let known = Self.allCases.map(\.rawValue)
      guard let output = Output(rawValue: name) else {
        throw Problem(
          .badRequest, "\(SettingError.unknown(kind: "output", name: String(name.prefix(100)), known: known))")
      }
      guard MediaType.preferred([output.mediaType], accept: accept) != nil else {
        throw Problem(.notAcceptable, "the output '\(name)' is \(output.mediaType), which the Accept field excludes")
      }
      self = output
    } else {
      guard let type = MediaType.preferred(["application/json", "image/png"], accept: accept) else {
        throw Problem(.notAcceptable, "answers are application/json or image/png, which the Accept field excludes")
      }
      self = type == "image/png" ? .mask : .json
    }
  }
}
