import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// TLS to a Redis, as a socket that plain text goes through. It ends with either of its ends.
enum RedisTunnel {
    /// For the connection and the handshake.
    private static let time = TimeAmount.seconds(2)
    /// A thread for all tunnels; there are a few at most.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// The near end, a blocking socket that is the caller's to close. Blocks until the handshake is done.
    static func open(_ host: String, _ port: Int, authority: String?) throws(RedisError) -> Int32 {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw .unavailable("no sockets")
        }
        var isFarEndTaken = false
        do {
            let far = try connect(host, port, authority)
            isFarEndTaken = true
            try join(far, with: ends[1])
            return ends[0]
        } catch {
            close(ends[0])
            if !isFarEndTaken { close(ends[1]) }
            throw .unavailable("TLS: \(error)")
        }
    }

    private static func context(_ authority: String?) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let authority { configuration.trustRoots = .file(authority) }
        return try NIOSSLContext(configuration: configuration)
    }

    /// Connected, and the certificate checked.
    private static func connect(_ host: String, _ port: Int, _ authority: String?) throws -> any Channel {
        let context = try context(authority)
        let loop = group.next()
        let ready = loop.makePromise(of: Void.self)
        // Where the host is a number its certificate must name that number, which needs no name in the handshake.
        let isNumber = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        let connected = ClientBootstrap(group: loop).connectTimeout(time)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            // Nothing is lost before the other end is there.
            .channelOption(.autoRead, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: isNumber ? nil : host)
                    try channel.pipeline.syncOperations.addHandlers([tls, Handshake(ready)])
                }
            }.connect(host: host, port: port)
        let late = loop.scheduleTask(in: time) { ready.fail(ChannelError.connectTimeout(time)) }
        defer { late.cancel() }
        connected.whenFailure { ready.fail($0) }
        do {
            try ready.futureResult.wait()
        } catch {
            connected.whenSuccess { $0.close(promise: nil) }
            throw error
        }
        return try connected.wait()
    }

    private static func join(_ far: any Channel, with descriptor: Int32) throws {
        let near = try ClientBootstrap(group: far.eventLoop).withConnectedSocket(descriptor).wait()
        try far.eventLoop.submit {
            try near.pipeline.syncOperations.addHandler(Passing(to: far))
            try far.pipeline.syncOperations.addHandler(Passing(to: near))
        }.wait()
    }
}

/// Tells when TLS stands, or why not.
private final class Handshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    private let ready: EventLoopPromise<Void>

    init(_ ready: EventLoopPromise<Void>) { self.ready = ready }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event { ready.succeed(()) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ready.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        ready.fail(ChannelError.eof)
        context.fireChannelInactive()
    }
}

/// What comes in here goes out there; when one ends, so does the other. Who does not take it is not sent more.
private final class Passing: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let other: any Channel

    init(to other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.write(unwrapInboundIn(data), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) { other.flush() }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        _ = other.setOption(.autoRead, value: context.channel.isWritable)
    }
}
