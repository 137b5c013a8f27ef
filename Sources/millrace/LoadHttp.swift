import Load
import NIOCore
import NIOHTTP1
import NIOPosix

/// HTTP for the load generator: a connection for each request, on one event loop.
final class LoadHttp: HttpTransport {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let host: String
    private let port: Int

    init(target: HttpTarget) {
        host = target.host
        port = target.port
    }

    func send(_ request: HttpRequest, then: @escaping @Sendable (Result<HttpResponse, HttpFailure>) -> Void) {
        let (host, port) = (host, port)
        ClientBootstrap(group: group)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(
                        LoadExchange(request, host: "\(host):\(port)", then: then))
                }
            }
            .connect(host: host, port: port)
            .whenFailure { then(.failure(HttpFailure("no connection to \(host):\(port): \($0)"))) }
    }

    func shutdown() { try? group.syncShutdownGracefully() }
}

/// One request and its response on one connection.
private final class LoadExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private static let bodyBytesMax = 8 << 20

    private let request: HttpRequest
    private let host: String
    private var then: (@Sendable (Result<HttpResponse, HttpFailure>) -> Void)?
    private var response = HttpResponse(status: 0, headers: [], body: "")
    private var body = ByteBuffer()

    init(
        _ request: HttpRequest, host: String, then: @escaping @Sendable (Result<HttpResponse, HttpFailure>) -> Void
    ) {
        self.request = request
        self.host = host
        self.then = then
    }

    func channelActive(context: ChannelHandlerContext) {
        var headers = HTTPHeaders(request.headers.map { ($0.name, $0.value) })
        headers.add(name: "Host", value: host)
        headers.add(name: "Connection", value: "close")
        headers.add(name: "User-Agent", value: "millrace-load")
        if !request.body.isEmpty || request.method == "POST" {
            headers.add(name: "Content-Length", value: String(request.body.utf8.count))
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.path, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !request.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: request.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        let timeoutSeconds = request.timeoutSeconds
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .seconds(Int64(timeoutSeconds))) {
            let (exchange, context) = bound.value
            if exchange.then != nil {
                exchange.end(context, .failure(HttpFailure("no response within \(timeoutSeconds) s")))
            }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            response.status = Int(head.status.code)
            response.headers = head.headers.map { ($0.name, $0.value) }
        case .body(let part):
            guard body.readableBytes + part.readableBytes <= Self.bodyBytesMax else {
                return end(context, .failure(HttpFailure("the response is longer than 8 MiB")))
            }
            body.writeImmutableBuffer(part)
        case .end:
            response.body = String(buffer: body)
            end(context, .success(response))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, .failure(HttpFailure("the server closed the connection before its response was complete")))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(context, .failure(HttpFailure("\(error)")))
    }

    private func end(_ context: ChannelHandlerContext, _ result: Result<HttpResponse, HttpFailure>) {
        guard let then else { return }
        self.then = nil
        then(result)
        context.close(promise: nil)
    }
}
