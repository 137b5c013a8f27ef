import Memory

/// How an endpoint names a TCP connection of its shard: the place in the table plus one, and above it how often the place
/// was used. 0 means UDP.
enum ConnectionName {
    static func make(index: Int, generation: UInt16) -> UInt32 { UInt32(generation) << 16 | UInt32(index + 1) }
    static func index(_ name: UInt32) -> Int { Int(name & 0xFFFF) - 1 }
}

/// Why a connection's memory must stay: a bit for each queue that names it and for what the kernel does with it.
struct ConnectionHolds: OptionSet, BitwiseCopyable {
    let rawValue: UInt8
    /// Bytes have come that no burst has taken, or an end that the engine has not heard of.
    static let ready = ConnectionHolds(rawValue: 1)
    /// The burst holds frames of it.
    static let lent = ConnectionHolds(rawValue: 2)
    /// There is room to receive into, and the kernel was not asked yet.
    static let toReceive = ConnectionHolds(rawValue: 4)
    /// There are frames to send, and the kernel was not asked yet.
    static let toSend = ConnectionHolds(rawValue: 8)
    /// Its first frames were delivered; nobody knows it yet.
    static let stranger = ConnectionHolds(rawValue: 16)
    /// The kernel has its receive buffer.
    static let receiving = ConnectionHolds(rawValue: 32)
    /// The kernel has a part of its send ring, or is to tell when there is room.
    static let sending = ConnectionHolds(rawValue: 64)

    static let queueCount = 5
}

/// One connection. Counts of bytes in the ring are sums since its start; they wrap.
struct TcpConnection: BitwiseCopyable {
    /// -1 for a free place.
    var descriptor: Int32 = -1
    var generation: UInt16 = 0
    var holds: ConnectionHolds = []
    /// A peer has proved that it is at the other end.
    var isProven = false
    /// Nothing is received or sent any more.
    var isEnding = false
    /// The engine is to hear of the end.
    var mustTell = false
    /// Frames have been delivered.
    var hasDelivered = false
    var source = Endpoint.none
    /// Bytes in the receive buffer, and how many of them frames were made of.
    var filled = 0
    var parsed = 0
    var sendHead: UInt32 = 0
    var sendTail: UInt32 = 0
}

/// Places in the table, first in, first out; each at most once, so that there is always room.
struct ConnectionQueue: BitwiseCopyable {
    private let entries: UnsafeMutablePointer<UInt16>
    private let mask: Int
    private var head = 0
    private var tail = 0

    static func arenaBytes(_ capacity: Int) -> Int { PortConfiguration.powerOfTwo(atLeast: max(capacity, 1)) * 2 + 64 }

    init(arena: inout Arena, capacity: Int) {
        let size = PortConfiguration.powerOfTwo(atLeast: max(capacity, 1))
        entries = arena.take(UInt16.self, count: size)
        mask = size - 1
    }

    var isEmpty: Bool { head == tail }
    var count: Int { tail &- head }

    mutating func push(_ index: Int) {
        precondition(tail &- head <= mask, "a connection is in a queue twice")
        entries[tail & mask] = UInt16(truncatingIfNeeded: index)
        tail &+= 1
    }

    mutating func pop() -> Int? {
        guard head != tail else { return nil }
        let index = Int(entries[head & mask])
        head &+= 1
        return index
    }
}

/// What the TCP connections of a port have done. All are sums, but for `now`.
@frozen
public struct TcpCounters: BitwiseCopyable, Sendable {
    public var now: UInt64 = 0
    public var adopted: UInt64 = 0
    /// There were as many as can be.
    public var refused: UInt64 = 0
    public var ended: UInt64 = 0
    /// Ended because no peer was recognised by the first frame.
    public var unproven: UInt64 = 0
    /// Ended because of a frame that is empty or longer than a datagram may be.
    public var badFrames: UInt64 = 0
    public var framesReceived: UInt64 = 0
    public var framesSent: UInt64 = 0
    /// Frames of video that found too much waiting.
    public var videoDropped: UInt64 = 0
    /// Other frames that found the ring full.
    public var urgentDropped: UInt64 = 0
    /// Frames for a connection that was gone.
    public var lateFrames: UInt64 = 0

    public init() {}
}
