import Contract

/// The longest DTLS record or handed-over datagram that travels between threads.
public let recordBytesMax = 2048

/// A datagram's bytes on their way to another thread.
@frozen
public struct RecordBytes: BitwiseCopyable {
    public var count: Int
    public var storage: InlineArray<2048, UInt8>

    /// Copies `count` bytes, at most `recordBytesMax`.
    public mutating func fill(_ bytes: UnsafeRawPointer, count: Int) {
        precondition(count >= 0 && count <= recordBytesMax)
        self.count = count
        // SAFETY: an InlineArray of bytes lies in place, and is as large as was checked.
        withUnsafeMutablePointer(to: &storage) {
            UnsafeMutableRawPointer($0).copyMemory(from: bytes, byteCount: count)
        }
    }
}

/// From a shard to the handshake thread: a DTLS datagram that came from a peer's validated address.
@frozen
public struct HandshakeInput: BitwiseCopyable {
    public var peer: PeerHandle
    public var bytes: RecordBytes
}

/// From the handshake thread to a shard.
@frozen
public struct HandshakeOutput: BitwiseCopyable {
    @frozen
    public enum Kind: UInt8, BitwiseCopyable {
        /// `bytes` is one datagram to send to the peer.
        case datagram
        /// `keys` are to be installed: the handshake is complete and the certificate matched.
        case keys
        /// `loss` says why there will be no keys, or that the remote end closed.
        case lost
    }
    public var kind: Kind
    public var peer: PeerHandle
    public var keys: SrtpKeys?
    public var loss: PeerLoss
    public var bytes: RecordBytes
}

/// From the control side to the handshake thread.
@frozen
public enum HandshakeOrder: BitwiseCopyable, Sendable {
    /// Expect a DTLS client whose certificate has this SHA-256 fingerprint.
    case open(PeerHandle, fingerprint: FixedBytes<32>)
    /// The peer negotiated data channels. After `open`, before its handshake is over.
    case channels(PeerHandle, ChannelMembership)
    case close(PeerHandle)
    case stop
}

/// From shard to shard: a datagram that the kernel gave to the wrong one, or word of where an address lives.
@frozen
public struct Handover: BitwiseCopyable {
    @frozen
    public enum Kind: UInt8, BitwiseCopyable {
        case datagram
        /// `source` is a peer's address on the sending shard.
        case addressAdded
        case addressRemoved
    }
    public var kind: Kind
    public var source: Endpoint
    public var bytes: RecordBytes
}
