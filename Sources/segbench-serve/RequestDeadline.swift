import Foundation
import HTTPTypes
import Logging
import NIOCore
import NIOHTTPTypes
import Serving

/// Ends a connection whose request isn't read whole in time, with 408 where nothing was answered yet, so that slow
/// clients hold nothing for long. Tells a client that waits before it sends a body (`Expect: 100-continue`) to go on, unless
/// the body would be too large.
final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let settings: ServerSettings
  private let logger: Logger
  /// Set while a request is being read.
  private var deadline: Scheduled<Void>?
  private var isAnswering = false

  init(_ settings: ServerSettings, _ logger: Logger) {
    (self.settings, self.logger) = (settings, logger)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      isAnswering = false
      let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
      let time = TimeAmount.nanoseconds(Int64(settings.timeout / .nanoseconds(1)))
      deadline = context.eventLoop.scheduleTask(in: time) { bound.value.handler.end(bound.value.context) }
      let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
      if head.headerFields[.expect]?.lowercased() == "100-continue", length <= settings.bodyLimit {
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
      }
    case .body: break
    case .end:
      deadline?.cancel()
      deadline = nil
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .head = unwrapOutboundIn(data) { isAnswering = true }
    context.write(data, promise: promise)
  }

  func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

  private func end(_ context: ChannelHandlerContext) {
    deadline = nil
    guard !isAnswering else {
      context.close(promise: nil)
      return
    }
    let problem = Problem(.requestTimeout, "the request wasn't whole after \(settings.timeout)")
    logger.warning("\(problem)")
    var fields = HTTPFields()
    fields[.contentType] = Problem.mediaType
    fields[.contentLength] = "\(problem.json.count)"
    fields[.connection] = "close"
    context.write(wrapOutboundOut(.head(HTTPResponse(status: .requestTimeout, headerFields: fields))), promise: nil)
    context.write(wrapOutboundOut(.body(ByteBuffer(bytes: problem.json))), promise: nil)
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
  }
}
