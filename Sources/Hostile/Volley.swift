import CPlatform
import Glibc

/// Datagrams that leave by one sendmmsg.
struct Volley: ~Copyable {
    /// The largest UDP payload that IPv4 carries; IPv6 takes it too.
    static let bytesMax = 65_507
    static let size = 64

    private let messages: UnsafeMutablePointer<cp_message>
    private let slots: UnsafeMutablePointer<cp_send_slot>
    private let memory: UnsafeMutableRawPointer
    /// Datagrams of each message; more than one for runs.
    private var datagrams = InlineArray<64, UInt32>(repeating: 0)
    private(set) var count = 0

    init() {
        messages = .allocate(capacity: Self.size)
        slots = .allocate(capacity: Self.size)
        memory = .allocate(byteCount: Self.size * 65_536, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0x5A, count: Self.size * 65_536)
        for index in 0..<Self.size { cp_send_slot_init(slots + index) }
    }

    deinit {
        messages.deallocate()
        slots.deallocate()
        memory.deallocate()
    }

    var isFull: Bool { count == Self.size }

    /// Where the next datagram is to be written.
    var place: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: memory + count * 65_536, count: Self.bytesMax)
    }

    /// Takes what was written at `place`: `copies` segments of equal size, the first of which is there.
    mutating func add(bytes: Int, copies: Int, to target: Target) {
        let start = memory + count * 65_536
        for copy in 1..<max(copies, 1) { (start + copy * bytes).copyMemory(from: start, byteCount: bytes) }
        cp_send_slot_name(slots + count, target.high, target.low, target.port, target.isIPv4)
        cp_send_slot_bytes(slots + count, start, bytes * copies, copies > 1 ? UInt16(bytes) : 0)
        datagrams[count] = UInt32(copies)
        count += 1
    }

    /// Sends everything; what the kernel refuses for itself (a datagram too long for the route) is passed over. Returns
    /// the datagrams sent and those refused.
    mutating func send(by descriptor: Int32) -> (sent: Int, refused: Int) {
        for index in 0..<count { messages[index] = slots[index].message }
        var (next, sent, refused) = (0, 0, 0)
        while next < count {
            let result = cp_sendmmsg(descriptor, messages + next, UInt32(count - next))
            if result > 0 {
                for index in next..<(next + Int(result)) { sent += Int(datagrams[index]) }
                next += Int(result)
            } else if result == -EAGAIN || result == -ENOBUFS {
                _ = cp_wait(descriptor, false, true, -1, -1, 10_000_000)
            } else {
                refused += Int(datagrams[next])
                next += 1
            }
        }
        count = 0
        return (sent, refused)
    }
}

/// The server's media port on loopback, as one of our sockets names it.
struct Target {
    var high: UInt64
    var low: UInt64
    var port: UInt16
    var isIPv4: Bool

    /// 127.0.0.1 or ::1, and nothing else: this tool is not for other people's servers.
    init(port: UInt16, isIPv4: Bool) {
        high = 0
        // In memory order, as `cp_send_slot_name` takes them: ::ffff:127.0.0.1 and ::1.
        low = isIPv4 ? UInt64(0x0000_FFFF_7F00_0001).bigEndian : UInt64(1).bigEndian
        self.port = port
        self.isIPv4 = isIPv4
    }
}
