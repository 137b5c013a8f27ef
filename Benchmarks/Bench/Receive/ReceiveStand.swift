import CPlatform
import CUring
import Driver
import Glibc
import Memory

/// A ring, a socket and provided buffers, and nothing of what a port does besides: the kernel's side of receiving.
struct ReceiveStand: ~Copyable {
    private let ring: UnsafeMutablePointer<cu_ring>
    private let arena: Arena
    private let memory: UnsafeMutableRawPointer
    private let bufferBytes: Int
    private let stride: Int
    private let isIncremental: Bool
    private var isArmed = false
    private(set) var completions = 0
    private(set) var truncated = 0
    /// Times that the receive ended and had to be asked for again.
    private(set) var ends = 0
    private(set) var bytesReceived = 0

    static func make(_ options: ReceiveOptions, bufferBytes: Int, socket: PortSocket) throws(BenchError) -> ReceiveStand
    {
        let stride = bufferBytes + (bufferBytes > 8192 ? 192 : 0)
        guard var arena = Arena(byteCount: options.buffers * (stride + 16) + 8192, wanting: .ordinary) else {
            throw BenchError("there is no memory")
        }
        let entries = arena.takeBytes(options.buffers * 16, alignment: 4096)
        let memory = arena.takeBytes(options.buffers * stride, alignment: 4096)
        let ring = UnsafeMutablePointer<cu_ring>.allocate(capacity: 1)
        let isIncremental = options.kind == .incremental
        let status = open(ring, socket.descriptor, entries, UInt32(options.buffers), isIncremental)
        guard status == 0 else { throw BenchError("the kernel refuses this kind of ring: errno \(-status)") }
        return ReceiveStand(
            ring: ring, arena: arena, memory: memory, bufferBytes: bufferBytes, stride: stride,
            isIncremental: isIncremental, buffers: options.buffers)
    }

    private init(
        ring: UnsafeMutablePointer<cu_ring>, arena: consuming Arena, memory: UnsafeMutableRawPointer, bufferBytes: Int,
        stride: Int, isIncremental: Bool, buffers: Int
    ) {
        self.ring = ring
        self.arena = arena
        self.memory = memory
        self.bufferBytes = bufferBytes
        self.stride = stride
        self.isIncremental = isIncremental
        for buffer in 0..<buffers { provide(UInt16(buffer), offset: buffer) }
        cu_publish(ring, Int32(buffers))
    }

    deinit {
        cu_close(ring)
        ring.deallocate()
    }

    private static func open(
        _ ring: UnsafeMutablePointer<cu_ring>, _ socket: Int32, _ entries: UnsafeMutableRawPointer, _ count: UInt32,
        _ isIncremental: Bool
    ) -> Int32 {
        var status = cu_open(ring, 16, count * 2 + 256)
        if status == 0 { status = cu_register_file(ring, socket) }
        if status == 0 { status = cu_register_buffers(ring, entries, count, isIncremental) }
        return status == 0 ? min(cu_register_self(ring), 0) : status
    }

    private func provide(_ buffer: UInt16, offset: Int) {
        cu_provide(ring, memory + Int(buffer) * stride, UInt32(bufferBytes), buffer, Int32(offset))
    }

    /// The standing receive ended with the last turn: what is there has not been looked for.
    var hasEnded: Bool { !isArmed }

    /// Waits for something and takes all that is there.
    mutating func turn() {
        if !isArmed {
            cu_receive(ring, 0)
            isArmed = true
        }
        _ = cu_enter(ring, true, 1, 2_000_000)
        var completion = cu_completion()
        var home = 0
        while cu_reap(ring, &completion) {
            if completion.flags & UInt32(IORING_CQE_F_MORE) == 0 {
                isArmed = false
                ends += 1
            }
            take(completion, &home)
        }
        if home > 0 { cu_publish(ring, Int32(home)) }
    }

    private mutating func take(_ completion: cu_completion, _ home: inout Int) {
        guard completion.flags & UInt32(IORING_CQE_F_BUFFER) != 0 else { return }
        let buffer = UInt16(truncatingIfNeeded: completion.flags >> 16)
        completions += 1
        let payload = Int(completion.result) - Int(CU_PREFIX_BYTES)
        bytesReceived += payload
        // An incremental buffer's place is not looked up: what is measured is the kernel's work.
        if !isIncremental {
            let head = (memory + Int(buffer) * stride).load(as: io_uring_recvmsg_out.self)
            if head.flags & 0x20 != 0 { truncated += 1 }  // MSG_TRUNC
        }
        let isUsedUp = !isIncremental || completion.flags & 1 << 4 == 0  // IORING_CQE_F_BUF_MORE
        guard isUsedUp else { return }
        provide(buffer, offset: home)
        home += 1
    }
}
