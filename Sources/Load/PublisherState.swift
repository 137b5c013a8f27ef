import CLoad
import Contract
import Peer
import Wire

/// One RTP stream that a publisher sends.
struct SentStream: BitwiseCopyable {
    var ssrc: UInt32 = 0
    var source: UInt32 = 0
    /// Rollover counter and sequence number: the SRTP index.
    var index: UInt64
    var timestampBase: UInt32
    var clockRate: UInt64
    /// Stamps written so far.
    var stamps: UInt64 = 0
    var packets: UInt64 = 0
    /// Payload bytes, for sender reports, and bytes of datagrams.
    var octets: UInt64 = 0
    var datagramBytes: UInt64 = 0

    init(ssrc: UInt32, source: UInt32, clockRate: UInt64) {
        self.ssrc = ssrc
        self.source = source
        self.clockRate = clockRate
        // RFC 3711 §3.3.1: a first number below 2^15 leaves no doubt about the rollover counter.
        index = cl_random() & 0x3FFF
        timestampBase = UInt32(truncatingIfNeeded: cl_random())
    }

    func timestamp(at now: UInt64, since start: UInt64) -> UInt32 {
        let units = (now &- start).multipliedFullWidth(by: clockRate)
        let whole = UInt64(1_000_000_000).dividingFullWidth(units).quotient
        return timestampBase &+ UInt32(truncatingIfNeeded: whole)
    }
}

/// What a publisher sends and when.
struct PublisherState: BitwiseCopyable {
    let place: Int
    let audioMid: FixedBytes<16>
    let videoMid: FixedBytes<16>
    let rtxSsrc: UInt32
    let rid: FixedBytes<16>
    let burstNanoseconds: UInt64
    let media: MediaMap
    let frameBytes: Int
    let payloads: PayloadTypes
    let room: UInt32
    let number: UInt32
    /// Stamps when publishers were silent; see `compareFromHere`.
    var audioBase: UInt64 = 0
    var videoBase: UInt64 = 0
    /// Part of `frameBytes` that frames have on average.
    var scale = 1.0
    let frameNanoseconds: UInt64
    let keyframeNanoseconds: UInt64
    let payloadBytesMax: Int
    let talkNanoseconds: UInt64
    let talkers: UInt64
    var audio: SentStream
    var video: SentStream
    var rtxIndex: UInt64 = 0
    var history: SentHistory?
    var transportSequence: UInt16 = 0

    var isOpen = true
    var isActive = false
    var startNanoseconds: UInt64 = 0
    var nextAudio: UInt64 = .max
    var nextFrame: UInt64 = .max
    /// The rest of a frame that is spread over several bursts.
    var nextBurst: UInt64 = .max
    var cut = FrameCut()
    var cutSent = 0
    var isKeyframe = false
    var frameTimestamp: UInt32 = 0
    var pictureId: UInt16 = 0
    var wantsKeyframe = true
    var lastKeyframe: UInt64 = 0
    var random: UInt64

    static let audioNanoseconds: UInt64 = 20_000_000
    /// The pace of a pacer like libwebrtc's, two and a half times the rate, but eight packets at least.
    var burstPackets: Int {
        let frames = Double(burstNanoseconds) / Double(frameNanoseconds)
        let bytes = 2.5 * Double(frameBytes) * scale * frames
        return min(max(Self.burstPacketsMin, Int((bytes / Double(payloadBytesMax)).rounded(.up))), Self.callPackets)
    }
    static let burstPacketsMin = 8
    /// What `outgoing` holds for sure.
    static let callPackets = 40
    /// Requests closer than this get one keyframe.
    static let keyframeNanosecondsMin: UInt64 = 300_000_000

    init(_ publishing: Publishing, media: MediaMap, place: Int) {
        self.place = place
        self.media = media
        audioMid = publishing.audioMid
        videoMid = publishing.videoMid
        rtxSsrc = publishing.rtxSsrc
        rid = publishing.rid
        burstNanoseconds = publishing.burstNanoseconds
        let frames = max(publishing.framesPerSecond, 1)
        frameBytes = publishing.videoBitsPerSecond / 8 / frames
        payloads = publishing.payloads
        room = publishing.room
        number = publishing.number
        frameNanoseconds = 1_000_000_000 / UInt64(frames)
        keyframeNanoseconds = publishing.keyframeIntervalNanoseconds
        payloadBytesMax = publishing.payloadBytesMax
        talkNanoseconds = publishing.talkNanoseconds
        talkers = UInt64(max(publishing.talkers, 1))
        audio = SentStream(ssrc: publishing.audioSsrc, source: publishing.audioSource, clockRate: 48_000)
        video = SentStream(ssrc: publishing.videoSsrc, source: publishing.videoSource, clockRate: 90_000)
        random = cl_random()
        rtxIndex = random & 0x3FFF
        if publishing.videoSsrc != 0, publishing.rtxSsrc != 0 { history = SentHistory() }
    }

    /// Media flows from now on, at a phase of its own.
    mutating func begin(now: UInt64) {
        isActive = true
        if startNanoseconds == 0 { startNanoseconds = now }
        nextAudio = audio.ssrc == 0 ? .max : now &+ nextRandom() % Self.audioNanoseconds
        nextFrame = video.ssrc == 0 ? .max : now &+ nextRandom() % frameNanoseconds
        nextBurst = .max
    }

