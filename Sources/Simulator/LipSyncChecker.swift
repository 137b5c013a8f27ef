import Contract
import Wire

/// Sound and picture of one publisher keep the publisher's own relation at the subscriber.
struct LipSyncChecker {
    static let errorNanosecondsMax: Int64 = 12_000_000
    /// Reports need a while to settle after a switch, or after the clock leapt.
    static let settleNanoseconds: UInt64 = 3_000_000_000

    let peer: SimulatedPeer
    let world: Simulator

    /// Compares what a packet's timestamp means, by the last sender report, with when it was captured.
    func note(_ packet: OutgoingStream.Left, _ stream: OutgoingStream, _ publication: Publication) {
        guard isSettled(stream) else { return }
        let rate: Int64 = stream.kind == .audio ? 48_000 : 90_000
        let ticks = Int64(Int32(bitPattern: packet.timestamp &- stream.reportTimestamp))
        let wall = stream.reportNtpNanoseconds + ticks * 1_000_000_000 / rate
        stream.captureError = wall - Int64(packet.stamp.captureNanoseconds)
        stream.captureErrorTime = world.now
        compare(stream, publication)
    }

    private func isSettled(_ stream: OutgoingStream) -> Bool {
        stream.reportTime > stream.switchTime + Self.settleNanoseconds
            && world.now > world.lastLeap + Self.settleNanoseconds + 1_000_000_000
            && stream.reportTime > world.lastLeap + Self.settleNanoseconds
    }

    private func compare(_ stream: OutgoingStream, _ publication: Publication) {
        guard let error = stream.captureError, world.toServer.isPerfect else { return }
        for other in publication.peer.publications where other !== publication && other.kind != publication.kind {
            guard let consumer = world.control.consumer(of: other, for: peer),
                let partner = peer.outgoing[ConsumerSsrc.media(consumer)], let theirs = partner.captureError,
                world.now < partner.captureErrorTime + 500_000_000, isSettled(partner)
            else { continue }
            let difference = abs(error - theirs)
            world.counts.lipSyncChecks += 1
            world.counts.largestLipSyncErrorNanoseconds = max(world.counts.largestLipSyncErrorNanoseconds, difference)
            let allowed = Self.errorNanosecondsMax + Int64(world.toServer.jitterNanoseconds)
            if difference > allowed {
                world.violate("lip sync", "sound and picture are \(difference / 1000) µs apart for peer \(peer.number)")
            }
        }
    }
}
