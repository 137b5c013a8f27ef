import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Platform

/// Posts webhooks and the like: one connection for each, no redirects, no proxies.
public final class HttpPoster: WebhookPoster {
    /// For everything: the name, the connection, TLS and the status.
    static let time = TimeAmount.seconds(10)

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let names = NIOThreadPool(numberOfThreads: 2)
    private let allowsPrivate: Bool

    /// - Parameter allowsPrivate: whether it may go by plain HTTP, and to addresses that are not public.
    public init(allowsPrivate: Bool) {
        self.allowsPrivate = allowsPrivate
        names.start()
    }

    /// Does not wait: a server of names that does not answer takes its time.
    public func stop() { names.shutdownGracefully { [group] _ in group.shutdownGracefully { _ in } } }

    enum Failure: Error, CustomStringConvertible {
        case url, noAddress, privateAddress, late, noAnswer

        var description: String {
            switch self {
            case .url: "the address cannot be used"
            case .noAddress: "the host's name has no address"
            case .privateAddress: "the host's name leads to an address that is not public"
            case .late: "no answer within \(HttpPoster.time.nanoseconds / 1_000_000_000) s"
            case .noAnswer: "the connection ended without an answer"
            }
        }
    }

    public func post(url text: String, headers: [(String, String)], body: String) async throws -> Int {
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty,
            url.scheme == "https" || (allowsPrivate && url.scheme == "http")
        else { throw Failure.url }
        let isSecure = url.scheme == "https"
        let port = url.port ?? (isSecure ? 443 : 80)
        let address = try await address(of: host, port: port)
        var head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: Self.target(url), headers: HTTPHeaders(headers))
        head.headers.add(name: "Host", value: url.port.map { "\(host):\($0)" } ?? host)
        head.headers.add(name: "Content-Length", value: String(body.utf8.count))
        head.headers.add(name: "Connection", value: "close")
        head.headers.add(name: "User-Agent", value: "millrace")
        return try await send(head, body, to: address, named: isSecure ? host : nil)
    }

    private static func target(_ url: URLComponents) -> String {
        (url.percentEncodedPath.isEmpty ? "/" : url.percentEncodedPath)
            + (url.percentEncodedQuery.map { "?" + $0 } ?? "")
    }

    /// Looked up once: the connection goes to the very address that was judged.
    private func address(of host: String, port: Int) async throws -> SocketAddress {
        let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let promise = group.any().makePromise(of: SocketAddress.self)
        names.runIfActive(eventLoop: promise.futureResult.eventLoop) {
            do { return try SocketAddress.makeAddressResolvingHost(name, port: port) } catch { throw Failure.noAddress }
        }.cascade(to: promise)
        let found = try await value(of: promise)
        guard allowsPrivate || PublicAddress.isPublic(found) else { throw Failure.privateAddress }
        return found
    }

    private func send(
        _ head: HTTPRequestHead, _ body: String, to address: SocketAddress, named name: String?
    ) async throws -> Int {
        let status = group.any().makePromise(of: Int.self)
        let tls = try name.map { _ in try NIOSSLContext(configuration: .makeClientConfiguration()) }
        let bootstrap = ClientBootstrap(group: status.futureResult.eventLoop).connectTimeout(Self.time)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls, let name {
                        try pipeline.addHandler(Self.tlsHandler(tls, name))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(StatusHandler(head, body, status))
                }
            }
        let deadline = status.futureResult.eventLoop.scheduleTask(in: Self.time) { status.fail(Failure.late) }
        bootstrap.connect(to: address).whenComplete { result in
            switch result {
            case .success(let channel): status.futureResult.whenComplete { _ in channel.close(promise: nil) }
            case .failure(let error): status.fail(error)
            }
        }
        defer { deadline.cancel() }
        return try await value(of: status)
    }

    /// Fails at once when the task is cancelled: a server that ends does not wait for others.
    private func value<Value: Sendable>(of promise: EventLoopPromise<Value>) async throws -> Value {
        try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }

    /// Where addresses by number are allowed they have no name to check a certificate against but themselves.
    private static func tlsHandler(_ tls: NIOSSLContext, _ name: String) throws -> NIOSSLClientHandler {
        let isNumber = (try? SocketAddress(ipAddress: name, port: 0)) != nil
        return try NIOSSLClientHandler(context: tls, serverHostname: isNumber ? nil : name)
    }
}

/// Sends one request and keeps the status of what comes back.
private final class StatusHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: String
    private let status: EventLoopPromise<Int>

    init(_ head: HTTPRequestHead, _ body: String, _ status: EventLoopPromise<Int>) {
        self.head = head
        self.body = body
        self.status = status
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // RFC 9110 §15.2: what is only in between has a status below 200.
        if case .head(let head) = unwrapInboundIn(data), head.status.code >= 200 {
            status.succeed(Int(head.status.code))
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        status.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { status.fail(HttpPoster.Failure.noAnswer) }
}
