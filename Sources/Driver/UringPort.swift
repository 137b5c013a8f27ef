import CPlatform
import CUring
import Glibc
import Memory

/// The io_uring backend: one standing (multishot) receive into a ring of provided buffers, one sendmsg a run.
///
/// Sends are quiet: tried once within the enter that submits them, no completion unless they fail. So after an enter
/// every cell that it submitted is free again, but for those that found the socket's send buffer full (EAGAIN): these
/// are sent once more in a way that waits for room, and come home with a completion.
struct UringPort: ~Copyable {
    let ring: UnsafeMutablePointer<cu_ring>
    let slots: SendSlots
    let bell: Int32
    let buffers: UnsafeMutableRawPointer
    let bufferCount: Int
    /// What the kernel has received and no burst has taken yet. Every entry holds another buffer, so there is room.
    var pending: PendingReceives
    /// Parallel to the submission queue: the cell of a quiet send, or `noCell`.
    let entryCells: UnsafeMutablePointer<UInt32>
    /// By cell: the quiet send was refused for want of room.
    let isDeferred: UnsafeMutablePointer<Bool>
    /// Submission entries whose cells have been seen to; wraps.
    var settled: UInt32 = 0
    /// Cells of which the kernel will report: sends that wait for room in the send buffer, and those without a copy.
    var waitingSends = 0
    /// Those of them without a copy.
    var zeroCopyUnderWay = 0
    /// Runs of so many bytes and more leave without a copy; more than any run has for none.
    let zeroCopyBytes: UInt32
    /// By cell: how its send without a copy went, until the notification.
    let outcomes: UnsafeMutablePointer<Int32>
    /// Cells whose send without a copy the kernel would not take, to be sent the usual way.
    let refusedCells: UnsafeMutablePointer<UInt32>
    var refusedCount = 0
    var isReceiving = false
    /// Nothing is to be read: another process is about to.
    var isHeld = false
    var isWatching = false
    var bellRang = false
    var pause = ReceivePause()
    let tcpPlace: UnsafeMutablePointer<TcpConnections>
    /// Buffers that the kernel can fill.
    var kernelBuffers: Int
    var counters = PortCounters()
    let waiting: Waiting
    var gathering: Gathering
    var patient: PatientReceive
    /// What of `waiting` the kernel refused, as a sentence.
    let waitingRefusal: String?

    /// Small, because its 64-byte entries are written in turn and should stay in the first-level cache.
    static let submissions = 128
    static let noCell = UInt32.max
    /// A datagram may be 65507 bytes; a little spare keeps buffers from sharing cache sets.
    static let bufferBytes = Int(CU_PREFIX_BYTES) + 65536
    static let bufferStride = bufferBytes + 192

    static func arenaBytes(_ configuration: PortConfiguration) -> Int {
        let count = configuration.receiveBuffers
        let entries = PortConfiguration.powerOfTwo(atLeast: count)
        return count * bufferStride + 4096 + entries * 16 + 4096 + PendingReceives.arenaBytes(entries)
            + submissions * 4 + 64 + configuration.runs * 9 + 192
    }

    /// On the thread that will use the port. The error is a sentence.
    init(
        socket: PortSocket, patient: PortSocket?, bell: Int32, configuration: PortConfiguration, slots: SendSlots,
        arena: inout Arena
    ) throws(UringRefusal) {
        guard let tcpPlace = TcpConnections.allocate(capacity: configuration.connections, usesEpoll: false) else {
            throw UringRefusal(reason: "there is no memory for TCP connections")
        }
        let entries = PortConfiguration.powerOfTwo(atLeast: configuration.receiveBuffers)
        let ringMemory = arena.takeBytes(entries * 16, alignment: 4096)
        let ring: UnsafeMutablePointer<cu_ring>
        do throws(UringRefusal) {
            ring = try Self.ring(of: entries, in: ringMemory, socket: socket, configuration)
        } catch {
            TcpConnections.free(tcpPlace)
            throw error
        }
        if configuration.registrations.contains(.ring) { _ = cu_register_self(ring) }
        zeroCopyBytes = configuration.zeroCopyBytes > 0 ? configuration.zeroCopyBytes : .max
        (waiting, waitingRefusal) = Self.permitted(configuration.waiting, ring)
        // Who waits for a batch anyway, or does not sleep, has nothing to gather.
        let gathers = waiting.batchMicroseconds == 0 && waiting.spinMicroseconds == 0
        gathering = Gathering(microseconds: gathers ? waiting.gatherMicroseconds : 0)
        self.patient = PatientReceive(
            descriptor: patient?.descriptor ?? -1, microseconds: waiting.patienceMicroseconds)
        self.ring = ring
        self.tcpPlace = tcpPlace
        self.slots = slots
        self.bell = bell
        bufferCount = configuration.receiveBuffers
        buffers = arena.takeBytes(bufferCount * Self.bufferStride, alignment: 4096)
        pending = PendingReceives(arena: &arena, capacity: entries)
        entryCells = arena.take(repeating: Self.noCell, count: Int(cu_entry_mask(ring)) + 1)
        isDeferred = arena.take(repeating: false, count: configuration.runs)
        outcomes = arena.take(Int32.self, count: configuration.runs)
        refusedCells = arena.take(UInt32.self, count: configuration.runs)
        kernelBuffers = 0
        // Opening the ring has used an entry.
        settled = cu_submitted(ring)
        provideAll()
    }

