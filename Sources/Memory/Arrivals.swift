/// One completed receive: a datagram, or several from one sender that the kernel merged (UDP_GRO), all of
/// `segmentBytes` but for the last, which may be shorter. Or one frame of a TCP connection; without bytes it says that
/// the connection has ended.
@frozen
public struct Arrival: BitwiseCopyable {
    public var bytes: UnsafeMutableRawPointer
    public var byteCount: UInt32
    public var segmentBytes: UInt32
    public var source: Endpoint
    /// The driver's name for the buffer that holds `bytes`; `noBuffer` when nothing is to be given back.
    public var buffer: UInt32
    /// The datagram was longer than the buffer.
    public var isTruncated: Bool

    @inlinable public static var noBuffer: UInt32 { .max }

    @inlinable
    public init(
        bytes: UnsafeMutableRawPointer, byteCount: UInt32, segmentBytes: UInt32, source: Endpoint, buffer: UInt32,
        isTruncated: Bool = false
    ) {
        self.bytes = bytes
        self.byteCount = byteCount
        self.segmentBytes = segmentBytes
        self.source = source
        self.buffer = buffer
        self.isTruncated = isTruncated
    }
}

/// What one wake-up brought: the burst. Filled by a driver, read by an engine, then emptied by the driver, which gives
/// the buffers back to the kernel. The engine must not keep a pointer into it.
public struct Arrivals: ~Copyable {
    public let capacity: Int
    public private(set) var count = 0
    @usableFromInline let entries: UnsafeMutablePointer<Arrival>

    public init(arena: inout Arena, capacity: Int) {
        self.capacity = capacity
        entries = arena.take(Arrival.self, count: capacity)
    }

    public static func byteCount(capacity: Int) -> Int { capacity * MemoryLayout<Arrival>.stride + 64 }

    @inlinable
    public subscript(index: Int) -> Arrival {
        precondition(index >= 0 && index < count)
        return entries[index]
    }

    @inlinable
    public var isFull: Bool { count == capacity }

    /// False when there is no room; the driver then leaves the rest for the next burst.
    public mutating func append(_ arrival: Arrival) -> Bool {
        guard count < capacity else { return false }
        entries[count] = arrival
        count += 1
        return true
    }

    public mutating func removeAll() { count = 0 }
}
