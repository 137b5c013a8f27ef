import NIOCore
import NIOWebSocket
import Trace

/// One WebSocket: frames to and from a session.
final class SocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// How long a client may take to read what was written before its connection ends.
    private static let farewellTime = TimeAmount.seconds(5)

    /// Another one, when a client has come back to its session.
    var session: Session
    /// The client has closed the socket of its own accord, as browsers do when a page is left.
    private(set) var isFarewell = false
    private var isClosing = false

    init(_ session: Session) { self.session = session }

    func channelInactive(context: ChannelHandlerContext) {
        session.socketClosed(self)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        let frame = unwrapInboundIn(data)
        session.heard()
        switch frame.opcode {
        case .binary: Trace.$current.withValue(session.trace) { session.receive(frame.unmaskedData) }
        case .text: close(context, .unacceptableData)
        case .ping: pong(frame, context)
        case .connectionClose:
            isFarewell = Self.isFarewell(frame.unmaskedData)
            close(context, .normalClosure)
        default: break
        }
    }

    // RFC 6455 §7.4.1: 1000 is a purpose fulfilled, 1001 a page that is left.
    private static func isFarewell(_ data: ByteBuffer) -> Bool {
        guard let code: UInt16 = data.getInteger(at: data.readerIndex) else { return false }
        return code == 1000 || code == 1001
    }

    /// What still comes in is nobody's: the session has another socket, or none.
    func retire() { isClosing = true }

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

    static func send(_ message: ByteBuffer, on channel: any Channel) {
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .binary, data: message), promise: nil)
    }
}
