import NIOCore

/// Keeps what has come of a WebSocket message that is not whole yet (RFC 6455 §5.2): a process that takes the connection
/// over must see it, too. Stands before the handlers that take messages apart.
final class FrameEdges: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// From the message's first byte on.
    private(set) var partial: [UInt8] = []
    /// Where the next frame begins in it.
    private var place = 0
    private var isWithinMessage = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        note(unwrapInboundIn(data).readableBytesView)
        context.fireChannelRead(data)
    }

    func note(_ bytes: some Sequence<UInt8>) {
        partial.append(contentsOf: bytes)
        while let length = frameLength, partial.count - place >= length {
            take(first: partial[place])
            place += length
            if !isWithinMessage {
                partial.removeFirst(place)
                place = 0
            }
        }
    }

    private func take(first: UInt8) {
        let (isLast, opcode) = (first & 0x80 != 0, first & 0x0F)
        // Control frames may come between the frames of a message.
        if opcode < 8 { isWithinMessage = !isLast }
    }

    /// Of the frame at `place`, with its head; nil while that is not whole.
    private var frameLength: Int? {
        let left = partial.count - place
        guard left >= 2 else { return nil }
        let second = partial[place + 1]
        let mask = second & 0x80 != 0 ? 4 : 0
        switch second & 0x7F {
        case 126:
            guard left >= 4 else { return nil }
            return 4 + mask + (Int(partial[place + 2]) << 8 | Int(partial[place + 3]))
        case 127:
            guard left >= 10 else { return nil }
            let length = partial[(place + 2)..<(place + 10)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            // A message so long is refused long before it is whole.
            return 10 + mask + Int(min(length, 1 << 32))
        default: return 2 + mask + Int(second & 0x7F)
        }
    }
}
