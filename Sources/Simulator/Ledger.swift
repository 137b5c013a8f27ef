/// What checkers found wrong. The first find is the one to look at.
public struct Violation: Sendable, CustomStringConvertible {
    public var rule: String
    public var text: String
    public var nanoseconds: UInt64

    public var description: String { "\(rule): \(text) (at \(Double(nanoseconds) / 1e9) s)" }
}

/// Numbers of one run, for summaries and for tests that ask whether something happened at all.
public struct RunCounts: Sendable {
    /// Engines that went on with another's snapshot.
    public var takeOvers = 0
    public var mediaPackets = 0
    public var retransmissions = 0
    public var paddingPackets = 0
    /// Packets of parity that left, and what clients got back by them.
    public var parityPackets = 0
    public var recovered = 0
    public var feedbacks = 0
    public var rtcpCompounds = 0
    public var stunAnswers = 0
    public var records = 0
    public var senderReports = 0
    public var receiverReports = 0
    public var nacksToPublishers = 0
    public var keyframeRequests = 0
    public var transportFeedbacks = 0
    public var sourceSwitches = 0
    public var redundantPackets = 0
    /// Blocks before the primary ones.
    public var redundantBlocks = 0
    /// Packets of sound with the marker bit.
    public var markedSounds = 0
    public var lipSyncChecks = 0
    public var largestLipSyncErrorNanoseconds: Int64 = 0
    /// The longest that a packet waited in the engine before it left.
    public var largestWaitNanoseconds: UInt64 = 0
    public var holes = 0
    /// Numbers that clients gave up asking for.
    public var clientHoles = 0
    public var clientRepairs = 0
    public var clientPackets = 0
    public var steps = 0
    /// Packets of video that the decoders' checker looked at; frames that could be decoded, and that could not for what the
    /// publisher's link had lost.
    public var framePackets = 0
    public var framesDecodable = 0
    public var framesBroken = 0
    /// Times without a frame that could be decoded for more than 500 ms.
    public var freezes = 0
}
