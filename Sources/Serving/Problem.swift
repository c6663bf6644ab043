import Foundation
import Settings
import Storage

/// Why a request isn't answered, as RFC 9457 says it to the client: the status's own words, and in `detail` what is wrong
/// with this request.
package struct Problem: Error, Equatable, CustomStringConvertible {
  /// The kinds that a program may want to tell apart.
  package enum Code: String, CaseIterable, Encodable, Sendable {
    case badRequest = "bad-request"
    case unauthorized
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case notAcceptable = "not-acceptable"
    case requestTimeout = "request-timeout"
    case tooLarge = "too-large"
    case unsupportedMediaType = "unsupported-media-type"
    case badPicture = "bad-picture"
    case internalError = "internal-error"
    case busy
    case timedOut = "timed-out"

    /// The status of HTTP, and its words (RFC 9110, section 15).
    package var status: (code: Int, title: String) {
      switch self {
      case .badRequest: (400, "Bad Request")
      case .unauthorized: (401, "Unauthorized")
      case .notFound: (404, "Not Found")
      case .methodNotAllowed: (405, "Method Not Allowed")
      case .notAcceptable: (406, "Not Acceptable")
      case .requestTimeout: (408, "Request Timeout")
      case .tooLarge: (413, "Content Too Large")
      case .unsupportedMediaType: (415, "Unsupported Media Type")
      case .badPicture: (422, "Unprocessable Content")
      case .internalError: (500, "Internal Server Error")
      case .busy, .timedOut: (503, "Service Unavailable")
      }
    }
  }

  package let code: Code
  package let detail: String

  package init(_ code: Code, _ detail: String) {
    (self.code, self.detail) = (code, detail)
  }

  /// After how many seconds a client may try again; nil where that is no use.
  package var retryAfter: Int? { code.status.code == 503 ? 1 : nil }

  package var description: String { "\(code.status.code) \(code.rawValue): \(detail)" }

  private struct Body: Encodable {
    let type = "about:blank"
    let title: String
    let status: Int
    let code: Code
    let detail: String
  }

  /// As `application/problem+json`.
  package var json: Data {
    let body = Body(title: code.status.title, status: code.status.code, code: code, detail: detail)
    return (try? JSONEncoder.sorted.encode(body)) ?? Data()
  }

  /// Its media type.
  package static let mediaType = "application/problem+json"
}

extension Problem {
  /// That nothing is called so, with what is nearest to it.
  package static func unknown(_ kind: String, _ name: String, _ known: [String], code: Code = .notFound) -> Problem {
    Problem(code, "\(SettingError.unknown(kind: kind, name: String(name.prefix(100)), known: known))")
  }
}
