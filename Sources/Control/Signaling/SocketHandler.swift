import NIOCore
import NIOWebSocket

/// One WebSocket: frames to and from a session.
final class SocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let session: Session

    init(_ session: Session) { self.session = session }

    func channelInactive(context: ChannelHandlerContext) {
        session.socketClosed()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        session.heard()
        switch frame.opcode {
        case .binary: session.receive(frame.unmaskedData)
        case .text: Self.close(context.channel, .unacceptableData)
        case .ping: pong(frame, context)
        case .connectionClose: Self.close(context.channel, .normalClosure)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Also what the aggregator finds: too many fragments, or too many bytes.
        Self.close(context.channel, .protocolError)
    }

    private func pong(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        context.writeAndFlush(
            wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)), promise: nil)
    }

    /// Says why and closes; what was written before goes out first.
    static func close(_ channel: any Channel, _ code: WebSocketErrorCode) {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
            .whenComplete { _ in channel.close(promise: nil) }
    }

    static func send(_ bytes: [UInt8], on channel: any Channel) {
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: bytes)), promise: nil)
    }
}
