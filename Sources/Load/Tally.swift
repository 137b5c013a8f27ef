import Contract

/// Sums over peers, for audio or video.
public struct Tally: BitwiseCopyable, Sendable {
    /// Packets and bytes (of datagrams) that publishers sent.
    public var sent: UInt64 = 0
    public var sentBytes: UInt64 = 0
    /// Streams that a subscriber got something of.
    public var streams: UInt64 = 0
    /// Authentic RTP packets with a payload, those sent again left out.
    public var received: UInt64 = 0
    public var receivedBytes: UInt64 = 0
    public var lost: UInt64 = 0
    public var reordered: UInt64 = 0
    public var duplicated: UInt64 = 0
    /// Authentic, but with other bytes than were sent.
    public var corrupt: UInt64 = 0
    /// Payloads of a publisher that is not this load generator.
    public var foreign: UInt64 = 0
    /// Came back by RTX after being missing.
    public var repaired: UInt64 = 0
    public var keyframes: UInt64 = 0
    /// Of what was measured: audio, and video that could be shown, since nothing is missing since its keyframe.
    public var useful: UInt64 = 0
    /// Breaks in the RTP sequence numbers that the SFU wrote.
    public var numberingBreaks: UInt64 = 0

    public init() {}

    public static func += (left: inout Tally, right: Tally) {
        left.sent &+= right.sent
        left.sentBytes &+= right.sentBytes
        left.streams &+= right.streams
        left.received &+= right.received
        left.receivedBytes &+= right.receivedBytes
        left.lost &+= right.lost
        left.reordered &+= right.reordered
        left.duplicated &+= right.duplicated
        left.corrupt &+= right.corrupt
        left.foreign &+= right.foreign
        left.repaired &+= right.repaired
        left.keyframes &+= right.keyframes
        left.useful &+= right.useful
        left.numberingBreaks &+= right.numberingBreaks
    }
}

/// What does not belong to one kind of media.
public struct PacketCounters: BitwiseCopyable, Sendable {
    public var rtpReceived: UInt64 = 0
    public var rtxReceived: UInt64 = 0
    /// Padding without payload.
    public var probes: UInt64 = 0
    public var rtcpReceived: UInt64 = 0
    public var keyframeRequests: UInt64 = 0
    public var nacksReceived: UInt64 = 0
    public var nacksSent: UInt64 = 0
    public var retransmitted: UInt64 = 0
    public var transportFeedbacks: UInt64 = 0
    /// SRTP or SRTCP that did not verify.
    public var notAuthentic: UInt64 = 0
    public var replayed: UInt64 = 0
    public var malformed: UInt64 = 0
    /// Media before this end had keys to open it with.
    public var early: UInt64 = 0
    /// RTP of an SSRC that could not be given a place.
    public var unknownStreams: UInt64 = 0
    public var sendErrors: UInt64 = 0
    /// Dropped by this host's kernel because the generator did not read in time.
    public var ownDrops: UInt64 = 0
    public var datagramsReceived: UInt64 = 0
    public var receiveCalls: UInt64 = 0

    public init() {}
}

/// One peer's life in short.
public struct PeerCounts: BitwiseCopyable, Sendable {
    public var open = 0
    public var connected = 0
    /// Connected subscribers that got media.
    public var receiving = 0
    public var lost = 0

    public init() {}
}

/// What the engine has counted so far.
public struct Snapshot: Sendable {
    public var audio = Tally()
    public var video = Tally()
    public var packets = PacketCounters()
    public var peers = PeerCounts()
    public var audioLatency = Histogram()
    public var videoLatency = Histogram()
    /// Between two packets of media, of any kind, to one subscriber.
    public var gaps = Histogram()
    /// How much later than planned bursts left.
    public var lateness = Histogram()
    /// Of peers whose media the kernel counts; part of the sums above.
    public var counted = CountedSums()
    public var threadCpuNanoseconds: UInt64 = 0
    public var nowNanoseconds: UInt64 = 0

    public init() {}
}
