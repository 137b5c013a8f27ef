import CPlatform
import Driver
import Memory
import Wire

/// What a plain RTP run is to send.
public struct RtpSendOptions: Sendable {
    public var streams = 1
    /// Of all streams together; nil for as many as this host can.
    public var packetsPerSecond: Double? = 1000
    /// Bytes of a datagram, RTP header included.
    public var packetBytes = 1200
    /// Packets of one stream that leave by one send.
    public var segments = 1
    public var durationSeconds = 10.0

    public init() {}

    static let headerBytes = RtpHeader.fixedBytes

    /// One sentence for each setting that cannot be.
    public var mistakes: [String] {
        var found: [String] = []
        func check(_ holds: Bool, _ sentence: String) { if !holds { found.append(sentence) } }
        check((1...10_000).contains(streams), "--streams \(streams): expected 1 to 10000")
        check(packetsPerSecond ?? 1 > 0, "--pps or --kbps: expected more than 0")
        let least = Self.headerBytes + Stamp.byteCount
        check((least...9000).contains(packetBytes), "--size \(packetBytes): expected \(least) to 9000 bytes")
        check((1...64).contains(segments), "--segments \(segments): expected 1 to 64")
        check(
            segments * packetBytes <= Departures.runBytesMax,
            "--segments \(segments) of --size \(packetBytes): more than \(Departures.runBytesMax) bytes in one send")
        check(durationSeconds > 0, "--duration: expected a time above 0")
        return found
    }
}

/// Sends stamped RTP at a steady rate and judges what a reflector sends back.
public struct RtpSender: ~Copyable {
    private var stand: RtpStand
    private let options: RtpSendOptions
    private let destination: Endpoint
    private let streams: UnsafeMutablePointer<RtpStream>
    public private(set) var report: RtpReport
    private var next = 0
    private var startNanoseconds: UInt64 = 0

    private static let afterwardsNanoseconds: UInt64 = 1_000_000_000
    private static let lookNanoseconds: UInt64 = 200_000_000
    private static let clockRate = 90_000.0

    public static func make(to: RtpAddress, options: RtpSendOptions) throws(LoadError) -> RtpSender {
        let mistakes = options.mistakes
        guard mistakes.isEmpty else { throw LoadError(mistakes.joined(separator: "\n")) }
        var address = try to.resolve()
        let destination = withUnsafeBytes(of: &address) { Endpoint(address: $0.baseAddress!, port: to.port) }
        let stand = try RtpStand.make(address: destination.isIPv4 ? "0.0.0.0" : "::", port: 0)
        return RtpSender(stand: stand, destination: destination, options: options)
    }

    private init(stand: consuming RtpStand, destination: Endpoint, options: RtpSendOptions) {
        report = RtpReport(options: options, backend: stand.port.backend.rawValue)
        self.stand = stand
        self.destination = destination
        self.options = options
        streams = .allocate(capacity: options.streams)
        for place in 0..<options.streams { (streams + place).initialize(to: RtpStream(number: place)) }
    }

    deinit { streams.deallocate() }

    /// Sends for the duration, waits a second for what is under way, and fills the report. `look` sees it a few times a
    /// second and says whether to stop early.
    public mutating func run(_ look: (RtpReport) -> Bool) {
        let cpuBegin = cp_thread_cpu_nanoseconds()
        startNanoseconds = stand.port.now()
        let end = startNanoseconds &+ UInt64(options.durationSeconds * 1e9)
        var nextLook = startNanoseconds
        var isStopped = false
        while !isStopped {
            let now = stand.port.now()
            if now >= end { break }
            sendDue(now: now)
            if now >= nextLook {
                nextLook = now &+ Self.lookNanoseconds
                isStopped = look(report)
            }
            exchange(deadline: min(nextDue(), nextLook, end))
        }
        report.seconds = Double(stand.port.now() &- startNanoseconds) / 1e9
        report.cpuNanoseconds = cp_thread_cpu_nanoseconds() - cpuBegin
        let last = stand.port.now() &+ Self.afterwardsNanoseconds
        while report.received < report.sent, stand.port.now() < last { exchange(deadline: last) }
        finish()
    }

    private mutating func exchange(deadline: UInt64) {
        stand.port.exchange(&stand.departures, &stand.arrivals, deadline: deadline)
        let now = stand.port.now()
        for index in 0..<stand.arrivals.count { take(stand.arrivals[index], now: now) }
        stand.port.recycle(&stand.arrivals)
    }

