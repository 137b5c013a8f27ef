/// What a shard tells the control side. Plain data of bounded size.
@frozen
public enum Event: BitwiseCopyable, Sendable {
    /// ICE has validated an address of this peer for the first time, or again after a restart.
    case peerConnected(PeerHandle)
    /// DTLS is done and the SRTP keys are installed.
    case peerSecured(PeerHandle, SrtpProfile)
    /// The peer is gone or cannot be served; the control side closes it.
    case peerLost(PeerHandle, PeerLoss)
    /// The first packet of a producer's layer has arrived.
    case producerStarted(ProducerIndex, layer: UInt8, Codec)
    /// The room's dominant audio producer changed; `.none` when everybody is silent.
    case speakerChanged(RoomIndex, ProducerIndex)
    /// The shard chose another producer, or none, for a consumer that is its to fill. Several choices may come as one: the
    /// last.
    case consumerBound(ConsumerIndex, ProducerIndex)
    case roomReleased(RoomIndex)
    case peerReleased(PeerHandle)
    /// Also of a mirror, once its shard will hear no more of the producer.
    case producerReleased(ProducerIndex)
    case consumerReleased(ConsumerIndex)
    /// The consumer gets nothing for this reason, or something again.
    case consumerHeld(ConsumerIndex, PauseReason)
    case reported(sequence: UInt64, found: Bool)
    /// At most once a second, when something changed: what the shard uses of its processor, of a hundred, and how
    /// much it leaves out (0 for nothing).
    case loadChanged(busyPercent: UInt8, shedLevel: UInt8)
    /// At most once a second: a burst took longer than its budget. `room` is the one of its rooms with the most members.
    case burstOverBudget(microseconds: UInt32, packets: UInt32, room: RoomIndex, members: UInt32)
    case stopped
}

/// Why a peer was lost.
@frozen
public enum PeerLoss: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// No consent for 30 s (RFC 7675 §5.1).
    case consentExpired
    /// No address validated within 30 s after the peer was opened.
    case neverConnected
    case handshakeFailed
    /// The certificate does not match a=fingerprint.
    case fingerprintMismatch
    /// The remote end closed DTLS.
    case closedByPeer
    /// The fixed address of a plain transport is another peer's, or became it: that one has proved that it is there.
    case addressTaken
}
