import Contract
import Wire

/// One encoding of a publication: an SSRC, and another for its retransmissions.
public final class PublishedLayer {
    unowned let publication: Publication
    public let index: UInt8
    let rid: FixedBytes<16>
    public internal(set) var ssrc: UInt32
    private(set) var rtxSsrc: UInt32
    /// The client stops sending this layer.
    public var isStopped = false
    var wantsKeyframe = true
    public private(set) var keyframesSent = 0
    /// Extended sequence number of the next packet; SRTP's index.
    public private(set) var next: UInt64
    private var rtxNext: UInt64
    private let timestampBase: UInt32
    private(set) var log: SourceLog
    private var logs: [SourceLog] = []
    private var history: [UInt64: Sent] = [:]
    private(set) var packets: UInt32 = 0
    private(set) var octets: UInt32 = 0
    var nextReport: UInt64 = 0
    private(set) var lastKeyframe: UInt64 = 0
    /// The server reported about this SSRC: MID and RID are no longer needed.
    var isKnown = false
    public internal(set) var nacked = 0
    public internal(set) var keyframeRequests = 0
    var lastKeyframeRequest: UInt64 = 0
    var lastReport: ReportBlock?

    struct Sent {
        var timestamp: UInt32
        var isMarked: Bool
        var payload: [UInt8]
        var descriptor: [UInt8] = []
    }
    private var encoder: Encoder
    private var describer: DescriptorMaker

    init(publication: Publication, index: UInt8, hasRid: Bool) {
        self.publication = publication
        self.index = index
        encoder = Encoder(publication.scheme, first: publication.peer.world.dice.below(30_000))
        describer = DescriptorMaker(publication.scheme)
        let world = publication.peer.world
        rid = hasRid ? FixedBytes(["q", "h", "f"][Int(index)])! : FixedBytes()
        ssrc = UInt32(truncatingIfNeeded: world.dice.next()) | 1
        rtxSsrc = UInt32(truncatingIfNeeded: world.dice.next()) | 1
        timestampBase = UInt32(truncatingIfNeeded: world.dice.next())
        // Below 32768 where packets may be lost (RFC 3711 §3.3.1); else near the wrap, to see it.
        let isSafe = !world.toServer.isPerfect
        next = isSafe ? world.dice.within(1...32_000) : world.dice.within(64_000...65_500)
        rtxNext = world.dice.within(1...32_000)
        log = SourceLog(
            producer: publication.serial, layer: index, first: next, isLayered: publication.isLayered,
            isDescribed: publication.scheme.hasDescriptor)
        logs = [log]
    }

    /// The log of the source that a stamp names.
    func log(holding stamp: Stamp) -> SourceLog? {
        let place = Int(stamp.layer >> 2)
        return place < logs.count && logs[place].fate(stamp.sequence) != nil ? logs[place] : nil
    }

    private var peer: SimulatedPeer { publication.peer }
    private var world: Simulator { publication.peer.world }
    var clockRate: UInt64 { publication.kind == .audio ? 48_000 : 90_000 }

    func timestamp(at nanoseconds: UInt64) -> UInt32 {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return timestampBase &+ UInt32(truncatingIfNeeded: seconds * clockRate + rest * clockRate / 1_000_000_000)
    }

    func sendAudio(capture: UInt64) {
        let stamp = stamp(capture, startsKeyframe: false)
        let plain = stamp.payload(prefix: [], count: 60 + world.dice.below(80))
        let (payload, codec) = publication.redundancy > 0 ? (redundant(plain, stamp), Codec.red) : (plain, .opus)
        sendMedia(payload, at: stamp.timestamp, isMarked: false, codec: codec)
        history[stamp.sequence]?.payload = plain
    }