    private mutating func finish() {
        report.counters = stand.port.counters
        for place in 0..<options.streams {
            report.reordered += streams[place].ledger.reordered
            report.duplicated += streams[place].ledger.duplicates
        }
        report.judge()
    }

    // MARK: sending

    /// When the run after `report.sent` packets is due; at once without a rate.
    private func nextDue() -> UInt64 {
        guard let rate = options.packetsPerSecond else { return 0 }
        return startNanoseconds &+ UInt64(Double(report.sent) / rate * 1e9)
    }

    private mutating func sendDue(now: UInt64) {
        var budget = stand.departures.capacity
        while budget > 0, nextDue() <= now, let cell = stand.departures.takeCell() {
            if options.packetsPerSecond != nil { report.lateness.record(Int64(now - nextDue())) }
            build(cell, now: now)
            budget -= 1
        }
    }

    /// One run of the next stream.
    private mutating func build(_ cell: UInt32, now: UInt64) {
        let stream = streams + next
        next = next + 1 == options.streams ? 0 : next + 1
        let memory = stand.departures.memory(of: cell)
        let timestamp = UInt32(truncatingIfNeeded: UInt64(Double(now &- startNanoseconds) / 1e9 * Self.clockRate))
        for segment in 0..<options.segments {
            let place = memory + segment * options.packetBytes
            var writer = ByteWriter(UnsafeMutableRawBufferPointer(start: place, count: options.packetBytes))
            let header = RtpHeader(
                payloadType: 96, sequenceNumber: UInt16(truncatingIfNeeded: stream.pointee.sent), timestamp: timestamp,
                ssrc: stream.pointee.ssrc, marker: segment == options.segments - 1, hasExtension: false)
            do { try header.write(to: &writer) } catch { preconditionFailure("a packet holds its header: \(error)") }
            Stamp(source: stream.pointee.number, sequence: stream.pointee.sent, sentNanoseconds: now)
                .write(to: place + writer.count, length: options.packetBytes - writer.count)
            stream.pointee.sent &+= 1
        }
        stand.departures.push(
            Run(
                cell: cell, byteCount: UInt32(options.segments * options.packetBytes),
                segmentBytes: UInt16(options.packetBytes), segments: UInt16(options.segments), destination: destination)
        )
        report.sent &+= UInt64(options.segments)
    }

    // MARK: what comes back

    private mutating func take(_ arrival: Arrival, now: UInt64) {
        let total = Int(arrival.byteCount)
        let step = arrival.segmentBytes == 0 ? total : Int(arrival.segmentBytes)
        var offset = 0
        while offset < total {
            let bytes = min(step, total - offset)
            judge(arrival.bytes + offset, bytes, now: now)
            offset += bytes
        }
    }

    private mutating func judge(_ packet: UnsafeMutableRawPointer, _ bytes: Int, now: UInt64) {
        guard bytes > RtpSendOptions.headerBytes else {
            report.foreign &+= 1
            return
        }
        let payload = packet + RtpSendOptions.headerBytes
        switch Stamp.read(from: payload, length: bytes - RtpSendOptions.headerBytes) {
        case .foreign: report.foreign &+= 1
        case .corrupt: report.corrupt &+= 1
        case .stamp(let stamp):
            guard stamp.source < UInt32(options.streams) else {
                report.foreign &+= 1
                return
            }
            let stream = streams + Int(stamp.source)
            let before = stream.pointee.ledger.received
            if stream.pointee.ledger.isEmpty {
                stream.pointee.ledger.begin(source: stamp.source, sequence: stamp.sequence)
            } else {
                stream.pointee.ledger.note(stamp.sequence)
            }
            if stream.pointee.ledger.received > before { report.received &+= 1 }
            report.roundTrip.record(Int64(now) - Int64(stamp.sentNanoseconds))
        }
    }
}

/// One stream of a plain RTP run.
private struct RtpStream: BitwiseCopyable {
    let number: UInt32
    let ssrc: UInt32
    var sent: UInt64 = 0
    var ledger = ArrivalLedger()

    init(number: Int) {
        self.number = UInt32(number)
        ssrc = UInt32(truncatingIfNeeded: Stamp.mix(UInt64(number) &+ cp_now()))
    }
}
