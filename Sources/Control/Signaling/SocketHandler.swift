import NIOCore
import NIOWebSocket

/// One WebSocket: frames to and from a session.
final class SocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// How long a client may take to read what was written before its connection ends.
    private static let farewellTime = TimeAmount.seconds(5)

    private let session: Session
    private var isClosing = false

    init(_ session: Session) { self.session = session }

    func channelInactive(context: ChannelHandlerContext) {
        session.socketClosed()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        let frame = unwrapInboundIn(data)
        session.heard()
        switch frame.opcode {
        case .binary: session.receive(frame.unmaskedData)
        case .text: close(context, .unacceptableData)
        case .ping: pong(frame, context)
        case .connectionClose: close(context, .normalClosure)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Also what the aggregator finds: too many fragments, or too many bytes.
        close(context, .protocolError)
    }

    /// Once: what still comes after it is not looked at.
    private func close(_ context: ChannelHandlerContext, _ code: WebSocketErrorCode) {
        guard !isClosing else { return }
        isClosing = true
        Self.close(context.channel, code)
    }

    private func pong(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        context.writeAndFlush(
            wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)), promise: nil)
    }

    /// Says why and closes; what was written before goes out first, if the client reads it soon.
    static func close(_ channel: any Channel, _ code: WebSocketErrorCode) {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        let patience = channel.eventLoop.scheduleTask(in: farewellTime) { channel.close(promise: nil) }
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
            .whenComplete { _ in
                patience.cancel()
                channel.close(promise: nil)
            }
    }

    static func send(_ bytes: [UInt8], on channel: any Channel) {
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: bytes)), promise: nil)
    }
}
