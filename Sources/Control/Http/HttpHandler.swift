import NIOCore
import NIOHTTP1

/// One HTTP connection: gathers a request, has it answered, writes the response. One request at a time; the pipelining
/// handler before it holds the next one back.
final class HttpHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// The longest body that any handler takes.
    static let bodyBytesMax = 192 * 1024
    /// How long a client may take to send a request, and how long a connection may be idle.
    static let requestTime = TimeAmount.seconds(30)

    private let respond: (Request) -> EventLoopFuture<Response>
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLong = false
    private var deadline: Scheduled<Void>?

    init(_ respond: @escaping (Request) -> EventLoopFuture<Response>) { self.respond = respond }

    func handlerAdded(context: ChannelHandlerContext) { restartDeadline(context) }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let bytes): take(bytes)
        case .end: finish(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Not HTTP, or gone: the protocol error handler has said 400 already where it could.
        context.close(promise: nil)
    }

    private func restartDeadline(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: Self.requestTime) { channel.close(promise: nil) }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        self.head = head
        body = []
        let stated = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        isTooLong = stated > Self.bodyBytesMax
        // RFC 9110 §10.1.1: say whether the body is wanted before it is sent.
        if head.headers.first(name: "expect")?.lowercased() == "100-continue", !isTooLong {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))), promise: nil)
        }
    }

    private func take(_ bytes: ByteBuffer) {
        if body.count + bytes.readableBytes > Self.bodyBytesMax { isTooLong = true }
        if isTooLong { body = [] } else { body.append(contentsOf: bytes.readableBytesView) }
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard let head else { return }
        self.head = nil
        deadline?.cancel()
        let bound = context.assumeIsolatedLoop()
        answer(head, context).assumeIsolated().whenSuccess { response in
            self.write(response, to: head, bound.value)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> EventLoopFuture<Response> {
        func refuse(_ error: ApiError) -> EventLoopFuture<Response> {
            context.eventLoop.makeSucceededFuture(error.response)
        }
        if isTooLong {
            return refuse(
                ApiError(
                    status: .payloadTooLarge, code: "TOO_LARGE",
                    message: "a body holds at most \(Self.bodyBytesMax) bytes",
                    headers: ["Connection": "close"]))
        }
        let request = Request(
            method: head.method, target: head.uri, headers: head.headers, body: body,
            isLoopback: context.remoteAddress?.isLoopback ?? false,
            address: context.remoteAddress?.ipAddress ?? "")
        body = []
        guard let request else { return refuse(.badRequest("the request's target cannot be read")) }
        return respond(request)
    }

    private func write(_ response: Response, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        // Earlier answers still wait: a client that sends requests and does not read. Without this its answers would pile
        // up here, many kilobytes for each request of a few bytes.
        guard context.channel.isWritable else { return context.close(promise: nil) }
        var headers = response.headers
        headers.replaceOrAdd(name: "X-Content-Type-Options", value: "nosniff")
        // RFC 9110 §8.6: no length with 204.
        if response.status != .noContent {
            headers.replaceOrAdd(name: "Content-Length", value: String(response.body.count))
        }
        let isKept = head.isKeepAlive && headers.first(name: "connection") != "close"
        if !isKept { headers.replaceOrAdd(name: "Connection", value: "close") }
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: response.status, headers: headers))),
            promise: nil)
        if head.method != .HEAD, !response.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
        }
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        // Also for a connection that is to end: a client that does not read must not keep it open.
        restartDeadline(context)
        if !isKept {
            let channel = context.channel
            written.whenComplete { _ in channel.close(promise: nil) }
        }
    }
}

extension ChannelHandlerContext {
    /// The context for closures that run on this loop and nowhere else.
    func assumeIsolatedLoop() -> NIOLoopBound<ChannelHandlerContext> { NIOLoopBound(self, eventLoop: eventLoop) }
}

extension SocketAddress {
    /// 127.0.0.0/8, ::1, and 127.0.0.0/8 in an IPv6 socket.
    var isLoopback: Bool {
        let text = ipAddress ?? ""
        return text == "::1" || text.hasPrefix("127.") || text.hasPrefix("::ffff:127.")
    }
}
