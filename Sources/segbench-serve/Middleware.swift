import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Serving

extension HTTPField.Name {
  /// The id under which the log has a request.
  static let requestID = named("X-Request-Id")
  /// How long the parts of an answer took (W3C Server Timing).
  static let serverTiming = named("Server-Timing")

  private static func named(_ text: String) -> Self {
    guard let name = Self(text) else { preconditionFailure("'\(text)' can't be the name of a field") }
    return name
  }
}

/// Counts every request, and writes it to the log.
struct RequestLog<Context: RequestContext>: RouterMiddleware {
  let metrics: ServerMetrics
  let logger: Logger

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    var response = try await next(request, context)
    response.headers[.requestID] = context.id
    let time = start.duration(to: .now)
    let route = context.endpointPath ?? "none"
    metrics.add(
      method: request.method.rawValue, route: route, status: response.status.code, seconds: time / .seconds(1))
    // What is asked for every few seconds would hide the rest.
    let isProbe = ["/healthz", "/readyz", "/metrics"].contains(route) && response.status.code == 200
    logger.log(
      level: isProbe ? .debug : .info, "\(request.method.rawValue) \(request.uri.path.prefix(200))",
      metadata: [
        "status": "\(response.status.code)", "milliseconds": "\(Int(time.milliseconds.rounded()))",
        "bytes": "\(response.body.contentLength ?? 0)", "request": "\(context.id)",
      ])
    return response
  }
}

/// Makes an answer of RFC 9457 of every error. What only the server's owner should know goes to the log.
struct ProblemAnswers<Context: RequestContext>: RouterMiddleware {
  let logger: Logger

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let problem as Problem {
      return response(problem, request)
    } catch let error as HTTPError where error.status == .notFound {
      return notFound(request)
    } catch let error as HTTPError {
      return response(Problem(.badRequest, error.body ?? error.status.reasonPhrase), request)
    } catch is CancellationError {
      return response(Problem(.timedOut, "the answer took too long"), request)
    } catch {
      logger.error("\(error)", metadata: ["request": "\(context.id)"])
      let problem = Problem(
        .internalError, "something went wrong here; the log has it under the request's id, \(context.id)")
      return response(problem, request)
    }
  }

  private func notFound(_ request: Request) -> Response {
    let path = request.uri.path
    guard let methods = Routes.methods(of: path) else {
      return response(
        Problem(.notFound, "there is nothing at '\(path.prefix(100))'; /openapi.json lists what there is"), request)
    }
    var answer = response(
      Problem(.methodNotAllowed, "'\(path.prefix(100))' takes \(methods), not \(request.method.rawValue.prefix(20))"),
      request)
    answer.headers[.allow] = methods
    return answer
  }

  private func response(_ problem: Problem, _ request: Request) -> Response {
    var headers: HTTPFields = [.contentType: Problem.mediaType, .cacheControl: "no-store"]
    if let seconds = problem.retryAfter { headers[.retryAfter] = "\(seconds)" }
    if problem.code == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"segbench\"" }
    return Response(
      status: .init(code: problem.code.status.code, reasonPhrase: problem.code.status.title), headers: headers,
      body: .init(byteBuffer: ByteBuffer(bytes: problem.json)))
  }
}

/// Asks for the token, except where a platform looks whether the server lives, and for the page, which asks for it itself.
struct TokenCheck<Context: RequestContext>: RouterMiddleware {
  static var open: Set<String> { ["/", "/openapi.json", "/healthz", "/readyz"] }
  let secret: Secret?

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if let secret, !Self.open.contains(request.uri.path) {
      let shown = request.headers[.authorization]
      guard secret.isShown(by: shown) else {
        throw Problem(
          .unauthorized,
          shown == nil ? "this server asks for a token: Authorization: Bearer TOKEN" : "the token isn't the right one")
      }
    }
    return try await next(request, context)
  }
}
