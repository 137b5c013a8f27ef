/// What the receive program is to measure.
struct ReceiveOptions {
    enum Kind {
        /// Multishot recvmsg into provided buffers: what the server does.
        case whole
        /// The same into buffers that are used up bit by bit (IOU_PBUF_RING_INC).
        case incremental
    }

    var cpu: Int
    var senderCpu: Int
    var kindName: String
    var kind: Kind
    /// Buffers in the ring, and the bytes of each.
    var buffers: Int
    var bufferBytes: [Int]
    /// Datagrams of a run, and their bytes.
    var runs: [Int]
    var bytes: Int
    /// Runs that are sent before the receiver looks.
    var burst: Int
    /// Without UDP_GRO every datagram is received by itself.
    var isPlain: Bool
    var seconds: Double

    init(_ options: Options) throws(BenchError) {
        var options = options
        cpu = try options.number("cpu", 0)
        senderCpu = try options.number("sender-cpu", 1)
        (kindName, kind) = try options.choice("kind", [("whole", .whole), ("incremental", .incremental)])
        buffers = try options.number("buffers", 128)
        bufferBytes = try options.numbers("buffer-bytes", [2048, 4096, 16384, 65536])
        runs = try options.numbers("runs", [1])
        bytes = try options.number("bytes", 1100)
        burst = try options.number("burst", 16)
        isPlain = options.flag("plain")
        seconds = try options.decimal("seconds", 0.3)
        try options.finish()
        guard buffers > 0, buffers <= 32768, buffers & (buffers - 1) == 0 else {
            throw BenchError("--buffers: expected a power of two up to 32768")
        }
        guard bytes >= 16, bytes <= 1400, runs.allSatisfy({ $0 * bytes <= 65000 && $0 <= 64 }) else {
            throw BenchError("--bytes: 16 to 1400, and at most 64 of them and 65000 bytes a run")
        }
        guard burst > 0, burst * 2 <= 256 else { throw BenchError("--burst: expected 1 to 128") }
    }
}
