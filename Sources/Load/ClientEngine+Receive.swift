import CLoad
import Contract
import Glibc
import Peer
import Secure
import Wire

/// What came in: datagrams to packets, packets to stamps.
extension ClientEngine {
    private static var errorsMax: Int { 8 }

    /// Reads one peer's socket until a call does not fill all its messages.
    mutating func receive(_ place: Int) {
        var errors = 0
        var details = InlineArray<8, cl_received>(repeating: cl_received())
        while peers[place].phase != .free {
            let count = withUnsafeMutableBytes(of: &details) {
                Int(
                    cl_receive(
                        peers[place].descriptor, received, $0.assumingMemoryBound(to: cl_received.self).baseAddress!))
            }
            packets.receiveCalls &+= 1
            if count < 0, count != Int(-EAGAIN), errors < Self.errorsMax {
                // An ICMP error of an earlier send comes out here; the checks will tell whether anybody is there. What
                // waits behind it would not be announced again.
                errors += 1
                continue
            }
            guard count > 0 else { return }
            for index in 0..<count { split(details[index], at: index, place) }
            if count < Int(CL_MESSAGES) { return }
        }
    }

    /// UDP_GRO has merged datagrams of equal size, of which the last may be shorter.
    private mutating func split(_ detail: cl_received, at index: Int, _ place: Int) {
        let base = received + index * Int(CL_MESSAGE_BYTES)
        let total = Int(detail.byte_count)
        let step = detail.segment_bytes == 0 ? total : Int(detail.segment_bytes)
        let now =
            detail.realtime_nanoseconds == 0
            ? cl_now() : UInt64(Int64(detail.realtime_nanoseconds) - clockOffset)
        var offset = 0
        while offset < total {
            let bytes = min(step, total - offset)
            receive(UnsafeMutableRawBufferPointer(start: base + offset, count: bytes), place, now: now)
            offset += bytes
        }
    }

    private mutating func receive(_ bytes: UnsafeMutableRawBufferPointer, _ place: Int, now: UInt64) {
        packets.datagramsReceived &+= 1
        switch PacketKind.classify(firstByte: bytes[0]) {
        case .stun: receiveStun(UnsafeRawBufferPointer(bytes), place, now: now)
        case .dtls: receiveDtls(UnsafeRawBufferPointer(bytes), place, now: now)
        case .rtpOrRtcp where bytes.count >= 12:
            guard peers[place].phase == .connected else {
                packets.early &+= 1
                return
            }
            if PacketKind.isRtcp(secondByte: bytes[1]) {
                receiveRtcp(bytes, place, now: now)
            } else {
                receiveRtp(bytes, place, now: now)
            }
        default: packets.malformed &+= 1
        }
    }

    private mutating func receiveRtp(_ bytes: UnsafeMutableRawBufferPointer, _ place: Int, now: UInt64) {
        guard let header = try? RtpHeader(parsing: UnsafeRawBufferPointer(bytes).bytes) else {
            packets.malformed &+= 1
            return
        }
        guard let stream = stream(header, of: place) else {
            packets.unknownStreams &+= 1
            return
        }
        let index = stream.pointee.window.estimate(sequence: header.sequenceNumber)
        guard stream.pointee.window.isFresh(index) else {
            packets.replayed &+= 1
            return
        }
        guard let opening = peers[place].keys?.opening,
            let length = cipher.openRtp(
                opening, packet: bytes.baseAddress!, length: bytes.count, headerLength: header.headerLength,
                ssrc: header.ssrc, index: index, out: bytes.baseAddress!)
        else {
            packets.notAuthentic &+= 1
            return
        }
        stream.pointee.window.accept(index)
        let plain = UnsafeRawBufferPointer(start: bytes.baseAddress, count: length)
        noteTransport(plain, header, place, now: now)
        take(plain, header, index, stream, place, datagramBytes: bytes.count, now: now)
    }

    /// A stream that the answer did not name is known by its payload type.
    private func stream(_ header: RtpHeader, of place: Int) -> UnsafeMutablePointer<StreamState>? {
        let peer = peers + place
        if let known = peer.pointee.streams?.find(header.ssrc) { return known }
        let kind: StreamKind
        let payloads = peer.pointee.payloads
        switch header.payloadType {
        case payloads.audio: kind = .audio
        case payloads.video: kind = .video
        case payloads.rtx: kind = .rtx
        default: return nil
        }
        return addStream(header.ssrc, kind, to: peer)
    }

    private func noteTransport(_ plain: UnsafeRawBufferPointer, _ header: RtpHeader, _ place: Int, now: UInt64) {
        let peer = peers + place
        guard peer.pointee.feedback != nil, let media = sides[place]?.plan.media,
            let extensions = try? HeaderExtensions(parsing: plain.bytes, header: header, map: media),
            let sequence = extensions.transportSequence(in: plain.bytes)
        else { return }
        peer.pointee.feedback?.record(sequence, now: now)
    }

