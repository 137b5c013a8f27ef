import Memory

/// How a port waits for datagrams. All zero: it sleeps at once and wakes with the first. `docs/performance.md` says what
/// each costs and gains.
@frozen
public struct Waiting: BitwiseCopyable, Sendable {
    /// Sleep at least so long while datagrams gather, or until a batch of them is there. io_uring of kernel 6.12 and later.
    public var batchMicroseconds: UInt32 = 0
    /// While many datagrams come and each wake-up brings few: no two wake-ups within so long. io_uring of kernel 6.12 and
    /// later; of no effect where `batchMicroseconds` or `spinMicroseconds` is set.
    public var gatherMicroseconds: UInt32 = 0
    /// How long what came to the port's second socket may wait for something else that wakes the port. io_uring only.
    public var patienceMicroseconds: UInt32 = 5000
    /// Look for datagrams again and again for so long before sleeping. Takes the whole processor while it lasts.
    public var spinMicroseconds: UInt32 = 0
    /// Let the kernel poll the network card's queue (NAPI) for so long before sleeping. io_uring of kernel 6.9 and later.
    public var busyPollMicroseconds: UInt32 = 0

    /// Datagrams that end a batch's wait early.
    public static let batchDatagrams: UInt32 = 32

    public init() {}
}

/// What a port registers with io_uring beforehand, so that no call looks it up.
/// `docs/performance.md` says what each brings.
public struct Registrations: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let socket = Registrations(rawValue: 1)
    public static let ring = Registrations(rawValue: 2)
    public static let standard: Registrations = [.socket, .ring]
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
    public var registrations = Registrations.standard
    /// Runs of so many bytes and more are sent from their cells, without a copy in the kernel; 0 for none. io_uring only.
    public var zeroCopyBytes: UInt32 = 0
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