    /// RFC 2198 §3: earlier packets, as long as the offset fits, then this one.
    private func redundant(_ plain: [UInt8], _ stamp: Stamp) -> [UInt8] {
        let type = UInt8(peer.media.payloadTypeOfCodec[Int(Codec.opus.rawValue)])
        var (headers, data): ([UInt8], [UInt8]) = ([], [])
        for back in (1...UInt64(publication.redundancy)).reversed() {
            guard let sent = history[stamp.sequence &- back] else { continue }
            let offset = stamp.timestamp &- sent.timestamp
            guard offset < 1 << 14 else { continue }
            let word = UInt32(0x80 | type) << 24 | offset << 10 | UInt32(sent.payload.count)
            headers += (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) }
            data += sent.payload
        }
        return headers + [type] + data + plain
    }

    func sendVideo(_ capture: UInt64) {
        let isKeyframe = wantsKeyframe && world.now >= lastKeyframe + 100_000_000
        if isKeyframe {
            wantsKeyframe = false
            keyframesSent += 1
            lastKeyframe = world.now
        }
        let picture = encoder.next(isKeyframe: isKeyframe, spatialLayers: publication.spatialLayers)
        for frame in picture.frames { send(frame, capture, isLast: frame === picture.frames.last) }
    }

    private func send(_ frame: SentFrame, _ capture: UInt64, isLast: Bool) {
        let scheme = publication.scheme
        let count = frame.isKeyframe ? publication.keyframePackets : 1 + world.dice.below(publication.framePacketsMax)
        let size = publication.sizes[Int(index)] ?? 200 + world.dice.below(900)
        let described =
            scheme.hasDescriptor
            ? describer.describe(frame, activeSpatialLayers: publication.spatialLayers) : ([], [])
        for place in 0..<count {
            let isEnd = place == count - 1
            let stamp = stamp(capture, startsKeyframe: frame.isKeyframe && frame.spatial == 0 && place == 0)
            let prefix = FramePrefix.bytes(scheme, frame, place: place, count: count)
            let payload = stamp.payload(prefix: prefix, count: isEnd ? size - world.dice.below(100) : size)
            var descriptor = place == 0 ? described.0 : described.1
            if !descriptor.isEmpty { descriptor[0] |= (place == 0 ? 0x80 : 0) | (isEnd ? 0x40 : 0) }
            sendMedia(
                payload, at: stamp.timestamp, isMarked: isEnd && isLast, frame: frame, descriptor: descriptor)
        }
    }

    /// Nothing but padding under the media SSRC, as senders without RTX probe.
    func sendPadding(capture: UInt64) {
        sendMedia([], at: timestamp(at: capture), isMarked: false, padding: 100)
    }

    private func stamp(_ capture: UInt64, startsKeyframe: Bool) -> Stamp {
        Stamp(
            producer: publication.serial, layer: log.layer, startsKeyframe: startsKeyframe, sequence: next,
            timestamp: timestamp(at: capture), capture: capture)
    }

    private func sendMedia(
        _ payload: [UInt8], at timestamp: UInt32, isMarked: Bool, padding: Int = 0, codec: Codec? = nil,
        frame: SentFrame? = nil, descriptor: [UInt8] = []
    ) {
        let codec = codec ?? publication.codec
        let sequence = next
        next += 1
        log.sent(sequence, isPadding: payload.isEmpty, frame: frame)
        if !payload.isEmpty {
            history[sequence] = Sent(
                timestamp: timestamp, isMarked: isMarked, payload: payload, descriptor: descriptor)
            history[sequence &- 600] = nil
        }
        packets &+= 1
        octets &+= UInt32(payload.count)
        var body = payload
        if padding > 0 { body = [UInt8](repeating: 0, count: padding - 1) + [UInt8(padding)] }
        let reference = MediaReference(source: log, sequence: sequence, isRtx: false)
        transmit(
            body, type: peer.media.payloadTypeOfCodec[Int(codec.rawValue)], sequence: sequence, timestamp: timestamp,
            ssrc: ssrc, isMarked: isMarked, hasPadding: padding > 0, reference, descriptor: descriptor)
    }

    /// The server asks for a packet again.
    func retransmit(_ short: UInt16) {
        let sequence = extend(short)
        nacked += 1
        guard let sent = history[sequence], publication.kind == .video else { return }
        sendRtx(
            [UInt8(short >> 8), UInt8(truncatingIfNeeded: short)] + sent.payload, timestamp: sent.timestamp,
            isMarked: sent.isMarked, MediaReference(source: log, sequence: sequence, isRtx: true),
            descriptor: sent.descriptor)
    }

    /// An RTX packet that repeats nothing.
    func sendProbe() {
        guard publication.kind == .video else { return }
        sendRtx([], timestamp: timestamp(at: world.now), isMarked: false, nil, padding: 200)
    }

    /// A recent packet once more by RTX, as senders probe; the server has it already.
    public func repeatRecent(back: UInt64) {
        guard next > back, history[next - back] != nil else { return }
        retransmit(UInt16(truncatingIfNeeded: next - back))
    }

    private func sendRtx(
        _ payload: [UInt8], timestamp: UInt32, isMarked: Bool, _ reference: MediaReference?, padding: Int = 0,
        descriptor: [UInt8] = []
    ) {
        let type = peer.media.rtxPayloadTypeOfCodec[Int(publication.codec.rawValue)]
        let body = padding > 0 ? [UInt8](repeating: 0, count: padding - 1) + [UInt8(padding)] : payload
        transmit(
            body, type: type, sequence: rtxNext, timestamp: timestamp, ssrc: rtxSsrc, isMarked: isMarked,
            hasPadding: padding > 0, reference, isRtx: true, descriptor: descriptor)
        rtxNext += 1
    }

    func extend(_ short: UInt16) -> UInt64 {
        let newest = next - 1
        let back = UInt64(UInt16(truncatingIfNeeded: newest) &- short)
        return newest >= back ? newest - back : UInt64(short)
    }

    /// The client replaces its source: new SSRC, new numbers.
    public func beginAnew() {
        ssrc = UInt32(truncatingIfNeeded: world.dice.next()) | 1
        rtxSsrc = UInt32(truncatingIfNeeded: world.dice.next()) | 1
        next = world.dice.within(1...30_000)
        rtxNext = world.dice.within(1...30_000)
        log.isOver = true
        log = SourceLog(
            producer: publication.serial, layer: index | UInt8(logs.count) << 2, first: next,
            isLayered: publication.isLayered, isDescribed: publication.scheme.hasDescriptor)
        logs.append(log)
        history = [:]
        encoder = Encoder(publication.scheme, first: world.dice.below(30_000))
        describer = DescriptorMaker(publication.scheme)
        isKnown = false
        wantsKeyframe = true
        lastKeyframe = 0
        nextReport = 0
        lastKeyframeRequest = 0
        lastReport = nil
    }

    private func transmit(
        _ body: [UInt8], type: UInt8, sequence: UInt64, timestamp: UInt32, ssrc: UInt32, isMarked: Bool,
        hasPadding: Bool, _ reference: MediaReference?, isRtx: Bool = false, descriptor: [UInt8] = []
    ) {
        guard let srtp = peer.srtp else { return }
        let header = RtpHeader(
            payloadType: type, sequenceNumber: UInt16(truncatingIfNeeded: sequence), timestamp: timestamp, ssrc: ssrc,
            marker: isMarked, hasExtension: true, hasPadding: hasPadding)
        let transport = peer.transportNext
        peer.transportNext += 1
        let written = headerBytes(header, transport: transport, isRtx: isRtx, isKeyframe: isMarked, descriptor)
        let packet = srtp.seal(header: written, payload: body, ssrc: ssrc, index: sequence)
        peer.send(packet) {
            $0.media = reference
            $0.transport = (peer.number, transport)
        }
    }

    private func headerBytes(
        _ header: RtpHeader, transport: UInt64, isRtx: Bool, isKeyframe: Bool, _ descriptor: [UInt8]
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 512)
        let map = peer.media
        let count = bytes.withUnsafeMutableBytes { buffer in
            var writer = ByteWriter(buffer)
            try! header.write(to: &writer)
            let block = try! ExtensionWriter(begin: &writer, twoByteForm: descriptor.count > 16)
            if world.options.saysSendTimes {
                // 6.18 fixed point seconds.
                let seconds = UInt32(truncatingIfNeeded: ((world.now / 1000) << 18) / 1_000_000) & 0xFF_FFFF
                try! block.put24(map.id(of: .absSendTime), seconds, to: &writer)
            } else {
                try! block.put(map.id(of: .transportCC), UInt16(truncatingIfNeeded: transport), to: &writer)
            }
            if (!publication.declaresSsrcs || logs.count > 1) && !(isKnown && !isRtx) {
                try! block.put(map.id(of: .mid), publication.mid, to: &writer)
                if !rid.isEmpty { try! block.put(map.id(of: isRtx ? .repairedRid : .rid), rid, to: &writer) }
            }
            if publication.kind == .audio {
                try! block.put(
                    map.id(of: .audioLevel), publication.levelToTell(of: header.sequenceNumber), to: &writer)
            } else if isKeyframe {
                try! block.put(map.id(of: .videoOrientation), 1 as UInt8, to: &writer)
            }
            if !descriptor.isEmpty {
                try! block.put(
                    map.id(of: .dependencyDescriptor), from: descriptor.span.bytes, offset: 0,
                    length: descriptor.count, to: &writer)
            }
            try! block.finish(&writer)
            return writer.count
        }
        return Array(bytes[..<count])
    }
}

extension Publication {
    /// The loudness that an audio packet claims, told by its number so that it can be checked; no voice flag.
    func level(of sequence: UInt16) -> UInt8 {
        if let told = levelsTold[sequence] { return told }
        return takesTurns && (sequence / 100) % 3 != 0 ? 85 : 20 + UInt8(sequence % (takesTurns ? 15 : 40))
    }

    func levelToTell(of sequence: UInt16) -> UInt8 {
        if let isSpeaking { levelsTold[sequence] = isSpeaking ? 20 + UInt8(sequence % 15) : 80 }
        return level(of: sequence)
    }
}
