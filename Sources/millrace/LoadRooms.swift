import Foundation
import Load
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Protocol

/// The meeting protocol for the load generator: a WebSocket for each client, on one event loop.
final class LoadRooms: RoomTransport {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let target: HttpTarget

    init(target: HttpTarget) { self.target = target }

    func open(_ hear: @escaping @Sendable (RoomWord) -> Void) -> any RoomSocket {
        let socket = LoadRoomSocket(loop: group.next(), hear: hear)
        let (host, port, prefix) = (target.host, target.port, target.prefix)
        ClientBootstrap(group: group)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrade = NIOWebSocketClientUpgrader(maxFrameSize: 1 << 20) { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(LoadRoomHandler(socket))
                        }
                    }
                    let asking = LoadUpgrade(path: prefix + "/ws", host: "\(host):\(port)", socket: socket)
                    try channel.pipeline.syncOperations.addHTTPClientHandlers(
                        withClientUpgrade: (
                            upgraders: [upgrade],
                            completionHandler: { context in
                                context.pipeline.syncOperations.removeHandler(asking, promise: nil)
                            }
                        ))
                    try channel.pipeline.syncOperations.addHandler(asking)
                }
            }
            .connect(host: host, port: port)
            .whenFailure { socket.end("no connection to \(host):\(port): \($0)") }
        return socket
    }

    func shutdown() { try? group.syncShutdownGracefully() }
}

/// One client's socket. What is said before the upgrade is done waits for it.
final class LoadRoomSocket: RoomSocket, @unchecked Sendable {
    // SAFETY: all variables are used on the event loop alone.
    private let loop: any EventLoop
    private let hear: @Sendable (RoomWord) -> Void
    private var channel: (any Channel)?
    private var unsent: [ClientMessage] = []
    private var hasEnded = false

    init(loop: any EventLoop, hear: @escaping @Sendable (RoomWord) -> Void) {
        self.loop = loop
        self.hear = hear
    }

    func send(_ ask: RoomAsk) { loop.execute { self.write(Self.message(ask)) } }

    func close() {
        loop.execute {
            self.channel?.close(promise: nil)
            self.end("closed")
        }
    }

    func begin(_ channel: any Channel) {
        guard !hasEnded else { return channel.close(promise: nil) }
        self.channel = channel
        let waiting = unsent
        unsent = []
        for message in waiting { write(message) }
    }

    func end(_ reason: String) {
        loop.execute {
            guard !self.hasEnded else { return }
            self.hasEnded = true
            self.hear(.closed(reason))
        }
    }

    private func write(_ message: ClientMessage) {
        guard let channel else { return unsent.append(message) }
        guard let bytes: [UInt8] = try? message.serializedBytes() else { return }
        let frame = WebSocketFrame(
            fin: true, opcode: .binary, maskKey: .random(), data: channel.allocator.buffer(bytes: bytes))
        channel.writeAndFlush(frame, promise: nil)
    }

    private static func message(_ ask: RoomAsk) -> ClientMessage {
        var message = ClientMessage()
        message.requestID = 1
        switch ask {
        case .join(let token): message.join.token = token
        case .answer(let version, let sdp):
            message.answer.version = version
            message.answer.sdp = sdp
        case .publish(let source):
            message.publish.source = source == .microphone ? .microphone : .camera
            message.publish.on = true
        case .ping: message.ping = Ping()
        case .leave: message.leave = Leave()
        }
        return message
    }

    func take(_ buffer: ByteBuffer) {
        guard let message = try? ServerMessage(serializedBytes: Array(buffer.readableBytesView)) else {
            return hear(.refused("the server sent no message of the protocol"))
        }
        switch message.body {
        case .joined: hear(.joined)
        case .offer(let offer): hear(.offer(version: offer.version, sdp: offer.sdp))
        case .refusal(let refusal): hear(.refused(refusal.message))
        case .closing(let closing): end("the server closes: \(closing.reason)")
        default: break
        }
    }
}

/// Asks for the upgrade.
private final class LoadUpgrade: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let path: String
    private let host: String
    private let socket: LoadRoomSocket

    init(path: String, host: String, socket: LoadRoomSocket) {
        self.path = path
        self.host = host
        self.socket = socket
    }

    func channelActive(context: ChannelHandlerContext) {
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: path,
            headers: HTTPHeaders([("Host", host), ("User-Agent", "millrace-load")]))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// What comes here is no upgrade.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) { socket.end("/ws: status \(head.status.code)") }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { socket.end("the server closed the connection") }
}

private final class LoadRoomHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let socket: LoadRoomSocket

    init(_ socket: LoadRoomSocket) { self.socket = socket }

    func handlerAdded(context: ChannelHandlerContext) { socket.begin(context.channel) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .binary: socket.take(frame.unmaskedData)
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose: context.close(promise: nil)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) { socket.end("the server closed the connection") }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
