import Memory

/// How a port waits for datagrams. All zero: it sleeps at once and wakes with the first. `docs/performance.md` says what
/// each costs and gains.
@frozen
public struct Waiting: BitwiseCopyable, Sendable {
    /// Sleep at least so long while datagrams gather, or until a batch of them is there. io_uring of kernel 6.12 and later.
    public var batchMicroseconds: UInt32 = 0
    /// Look for datagrams again and again for so long before sleeping. Takes the whole processor while it lasts.
    public var spinMicroseconds: UInt32 = 0
    /// Let the kernel poll the network card's queue (NAPI) for so long before sleeping. io_uring of kernel 6.9 and later.
    public var busyPollMicroseconds: UInt32 = 0

    /// Datagrams that end a batch's wait early.
    public static let batchDatagrams: UInt32 = 32

    public init() {}
}

/// How one port is to be made. The same values size its share of the arena.
public struct PortConfiguration: Sendable {
    public enum Backend: String, CaseIterable, Sendable {
        /// io_uring where the host permits it.
        case auto
        case uring = "io_uring"
        case mmsg
    }

    public var backend: Backend = .auto
    /// Buffers of 64 KiB for what arrives; a power of two is not needed, 32768 is the most.
    public var receiveBuffers = 128
    public var waiting = Waiting()
    /// The capacity of the departures that will be exchanged.
    public var runs = 512
    /// TCP connections at once; 0 for a port that has none. Their memory is the port's own.
    public var connections = 0

    public init() {}

    /// What `Port.init` takes from the arena.
    public var arenaBytes: Int {
        // A refused io_uring leaves its buffer ring behind before the other backend takes over.
        let leftover = Self.powerOfTwo(atLeast: receiveBuffers) * 16 + 4096
        return max(UringPort.arenaBytes(self), MmsgPort.arenaBytes(self)) + SendSlots.arenaBytes(runs: runs) + leftover
    }

    static func powerOfTwo(atLeast count: Int) -> Int {
        var size = 1
        while size < count { size *= 2 }
        return size
    }
}
