import Contract

/// What tests and scripts say of a subscriber's link without having one.
extension Simulator {
    /// The engine believes that the peer's link carries so many bits a second; 0 for unknown.
    public func setPace(_ peer: SimulatedPeer, bitsPerSecond: UInt64, isStrained: Bool = false) {
        guard !peer.isClosed else { return }
        let shard = shards[Int(peer.handle.shard)]
        peer.wasPaced = peer.wasPaced || bitsPerSecond > 0
        shard.engine.forward.setPace(
            peer.handle.index, bitsPerSecond: bitsPerSecond, isStrained: isStrained, now: now)
    }
}

extension Simulator {
    /// The engine is told what the peer's link carries, as feedback would tell it; 0 for unknown.
    public func noteEstimate(_ peer: SimulatedPeer, bitsPerSecond: UInt64) {
        guard !peer.isClosed else { return }
        peer.wasPaced = peer.wasPaced || bitsPerSecond > 0
        shards[Int(peer.handle.shard)].engine.forward.noteEstimate(
            peer.handle.index, bitsPerSecond: bitsPerSecond, now: now)
    }

    /// The same again and again while time goes by.
    public func run(seconds: Double, estimate bitsPerSecond: UInt64, for peer: SimulatedPeer) {
        let end = now + UInt64(seconds * 1e9)
        while now < end {
            noteEstimate(peer, bitsPerSecond: bitsPerSecond)
            run(seconds: 0.05)
        }
    }

    /// The client shows what a consumer carries in this size.
    public func setView(_ consumer: ConsumerIndex, of peer: SimulatedPeer, _ view: View) {
        control.push(.setView(consumer, view), to: Int(peer.handle.shard)) {
            guard let stream = peer.outgoing[ConsumerSsrc.media(consumer)], stream.kind == .video,
                !stream.followsShard, stream.isHidden == view.isVisible
            else { return }
            stream.isHidden = !view.isVisible
            stream.mustBeginAnew = true
        }
    }

    /// Who was said to get nothing, and why, in order.
    public var holds: [(consumer: ConsumerIndex, reason: PauseReason)] {
        control.holds.map { (consumer: $0.0, reason: $0.1) }
    }
}

/// A datagram that left the host for a client.
public struct Departure: Sendable {
    public var nanoseconds: UInt64
    public var peer: Int
    public var bytes: Int
    public var isAudio: Bool
}

/// Pacing holds packets back, and no longer than it may; sound it does not hold back.
struct PaceChecker {
    /// As long as a backlog may get, and some ticks for want of cells.
    static let ageNanosecondsMax: UInt64 = 1_050_000_000

    let world: Simulator

    func check(_ packet: OutgoingStream.Left, _ stream: OutgoingStream, peer: SimulatedPeer) {
        guard let fate = packet.source.fate(packet.stamp.sequence), fate.arrival > 0 else { return }
        let age = world.now - fate.arrivalNanoseconds
        world.counts.largestWaitNanoseconds = max(world.counts.largestWaitNanoseconds, age)
        // What was refused for want of something may have come in as a second copy.
        guard peer.isPaced, world.now > world.lastLeap + Self.ageNanosecondsMax, !packet.wasRelaxed else { return }
        if age > Self.ageNanosecondsMax {
            world.violate("pace", "a packet leaves for peer \(peer.number) \(age / 1_000_000) ms after it arrived")
        }
        let isNewest = packet.stamp.sequence == packet.source.highestArrived
        // What the packet that a stretch begins with has overtaken, leaves behind it.
        let isFollower = fate.arrival < stream.stretchStart.upperBound
        if stream.kind == .audio, isNewest, age > 0, world.shards.count == 1, !isFollower,
            stream.boundTime < fate.arrivalNanoseconds
        {
            world.violate("pace", "sound for peer \(peer.number) waited \(age / 1000) µs")
        }
    }
}
