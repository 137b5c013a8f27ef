import CLoad
import CPlatform
import Contract
import Driver
import Handshake
import Peer
import Secure

/// How one engine is to work.
public struct EngineConfiguration: Sendable {
    public var peersMax = 4096
    /// Ask for lost packets again.
    public var asksForLost = false
    /// Sockets' receive buffer in bytes.
    public var socketBufferBytes = 2 << 20
    /// Between two looks at the sockets, while everybody is connected and figures count. Arrival times are the kernel's, so
    /// that resting costs no accuracy, and what has come meanwhile is cheaper to read at one go.
    public var restNanoseconds: UInt64 = 4_000_000
    public var videoCodec = VideoCodec.vp8
    /// Counts for peers that are not measured; without it all are.
    public var counter: RtpCounter?
    /// As much video as is sent is to arrive: not so where an SFU chooses among layers.
    public var comparesVideo = true
    /// Between two snapshots.
    public var snapshotNanoseconds: UInt64 = 500_000_000
    public init() {}
}

/// All clients of one run, on one thread: sockets, ICE, DTLS, SRTP, media and what is counted.
///
/// Tables of plain data. Nothing here is the server's code path but the codecs of `Wire`, the ciphers of `Secure` and the
/// handshake.
struct ClientEngine: ~Copyable {
    let configuration: EngineConfiguration
    let link: EngineLink
    let context: DtlsContext
    let poll: Int32
    let peers: UnsafeMutablePointer<PeerState>
    /// Receive memory, and where packets to send are built.
    let received: UnsafeMutablePointer<UInt8>
    let outgoing: UnsafeMutableRawBufferPointer
    var cipher: Cipher
    var sides: [PeerSide?]
    var freePlaces: [Int]
    var placeOfId: [UInt32: Int] = [:]
    /// Places in use, in no order.
    var openPlaces: [Int] = []
    var publishers: [PublisherState] = []
    var feedbackTurns = FeedbackTurns()

    var audio = Tally()
    var video = Tally()
    var packets = PacketCounters()
    var audioLatency = Histogram()
    var gaps = Histogram()
    var videoLatency = Histogram()
    var lateness = Histogram()
    /// Of counted peers that are gone.
    var counted = CountedSums()
    var isComparing = false
    var isMeasuring = false
    var isPlaying = true
    var isStopping = false
    /// CLOCK_REALTIME less CLOCK_MONOTONIC.
    var clockOffset: Int64 = 0
    var nextCareNanoseconds: UInt64 = 0
    var nextReadNanoseconds: UInt64 = 0
    /// Peers on their way to being connected: what they wait for is not kept waiting.
    var connecting = 0
    /// Whose turn it is among the places.
    private var nextCared = 0
    var nextSnapshotNanoseconds: UInt64 = 0

    static let tagsMax = 256
    static let bellTag = UInt32.max
    static let outgoingBytes = 65536

    /// `context` is used by this engine's thread alone from now on. Nil without a cipher or a descriptor for epoll.
    static func make(configuration: EngineConfiguration, link: EngineLink, context: DtlsContext) -> ClientEngine? {
        let poll = cl_poll_new()
        guard poll >= 0, cl_poll_add(poll, link.bell, bellTag) == 0, let cipher = Cipher() else { return nil }
        return ClientEngine(configuration: configuration, link: link, context: context, poll: poll, cipher: cipher)
    }

    private init(
        configuration: EngineConfiguration, link: EngineLink, context: DtlsContext, poll: Int32,
        cipher: consuming Cipher
    ) {
        self.poll = poll
        self.configuration = configuration
        self.link = link
        self.context = context
        self.cipher = cipher
        let count = configuration.peersMax
        peers = .allocate(capacity: count)
        peers.initialize(repeating: PeerState(), count: count)
        sides = Array(repeating: nil, count: count)
        freePlaces = Array((0..<count).reversed())
        received = .allocate(capacity: Int(CL_MESSAGES * CL_MESSAGE_BYTES))
        outgoing = .allocate(byteCount: Self.outgoingBytes, alignment: 64)
    }

    deinit {
        cl_close(poll)
        peers.deallocate()
        received.deallocate()
        outgoing.deallocate()
    }

    /// Works until it is told to stop.
    mutating func run() {
        cl_exact_timers()
        while !isStopping { turn() }
        for place in openPlaces { close(place) }
        link.tell(.stopped(snapshot()))
    }

    private mutating func turn() {
        let now = cl_now()
        var deadline = min(publish(now: now), nextCareNanoseconds)
        if now >= nextCareNanoseconds {
            care(now: now)
            deadline = min(deadline, nextCareNanoseconds)
        }
        while let place = feedbackTurns.take(now: now) { giveFeedback(place, now: now) }
        deadline = min(deadline, feedbackTurns.nextDeadline)
        guard isMeasuring, connecting == 0 else {
            _ = wait(until: deadline)
            return
        }
        // Not woken by what comes: read at the clock, when something else is due anyway if possible.
        if now >= nextReadNanoseconds {
            while wait(until: 0) == Self.tagsMax {}
            nextReadNanoseconds = now &+ configuration.restNanoseconds
        }
        cl_sleep_until(min(deadline, nextReadNanoseconds))
    }

