import Estimate
import Wire

/// Sends as much as the estimate allows, in runs every four milliseconds, as a pacer with a wheel of that grain does.
final class ElasticSender {
    static let tickNanoseconds: UInt64 = 4_000_000

    private let ring = UnsafeMutablePointer<SentPacket>.allocate(capacity: SentHistory.capacity)
    var estimate: BandwidthEstimator
    private let packetBytes: Int
    private var budget = 0.0
    private var probeBudget = 0.0
    private var probing: UInt8 = 0
    /// All that left, and of that probes.
    private(set) var sentBytes = 0

    private let deafBitsPerSecond: Double

    init(_ options: LinkOptions) {
        packetBytes = options.packetBytes
        deafBitsPerSecond = options.deafBitsPerSecond
        estimate = BandwidthEstimator(ring: ring)
        estimate.wantedBitsPerSecond = 20_000_000
    }

    deinit { ring.deallocate() }

    /// Before the first feedback there is no estimate: what an ordinary camera sends at first.
    var target: Double {
        if deafBitsPerSecond > 0 { return deafBitsPerSecond }
        return estimate.targetBitsPerSecond == 0 ? 300_000 : Double(estimate.targetBitsPerSecond)
    }

    func tick(now: UInt64, send: (_ number: UInt16, _ bytes: Int, _ isProbe: Bool) -> Void) {
        if estimate.probe.isWanted { return probe(now, send) }
        let seconds = Double(Self.tickNanoseconds) / 1e9
        // A camera sends thirty frames a second, and each is a packet at least.
        let bytes = min(packetBytes, max(200, Int(target / 8 / 30)))
        budget = min(budget, Double(bytes)) + target * seconds / 8
        while budget >= Double(bytes) {
            budget -= Double(bytes)
            put(bytes, 0, now, send)
        }
    }

    private func probe(_ now: UInt64, _ send: (UInt16, Int, Bool) -> Void) {
        let probe = estimate.probe
        if probing != probe.cluster { (probing, probeBudget) = (probe.cluster, 0) }
        probeBudget += Double(probe.bitsPerSecond) * Double(Self.tickNanoseconds) / 8e9
        while probeBudget >= Double(probe.packetBytes), estimate.probe.cluster == probe.cluster {
            probeBudget -= Double(probe.packetBytes)
            put(probe.packetBytes, probe.cluster, now, send)
        }
    }

    private func put(_ bytes: Int, _ cluster: UInt8, _ now: UInt64, _ send: (UInt16, Int, Bool) -> Void) {
        let number = estimate.sent(bytes: bytes, isProbe: cluster, now: now)
        sentBytes += bytes
        send(number, bytes, cluster != 0)
    }

    /// Takes a compound that the receiver wrote.
    func take(_ bytes: [UInt8], now: UInt64) {
        var compound = RtcpCompound()
        while let packet = try? compound.next(in: bytes.span.bytes) {
            guard packet.kind == .transportFeedback,
                var feedback = try? TransportFeedback(parsing: bytes.span.bytes, packet: packet)
            else { continue }
            estimate.beginFeedback(now: now)
            while let entry = feedback.next(in: bytes.span.bytes) {
                estimate.take(entry.sequenceNumber, isReceived: entry.isReceived, arrivalTicks: entry.arrivalTicks)
            }
            estimate.endFeedback()
        }
    }
}
