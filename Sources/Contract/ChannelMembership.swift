/// Where a peer's data channels belong: told to the handshake thread for peers that negotiated `m=application`.
@frozen
public struct ChannelMembership: BitwiseCopyable, Sendable, Equatable {
    /// Messages go to others with the same number. Rooms that follow each other have different ones.
    public var room: UInt64
    /// The peer's id, as the room's other members know it; for messages to one of them.
    public var id: FixedBytes<32>
    /// a=sctp-port (RFC 8841 §5) of either side.
    public var localPort: UInt16
    public var remotePort: UInt16

    public init(room: UInt64, id: FixedBytes<32>, localPort: UInt16 = 5000, remotePort: UInt16 = 5000) {
        self.room = room
        self.id = id
        self.localPort = localPort
        self.remotePort = remotePort
    }
}