    /// Waits, and reads what is there. How many sockets had something.
    private mutating func wait(until deadline: UInt64) -> Int {
        let now = cl_now()
        let timeout = deadline > now ? Int64(min(deadline - now, 1_000_000_000)) : 0
        var tags = InlineArray<256, UInt32>(repeating: 0)
        let count = withUnsafeMutableBytes(of: &tags) {
            Int(cl_poll_wait(poll, $0.assumingMemoryBound(to: UInt32.self).baseAddress!, Int32(Self.tagsMax), timeout))
        }
        guard count > 0 else { return 0 }
        clockOffset = Int64(cl_realtime()) - Int64(cl_now())
        for index in 0..<count {
            if tags[index] == Self.bellTag { obey() } else { receive(Int(tags[index])) }
        }
        return count
    }

    private mutating func obey() {
        cl_clear(link.bell)
        for command in link.takeCommands() {
            switch command {
            case .open(let plan): open(plan)
            case .close(let id):
                if let place = placeOfId[id] { close(place) }
                link.tell(.closed(id))
            case .play(let plays):
                isPlaying = plays
                let now = cl_now()
                if plays { for place in publishers.indices { publishers[place].resume(now: now) } }
            case .measure(let measures): isMeasuring = measures
            case .compareFromHere: compareFromHere()
            case .scale(let part): for place in publishers.indices { publishers[place].scale = part }
            case .stop: isStopping = true
            }
        }
    }

    /// What is not urgent: checks, handshake timers, reports, requests. Every 10 ms; a quarter of the peers in turn, but
    /// all of them when lost packets are asked for.
    private mutating func care(now: UInt64) {
        nextCareNanoseconds = now &+ 10_000_000
        let step = configuration.asksForLost ? 1 : 4
        nextCared = (nextCared + 1) % step
        for index in stride(from: nextCared, to: openPlaces.count, by: step) { care(for: openPlaces[index], now: now) }
        guard now >= nextSnapshotNanoseconds else { return }
        nextSnapshotNanoseconds = now &+ configuration.snapshotNanoseconds
        link.tell(.snapshot(snapshot()))
    }

    private mutating func care(for place: Int, now: UInt64) {
        let peer = peers + place
        switch peer.pointee.phase {
        case .free, .lost: return
        case .checking, .connected: break
        case .handshaking:
            if let endpoint = sides[place]?.endpoint, let deadline = endpoint.deadlineNanoseconds, now >= deadline {
                endpoint.handleTimeout(now: now)
                settleHandshake(place, now: now)
            }
        }
        if now >= peer.pointee.nextCheckNanoseconds { check(place, now: now) }
        if peer.pointee.phase == .connected { careForMedia(place, now: now) }
    }
}

extension ClientEngine {
    /// Sums over closed and open peers.
    mutating func snapshot() -> Snapshot {
        var result = Snapshot()
        result.audio = audio
        result.video = video
        result.packets = packets
        let sums = planned()
        counted.add(to: &result)
        result.counted = counted
        for place in openPlaces { count(place, sums, in: &result) }
        if !isPlaying { result.counted.addLosses(to: &result) }
        for publisher in publishers where publisher.isOpen { publisher.count(in: &result) }
        result.audioLatency = audioLatency
        result.gaps = gaps
        result.videoLatency = videoLatency
        result.lateness = lateness
        result.threadCpuNanoseconds = cp_thread_cpu_nanoseconds()
        result.nowNanoseconds = cl_now()
        return result
    }

    private func count(_ place: Int, _ sums: [UInt32: PlannedSums], in result: inout Snapshot) {
        let peer = peers[place]
        result.peers.open += 1
        if peer.phase == .connected { result.peers.connected += 1 }
        if peer.phase == .lost { result.peers.lost += 1 }
        if peer.isReceiving { result.peers.receiving += 1 }
        let drops = UInt64(cl_dropped(peer.descriptor))
        if peer.countedPort != 0 {
            let sums = countedSums(place, sums, drops: drops)
            sums.add(to: &result)
            result.counted += sums
        } else {
            result.packets.ownDrops += drops
        }
        guard let streams = peer.streams else { return }
        for index in 0..<streams.count {
            let stream = streams.streams[index]
            // While publishers play, what was sent last is still under way.
            let tally = stream.total(sent: isPlaying ? nil : sent(ofSource: stream.ledger.source))
            if stream.kind == .audio { result.audio += tally } else { result.video += tally }
        }
    }
}

extension StreamState {
    /// `sent` is how many packets the current source has sent in all, when the last of them should have come too.
    func total(sent: UInt64?) -> Tally {
        var total = tally
        guard kind != .rtx, !ledger.isEmpty else { return total }
        total.streams = 1
        total.lost += sent.map { ledger.missing(ofSent: $0) } ?? ledger.missing
        total.reordered += ledger.reordered
        total.duplicated += ledger.duplicates
        return total
    }
}
