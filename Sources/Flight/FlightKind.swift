/// What a record of the log is about. Those up to 63 are what an engine was told, those from 64 on what it decided.
public enum FlightKind: UInt8, CaseIterable, Sendable {
    // What it was told.
    /// `take` begins: the time; argument: free cells.
    case take = 1
    /// A datagram, or several merged: the sender's address as three words; flags: `FlightFlags.Arrival`.
    case arrival
    /// RTP: `FlightPacket`, then its header and the front of its payload.
    case rtp
    /// SRTCP: `FlightPacket`, then the compound in the clear.
    case rtcp
    /// A connectivity check that was answered: as it came. Argument: its bytes.
    case stun
    /// DTLS: argument: its bytes; flags: its first byte.
    case dtls
    /// A datagram of a peer that was dropped before it could be told what it is: argument: its bytes; flags: the reason.
    case refused
    /// `depart`: the time; argument: free cells.
    case depart
    /// `turn`: the time; argument: free cells.
    case turn
    /// How long the burst took: nanoseconds, the time; argument: datagrams; flags: 1 when it was full.
    case burstTime
    /// The end of a window: the time, the processor's nanoseconds (`.max`: not known).
    case window
    /// A command of the control side, as it lies in memory, without passwords and keys.
    case command
    /// Word of the handshake thread: the peer; flags: kind; argument: bytes of the datagram, or profile or loss.
    case handshake
    /// Another shard's word of an address.
    case address
    /// Packets from or to other shards: what follows cannot be replayed.
    case trunk
    /// Tables were copied: the image's number.
    case image

    // What it decided.
    /// A run that leaves: `FlightRun`. Argument: segments.
    case run = 64
    /// Word to the control side, as it lies in memory.
    case event
    /// What was dropped since the last of these; flags: the reason. One word.
    case drops
    /// A consumer's present layer has changed: consumer, layer before and now.
    case layer
    /// What a subscriber's link is believed to carry: peer, bits per second.
    case estimate
    /// A keyframe was asked of a producer: producer, layer.
    case keyframe

    public var isDecision: Bool { rawValue >= 64 }
}

/// What RTP and SRTCP records begin with.
@frozen
public struct FlightPacket: BitwiseCopyable, Sendable {
    /// SRTP or SRTCP index.
    public var index: UInt64
    /// As it came, encrypted.
    public var wireBytes: UInt16
    /// How much follows.
    public var copiedBytes: UInt16
    /// What became of it.
    public var outcome: Outcome
    public var padding: UInt8
    /// Where it was put: what an image's tables say of it, they say of this slot.
    public var slot: UInt32

    @frozen
    public enum Outcome: UInt8, BitwiseCopyable, Sendable {
        /// Authentic.
        case opened
        case forged
        /// It was dropped before its authenticity was looked at.
        case unopened
    }

    @inlinable
    public init(index: UInt64, wireBytes: Int, copiedBytes: Int, outcome: Outcome, padding: UInt8 = 0) {
        self.index = index
        self.wireBytes = UInt16(truncatingIfNeeded: wireBytes)
        self.copiedBytes = UInt16(truncatingIfNeeded: copiedBytes)
        self.outcome = outcome
        self.padding = padding
        slot = .max
    }
}

/// A run that leaves.
@frozen
public struct FlightRun: BitwiseCopyable, Equatable, Sendable {
    /// Of its first packet, and what else its clear text says: SSRC, or 0 for what is not RTP or RTCP.
    public var ssrc: UInt32
    /// Over the headers of all its packets: whom, which numbers, times, sizes.
    public var digest: UInt32
    public var bytes: UInt32
    /// Sequence number of its first packet.
    public var sequence: UInt16
    public var port: UInt16

    @inlinable
    public init(ssrc: UInt32, digest: UInt32, bytes: UInt32, sequence: UInt16, port: UInt16) {
        self.ssrc = ssrc
        self.digest = digest
        self.bytes = bytes
        self.sequence = sequence
        self.port = port
    }
}

/// What an arrival record's flags say.
public enum FlightArrival {
    public static let isTruncated: UInt8 = 1
    /// Without bytes: a TCP connection has ended.
    public static let isEnd: UInt8 = 2
    /// Another shard handed it over.
    public static let isHandedOver: UInt8 = 4
}

/// What a shard does, as a crash report and `FlightRecorder.place` name it.
@frozen
public enum FlightPhase: UInt32, Sendable {
    case starting
    case idle
    case taking
    case departing
    case turning
    case copying
}