    mutating func resume(now: UInt64) {
        if isActive { begin(now: now) }
    }

    mutating func close() {
        isOpen = false
        isActive = false
        history?.deallocate()
        history = nil
    }

    var deadline: UInt64 { min(nextAudio, nextFrame, nextBurst) }

    mutating func nextRandom() -> UInt64 {
        random = Stamp.mix(random)
        return random
    }

    /// Begins a frame; keyframes when asked for, at the interval, and first of all.
    mutating func beginFrame(now: UInt64) {
        let isDue = now &- lastKeyframe >= keyframeNanoseconds
        let isAsked = wantsKeyframe && now &- lastKeyframe >= Self.keyframeNanosecondsMin
        isKeyframe = isDue || isAsked
        if isKeyframe {
            lastKeyframe = now
            wantsKeyframe = false
        }
        // Encoders do not hit the mean: a seventh up or down, four times as much for a keyframe.
        let usual = Int(Double(frameBytes) * scale)
        let mean = isKeyframe ? usual * 4 : usual
        let spread = max(mean / 7, 1)
        let bytes = mean - spread + Int(nextRandom() % UInt64(2 * spread))
        cut = FrameCut(frameBytes: bytes, payloadBytesMax: payloadBytesMax)
        cutSent = 0
        pictureId = pictureId &+ 1 & 0x7FFF
        frameTimestamp = video.timestamp(at: nextFrame, since: startNanoseconds)
    }

    func count(in sums: inout Snapshot) {
        sums.audio.sent += audio.packets
        sums.audio.sentBytes += audio.datagramBytes
        sums.video.sent += video.packets
        sums.video.sentBytes += video.datagramBytes
    }

    func putSenderReports(now: UInt64, clockOffset: Int64, _ writer: inout ByteWriter) throws(WireError) {
        let ntp = NtpTime.ntp(unixNanoseconds: UInt64(Int64(now) + clockOffset))
        if audio.packets > 0 { try putSenderReport(audio, ntp, now: now, &writer) }
        if video.packets > 0 { try putSenderReport(video, ntp, now: now, &writer) }
    }

    private func putSenderReport(
        _ stream: SentStream, _ ntp: UInt64, now: UInt64, _ writer: inout ByteWriter
    ) throws(WireError) {
        let info = SenderInfo(
            ssrc: stream.ssrc, ntpTime: ntp, rtpTimestamp: stream.timestamp(at: now, since: startNanoseconds),
            packetCount: UInt32(truncatingIfNeeded: stream.packets),
            octetCount: UInt32(truncatingIfNeeded: stream.octets))
        let report = try ReportWriter(senderReport: info, to: &writer)
        report.finish(&writer)
    }
}

/// Payloads of the last 256 video packets, for retransmission.
struct SentHistory: BitwiseCopyable {
    static let packets = 256
    static let payloadBytesMax = 1400
    private let bytes: UnsafeMutableRawPointer
    private let entries: UnsafeMutablePointer<Entry>

    struct Entry: BitwiseCopyable {
        /// 0 for none, else the SRTP index and one.
        var index: UInt64 = 0
        var timestamp: UInt32 = 0
        var length: UInt16 = 0
        var marker = false
    }

    init() {
        bytes = .allocate(byteCount: Self.packets * Self.payloadBytesMax, alignment: 64)
        entries = .allocate(capacity: Self.packets)
        entries.initialize(repeating: Entry(), count: Self.packets)
    }

    func deallocate() {
        bytes.deallocate()
        entries.deallocate()
    }

    func keep(_ payload: UnsafeRawPointer, length: Int, index: UInt64, timestamp: UInt32, marker: Bool) {
        guard length <= Self.payloadBytesMax else { return }
        let place = Int(index % UInt64(Self.packets))
        (bytes + place * Self.payloadBytesMax).copyMemory(from: payload, byteCount: length)
        entries[place] = Entry(index: index + 1, timestamp: timestamp, length: UInt16(length), marker: marker)
    }

    /// The packet with this sequence number, when it is still there.
    func find(_ sequence: UInt16) -> (entry: Entry, payload: UnsafeRawPointer)? {
        let place = Int(sequence) % Self.packets
        let entry = entries[place]
        guard entry.index != 0, UInt16(truncatingIfNeeded: entry.index - 1) == sequence else { return nil }
        return (entry, UnsafeRawPointer(bytes + place * Self.payloadBytesMax))
    }
}

extension PublisherState {
    /// The loudness changes, as of somebody who speaks; or who listens while others have their turn.
    mutating func loudness(at now: UInt64) -> AudioLevel {
        if talkNanoseconds == 0 { return AudioLevel(level: UInt8(20 + nextRandom() % 40), hasVoice: true) }
        let isTurn = (now / talkNanoseconds) % talkers == UInt64(number) % talkers
        return isTurn
            ? AudioLevel(level: UInt8(18 + nextRandom() % 15), hasVoice: true)
            : AudioLevel(level: UInt8(78 + nextRandom() % 8), hasVoice: false)
    }
}