    private mutating func take(
        _ plain: UnsafeRawBufferPointer, _ header: RtpHeader, _ index: UInt64,
        _ stream: UnsafeMutablePointer<StreamState>, _ place: Int, datagramBytes: Int, now: UInt64
    ) {
        guard var payload = try? RtpPayload(of: header, in: plain.bytes) else {
            packets.malformed &+= 1
            return
        }
        if stream.pointee.kind == .rtx {
            packets.rtxReceived &+= 1
            guard payload.length > 2 else { return }
            payload.offset += Rtx.headerBytes
            payload.length -= Rtx.headerBytes
            return takeRepair(plain, payload, place, now: now)
        }
        packets.rtpReceived &+= 1
        stream.pointee.reception.update(
            sequence: index &+ 0x1_0000, rtpTimestamp: header.timestamp, arrivalNanoseconds: now,
            clockRate: stream.pointee.kind == .audio ? 48_000 : 90_000)
        _ = stream.pointee.nack?.pointee.received(index &+ 0x1_0000, startsKeyframe: false, now: now)
        guard payload.length > 0 else {
            packets.probes &+= 1
            return
        }
        stream.pointee.tally.received &+= 1
        stream.pointee.tally.receivedBytes &+= UInt64(datagramBytes)
        guard let found = findStamp(plain, payload, stream) else { return }
        read(plain, found, to: payload.offset + payload.length, stream, place, now: now)
    }

    /// Where the stamp begins: behind Opus' first byte, or behind what the video codec has to say to an SFU.
    private mutating func findStamp(
        _ plain: UnsafeRawBufferPointer, _ payload: RtpPayload, _ stream: UnsafeMutablePointer<StreamState>
    ) -> (offset: Int, beginsKeyframe: Bool)? {
        guard stream.pointee.kind == .video else { return (payload.offset + 1, false) }
        guard let found = VideoFrame.stamp(in: plain, payload, configuration.videoCodec) else {
            packets.malformed &+= 1
            return nil
        }
        if found.beginsKeyframe {
            stream.pointee.hasKeyframe = true
            stream.pointee.tally.keyframes &+= 1
        }
        return found
    }

    private mutating func read(
        _ plain: UnsafeRawBufferPointer, _ found: (offset: Int, beginsKeyframe: Bool), to end: Int,
        _ stream: UnsafeMutablePointer<StreamState>, _ place: Int, now: UInt64
    ) {
        let start = found.offset
        guard start < end else {
            stream.pointee.tally.foreign &+= 1
            return
        }
        switch Stamp.read(from: plain.baseAddress! + start, length: end - start) {
        case .foreign: stream.pointee.tally.foreign &+= 1
        case .corrupt: stream.pointee.tally.corrupt &+= 1
        case .stamp(let stamp):
            if !peers[place].isLight { enter(stamp, stream, beginsKeyframe: found.beginsKeyframe) }
            noteReceiving(place, now: now)
            let before = peers[place].lastMediaNanoseconds
            peers[place].lastMediaNanoseconds = now
            guard isMeasuring, !peers[place].isLight else { return }
            if before != 0, now > before { gaps.record(Int64(now - before)) }
            let latency = Int64(now) - Int64(stamp.sentNanoseconds)
            if stream.pointee.kind == .audio { audioLatency.record(latency) } else { videoLatency.record(latency) }
        }
    }

    private func enter(_ stamp: Stamp, _ stream: UnsafeMutablePointer<StreamState>, beginsKeyframe: Bool) {
        let isKnown = !stream.pointee.ledger.isEmpty && stream.pointee.ledger.source == stamp.source
        let isNext = isKnown && stamp.sequence == stream.pointee.ledger.highest &+ 1
        stream.pointee.isWhole = beginsKeyframe || (stream.pointee.isWhole && isNext)
        if stream.pointee.isWhole || stream.pointee.kind == .audio { stream.pointee.tally.useful &+= 1 }
        guard !isKnown else { return stream.pointee.ledger.note(stamp.sequence) }
        let total = stream.pointee.total(sent: nil)
        stream.pointee.tally = total
        stream.pointee.tally.streams = 0
        stream.pointee.ledger.begin(source: stamp.source, sequence: stamp.sequence)
    }

    private func noteReceiving(_ place: Int, now: UInt64) {
        let peer = peers + place
        guard !peer.pointee.isReceiving else { return }
        peer.pointee.isReceiving = true
        link.tell(.receiving(peer.pointee.id, nanoseconds: now &- min(now, peer.pointee.openedNanoseconds)))
    }

    /// A packet that was asked for again: it belongs to the stream whose source it is stamped with.
    private mutating func takeRepair(_ plain: UnsafeRawBufferPointer, _ payload: RtpPayload, _ place: Int, now: UInt64)
    {
        guard let streams = peers[place].streams,
            let original = Rtx.originalSequence(
                RtpPayload(offset: payload.offset - Rtx.headerBytes, length: payload.length + Rtx.headerBytes),
                in: plain.bytes)
        else { return }
        for index in 0..<streams.count where streams.streams[index].kind == .video {
            let stream = streams.streams + index
            guard let start = findStamp(plain, payload, stream)?.offset, start < payload.offset + payload.length,
                case .stamp(let stamp) = Stamp.read(
                    from: plain.baseAddress! + start, length: payload.offset + payload.length - start),
                stamp.source == stream.pointee.ledger.source
            else { continue }
            // An SFU that is given feedback probes the link by packets that have come already.
            if peers[place].feedback != nil, stream.pointee.ledger.hasCome(stamp.sequence) {
                packets.probes &+= 1
                return
            }
            let before = stream.pointee.ledger.received
            stream.pointee.ledger.note(stamp.sequence, isRepair: true)
            if stream.pointee.ledger.received > before { stream.pointee.tally.repaired &+= 1 }
            let extended = stream.pointee.window.estimate(sequence: original) &+ 0x1_0000
            _ = stream.pointee.nack?.pointee.received(extended, startsKeyframe: false, now: now)
            return
        }
    }
}
