import CPlatform
import Memory

/// Sends every datagram back to where it came from, as it came: merged ones as one run.
public struct RtpReflector: ~Copyable {
    public struct Counters: Sendable {
        public var packets: UInt64 = 0
        public var bytes: UInt64 = 0
        public var runs: UInt64 = 0
        /// The kernel refused to send them.
        public var refused: UInt64 = 0
        public var cpuNanoseconds: UInt64 = 0
    }

    private var stand: RtpStand
    public private(set) var counters = Counters()
    public var localPort: UInt16 { stand.socket.port }
    public var backend: String { stand.port.backend.rawValue }

    private static let lookNanoseconds: UInt64 = 200_000_000

    public static func make(listen: RtpAddress) throws(LoadError) -> RtpReflector {
        RtpReflector(stand: try .make(address: AnswerFacts.text(of: try listen.resolve()), port: listen.port))
    }

    private init(stand: consuming RtpStand) { self.stand = stand }

    /// Works until `isDone` says so; asked a few times a second.
    public mutating func run(until isDone: (Counters) -> Bool) {
        var next: UInt64 = 0
        while true {
            let now = stand.port.now()
            if now >= next {
                next = now &+ Self.lookNanoseconds
                counters.cpuNanoseconds = cp_thread_cpu_nanoseconds()
                counters.refused = stand.port.counters.sendErrors.total
                if isDone(counters) { return }
            }
            stand.port.exchange(&stand.departures, &stand.arrivals, deadline: next)
            for index in 0..<stand.arrivals.count { reflect(stand.arrivals[index]) }
            stand.port.recycle(&stand.arrivals)
        }
    }

    private mutating func reflect(_ arrival: Arrival) {
        let total = Int(arrival.byteCount)
        guard total > 0 else { return }
        let segment = arrival.segmentBytes == 0 ? total : Int(arrival.segmentBytes)
        // What the kernel merged may be longer than what it takes back in one send.
        let most = max(min(Departures.runBytesMax / segment, 64), 1) * segment
        var offset = 0
        while offset < total {
            let bytes = min(most, total - offset)
            guard bytes <= Departures.runBytesMax, let cell = takeCell() else { return }
            stand.departures.memory(of: cell).copyMemory(from: arrival.bytes + offset, byteCount: bytes)
            let segments = (bytes + segment - 1) / segment
            stand.departures.push(
                Run(
                    cell: cell, byteCount: UInt32(bytes), segmentBytes: UInt16(segment), segments: UInt16(segments),
                    destination: arrival.source))
            counters.packets &+= UInt64(segments)
            counters.bytes &+= UInt64(bytes)
            counters.runs &+= 1
            offset += bytes
        }
    }

    /// Sends what waits when there is no cell.
    private mutating func takeCell() -> UInt32? {
        if let cell = stand.departures.takeCell() { return cell }
        stand.port.flush(&stand.departures)
        return stand.departures.takeCell()
    }
}
