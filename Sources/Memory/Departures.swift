/// Datagrams for one destination that lie one behind the other and leave by one send (UDP_SEGMENT): all of
/// `segmentBytes` but for the last, which may be shorter.
@frozen
public struct Run: BitwiseCopyable {
    public var cell: UInt32
    public var byteCount: UInt32
    public var segmentBytes: UInt16
    public var segments: UInt16
    public var destination: Endpoint
    /// A bit per segment, the first in the lowest: what a slow TCP connection carries before anything else. UDP knows no
    /// difference.
    public var urgent: UInt64

    @inlinable
    public init(
        cell: UInt32, byteCount: UInt32, segmentBytes: UInt16, segments: UInt16, destination: Endpoint,
        urgent: UInt64 = .max
    ) {
        self.cell = cell
        self.byteCount = byteCount
        self.segmentBytes = segmentBytes
        self.segments = segments
        self.destination = destination
        self.urgent = urgent
    }
}

/// Runs that wait to be sent, and the memory (cells) in which runs are built.
///
/// A cell belongs to the engine from `takeCell` to `push`, then to the driver until the kernel has taken the bytes and
/// `giveBack` returns it. Cells are reused last in, first out, so that a busy shard writes into warm cache lines.
public struct Departures: ~Copyable {
    public static let cellBytes = 65536
    /// Not a power of two: cells whose starts share cache sets would evict each other.
    @usableFromInline static let cellStride = cellBytes + 4096 + 192
    /// A send longer than this is refused by the kernel (65535 less IP and UDP headers).
    public static let runBytesMax = 65000

    public let capacity: Int
    @usableFromInline let cells: UnsafeMutableRawPointer
    @usableFromInline let free: UnsafeMutablePointer<UInt32>
    @usableFromInline let runs: UnsafeMutablePointer<Run>
    /// Cells that nobody holds.
    public private(set) var freeCount: Int
    /// Runs pushed since the last `removeAll`.
    public private(set) var count = 0

    public init(arena: inout Arena, capacity: Int) {
        self.capacity = capacity
        cells = arena.takeBytes(capacity * Self.cellStride, alignment: 4096)
        free = arena.take(UInt32.self, count: capacity)
        runs = arena.take(Run.self, count: capacity)
        for index in 0..<capacity { free[index] = UInt32(capacity - 1 - index) }
        freeCount = capacity
    }

    public static func byteCount(capacity: Int) -> Int {
        capacity * (cellStride + MemoryLayout<UInt32>.stride + MemoryLayout<Run>.stride) + 4096 + 128
    }

    @inlinable
    public subscript(index: Int) -> Run {
        precondition(index >= 0 && index < count)
        return runs[index]
    }

    /// Where a cell's memory begins; `cellBytes` may be written.
    @inlinable
    public func memory(of cell: UInt32) -> UnsafeMutableRawPointer { cells + Int(cell) * Self.cellStride }

    /// All cells, one behind the other.
    public var cellMemory: (start: UnsafeMutableRawPointer, byteCount: Int) { (cells, capacity * Self.cellStride) }

    /// Nil when all cells are under way.
    public mutating func takeCell() -> UInt32? {
        guard freeCount > 0 else { return nil }
        freeCount -= 1
        return free[freeCount]
    }

    /// Hands a built run over for sending. There is always room: every run holds a cell.
    public mutating func push(_ run: Run) {
        precondition(count < capacity && run.segments > 0 && run.byteCount <= UInt32(Self.runBytesMax))
        runs[count] = run
        count += 1
    }

    /// The kernel has taken (or refused) the bytes, or the engine had nothing to write after all.
    public mutating func giveBack(cell: UInt32) {
        precondition(freeCount < capacity && cell < UInt32(capacity))
        free[freeCount] = cell
        freeCount += 1
    }

    /// The driver has queued all pushed runs; their cells come back one by one.
    public mutating func removeAll() { count = 0 }
}