    /// With its ring of provided buffers, for `socket`.
    private static func ring(
        of entries: Int, in memory: UnsafeMutableRawPointer, socket: PortSocket, _ configuration: PortConfiguration
    ) throws(UringRefusal) -> UnsafeMutablePointer<cu_ring> {
        let completions = entries * 2 + configuration.runs * 2 + configuration.connections * 2 + 64
        let ring = UnsafeMutablePointer<cu_ring>.allocate(capacity: 1)
        try UringRefusal.check(
            cu_open(ring, UInt32(submissions), UInt32(completions)), "io_uring_setup", freeing: ring)
        do throws(UringRefusal) {
            try name(socket, in: ring, registering: configuration.registrations.contains(.socket))
            try UringRefusal.check(
                cu_register_buffers(ring, memory, UInt32(entries), false), "the ring of provided buffers")
        } catch {
            cu_close(ring)
            ring.deallocate()
            throw error
        }
        return ring
    }

    private static func name(
        _ socket: PortSocket, in ring: UnsafeMutablePointer<cu_ring>, registering: Bool
    ) throws(UringRefusal) {
        guard registering else { return cu_use_file(ring, socket.descriptor) }
        try UringRefusal.check(cu_register_file(ring, socket.descriptor), "registering the socket")
    }

    /// What of the wanted ways to wait this kernel has, and a sentence for what it has not.
    private static func permitted(
        _ wanted: Waiting, _ ring: UnsafeMutablePointer<cu_ring>
    ) -> (Waiting, refusal: String?) {
        var waiting = wanted
        var refusals: [String] = []
        if wanted.batchMicroseconds > 0, ring.pointee.features & UInt32(CU_FEATURE_MINIMUM_WAIT) == 0 {
            waiting.batchMicroseconds = 0
            refusals.append("this kernel's io_uring has no minimum wait (6.12 has): datagrams are not gathered")
        }
        // Nobody asked for this one, so that nobody need hear that it is not there.
        if ring.pointee.features & UInt32(CU_FEATURE_MINIMUM_WAIT) == 0 { waiting.gatherMicroseconds = 0 }
        if wanted.busyPollMicroseconds > 0, case let status = cu_busy_poll(ring, wanted.busyPollMicroseconds),
            status < 0
        {
            waiting.busyPollMicroseconds = 0
            refusals.append("busy polling was refused: \(PortError.text(-status))")
        }
        return (waiting, refusals.isEmpty ? nil : refusals.joined(separator: "; "))
    }

    deinit {
        cu_close(ring)
        ring.deallocate()
        TcpConnections.free(tcpPlace)
    }

    /// By addressors, since coroutines allocate in debug builds.
    var tcp: TcpConnections {
        unsafeAddress { UnsafePointer(tcpPlace) }
        unsafeMutableAddress { tcpPlace }
    }

    private mutating func provideAll() {
        for index in 0..<bufferCount {
            cu_provide(ring, memory(of: UInt32(index)), UInt32(Self.bufferBytes), UInt16(index), Int32(index))
        }
        cu_publish(ring, Int32(bufferCount))
        kernelBuffers = bufferCount
    }

    @_noLocks
    func memory(of buffer: UInt32) -> UnsafeMutableRawPointer { buffers + Int(buffer) * Self.bufferStride }
}

/// Why io_uring cannot serve, as a sentence.
struct UringRefusal: Error {
    let reason: String

    /// `status` is 0 or more, or a negative errno.
    static func check(
        _ status: Int32, _ what: String, freeing ring: UnsafeMutablePointer<cu_ring>? = nil
    ) throws(UringRefusal) {
        guard status < 0 else { return }
        ring?.deallocate()
        throw UringRefusal(reason: "\(what) was refused: \(PortError.text(-status))")
    }
}

/// A queue of received buffers, packed: buffer in the upper half, byte count (of the whole buffer) in the lower.
struct PendingReceives: BitwiseCopyable {
    private let entries: UnsafeMutablePointer<UInt64>
    private let mask: Int
    private var head = 0
    private var tail = 0

    static func arenaBytes(_ capacity: Int) -> Int { capacity * 8 + 64 }

    /// `capacity` is a power of two.
    init(arena: inout Arena, capacity: Int) {
        entries = arena.take(UInt64.self, count: capacity)
        mask = capacity - 1
    }

    var isEmpty: Bool { head == tail }

    @_noLocks
    mutating func push(buffer: UInt32, byteCount: UInt32) {
        precondition(tail &- head <= mask, "more receives than buffers")
        entries[tail & mask] = UInt64(buffer) << 32 | UInt64(byteCount)
        tail &+= 1
    }

    /// The oldest; the caller knows that there is one.
    @_noLocks
    mutating func pop() -> (buffer: UInt32, byteCount: UInt32) {
        let entry = entries[head & mask]
        head &+= 1
        return (UInt32(truncatingIfNeeded: entry >> 32), UInt32(truncatingIfNeeded: entry))
    }
}
