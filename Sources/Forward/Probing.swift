import Estimate

/// How far a probe has come.
@frozen
public struct Probing: BitwiseCopyable, Sendable {
    /// RFC 3550 §5.1: the last byte says how many there are.
    static let paddingBytesMax = 255
    /// Smaller ones are padding: a packet that was sent cannot be cut.
    static let repeatBytesMin = 600
    /// Those that are sent once more, one after the other.
    static let recentPackets: UInt64 = 16
    static let packetsPerRunMax = 256
    /// Until the timer comes again.
    private static let runNanoseconds: UInt64 = 4_000_000

    private var cluster: UInt8 = 0
    private var back: UInt8 = 0
    private var startNanoseconds: UInt64 = 0
    private var bytes = 0

    public init() {}

    mutating func begin(_ probe: ProbeCluster, now: UInt64) {
        guard probe.cluster != cluster else { return }
        cluster = probe.cluster
        startNanoseconds = now
        bytes = probe.bytesLeft
    }

    /// Whether one packet more is not too fast.
    func allows(_ probe: ProbeCluster, now: UInt64) -> Bool {
        guard probe.isWanted else { return false }
        let elapsed = min(now &- startNanoseconds, 1_000_000_000) + Self.runNanoseconds
        let allowed = min(probe.bitsPerSecond, 1 << 33) / 8 * elapsed / 1_000_000_000
        return bytes - probe.bytesLeft < Int(allowed)
    }

    /// So that even a slow probe is several packets and no long queue.
    static func packetBytes(_ probe: ProbeCluster) -> Int { Int(min(max(probe.bitsPerSecond / 8 / 250, 200), 1200)) }

    /// How many numbers back the next packet is that is sent once more.
    mutating func nextBack() -> UInt64 {
        back = back &+ 1
        return 1 + UInt64(back) % Self.recentPackets
    }
}
