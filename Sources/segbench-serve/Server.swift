import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import ServiceLifecycle
import Serving

/// How a server is reached, and what it lets through.
struct ServerSettings: Sendable {
  let host: String
  let port: Int
  /// The largest body, in bytes.
  let bodyLimit: Int
  /// For reading a request, and again for answering it.
  let timeout: Duration
  /// What clients must show; nil for nothing.
  let secret: Secret?

  /// Whether only this machine reaches it.
  var isLocal: Bool { ["localhost", "::1"].contains(host) || host.hasPrefix("127.") }
  /// How many bytes of bodies are held at a time.
  var heldBytes: Int { 16 * bodyLimit }
}

/// The HTTP server: SwiftNIO's, by Hummingbird. Its loops only pass bytes on; pictures are read and predicted on threads of
/// `Predictor` and `PictureShop`.
struct Server: Sendable {
  /// How many connections are open at a time; others wait to be accepted.
  private static let connections = 2048
  /// How long a connection may be open without a request.
  private static let idleSeconds: Int64 = 60

  private let predictor: Predictor
  private let shop: PictureShop?
  private let settings: ServerSettings
  private let logger: Logger

  init(_ predictor: Predictor, _ settings: ServerSettings, _ logger: Logger) {
    (self.predictor, self.settings, self.logger) = (predictor, settings, logger)
    shop = predictor.gallery.map { PictureShop($0, predictor.models, capacity: 256) }
  }

  /// Serves until SIGTERM or SIGINT; requests that are being answered are answered first.
  ///
  /// - Throws: where the port can't be had.
  func run() async throws {
    Self.allowConnections()
    let metrics = ServerMetrics()
    let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: RequestLog(metrics: metrics, logger: logger))
    router.add(middleware: ProblemAnswers(logger: logger))
    router.add(middleware: TokenCheck(secret: settings.secret))
    Routes(predictor: predictor, shop: shop, settings: settings, metrics: metrics).add(to: router)
    let (logger, settings) = (logger, settings)
    let application = Application(
      router: router,
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [RequestDeadline(settings, logger)], idleTimeout: .seconds(Self.idleSeconds),
          httpDecoderConfiguration: .init(maxHeaderFieldSize: 16384, maxHeaderListSize: 32768, maxHeaderFieldCount: 100)
        )),
      configuration: .init(
        address: .hostname(settings.host, port: settings.port), serverName: "segbench", backlog: 1024,
        availableConnectionsDelegate: MaximumAvailableConnections(Self.connections, logger: logger)),
      onServerRunning: { channel in
        // What a browser takes.
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        logger.info("listening at http://\(host):\(channel.localAddress?.port ?? settings.port)/")
      },
      logger: Self.quiet(logger))
    var configuration = ServiceGroupConfiguration(
      services: [.init(service: application)], gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.quiet(logger))
    configuration.maximumGracefulShutdownDuration = settings.timeout + .seconds(5)
    try await ServiceGroup(configuration: configuration).run()
    predictor.stop()
    shop?.stop()
    logger.info("stopped")
  }

  /// What the libraries say is of use only where something is wrong.
  private static func quiet(_ logger: Logger) -> Logger {
    var logger = logger
    logger.logLevel = .warning
    return logger
  }

  /// Lets this process have as many files open as its connections need, if the system allows.
  private static func allowConnections() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, rlim_t(2 * connections)))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
