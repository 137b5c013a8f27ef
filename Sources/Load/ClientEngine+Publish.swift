import CLoad
import Contract
import Secure
import Wire

/// Publishers' media, by the clock.
extension ClientEngine {
    mutating func addPublisher(_ publishing: Publishing, place: Int) {
        peers[place].publisher = Int32(publishers.count)
        peers[place].publisherCount = Int32(1 + publishing.layers.count)
        let media = sides[place]?.plan.media ?? MediaMap()
        publishers.append(PublisherState(publishing, media: media, place: place))
        for (index, layer) in publishing.layers.enumerated() {
            let other = publishing.publishing(layer: layer, at: index)
            publishers.append(PublisherState(other, media: media, place: place))
        }
    }

    /// How many packets a source has sent in all; nil for a source that is not ours.
    func sent(ofSource source: UInt32) -> UInt64? {
        for publisher in publishers {
            if publisher.audio.source == source { return publisher.audio.stamps }
            if publisher.video.source == source { return publisher.video.stamps }
        }
        return nil
    }

    /// Sends what is due; the next time that something is.
    mutating func publish(now: UInt64) -> UInt64 {
        var deadline = UInt64.max
        guard isPlaying else { return deadline }
        for number in publishers.indices where publishers[number].isActive {
            let planned = publishers[number].deadline
            if planned <= now { fire(number, planned: planned, now: now) }
            deadline = min(deadline, publishers[number].deadline)
        }
        return deadline
    }

    private mutating func fire(_ number: Int, planned: UInt64, now: UInt64) {
        guard peers[publishers[number].place].phase == .connected else {
            publishers[number].isActive = false
            return
        }
        if isMeasuring { lateness.record(Int64(now - planned)) }
        if publishers[number].nextAudio <= now { sendAudio(number, now: now) }
        if publishers[number].nextBurst <= now { sendVideo(number, now: now) }
        if publishers[number].nextFrame <= now, publishers[number].nextBurst == .max {
            publishers[number].beginFrame(now: now)
            publishers[number].nextFrame = later(
                publishers[number].nextFrame, by: publishers[number].frameNanoseconds, now: now)
            sendVideo(number, now: now)
        }
    }

    /// In step with the plan, unless it lies hopelessly behind.
    private func later(_ planned: UInt64, by interval: UInt64, now: UInt64) -> UInt64 {
        let next = planned &+ interval
        return next &+ 500_000_000 < now ? now : next
    }

    private mutating func sendAudio(_ number: Int, now: UInt64) {
        var publisher = publishers[number]
        let planned = publisher.nextAudio
        publisher.nextAudio = later(planned, by: PublisherState.audioNanoseconds, now: now)
        let timestamp = publisher.audio.timestamp(at: planned, since: publisher.startNanoseconds)
        var writer = ByteWriter(outgoing)
        let level = publisher.loudness(at: planned)
        let headerBytes = putHeader(
            &publisher, publisher.audio, payloadType: publisher.payloads.audio, timestamp: timestamp, marker: false,
            mid: publisher.audioMid, level: level, &writer)
        let payload = outgoing.baseAddress! + headerBytes
        // RFC 6716 §3.1: one frame of 20 ms, full band.
        payload.storeBytes(of: 0x78, as: UInt8.self)
        let length = 80 + Int(publisher.nextRandom() % 24)
        let bytes = finish(
            &publisher.audio, at: 0, headerBytes: headerBytes, payloadBytes: length, stampOffset: 1, publisher.place,
            now: now)
        cipher.finish()
        publishers[number] = publisher
        send(peers[publisher.place].descriptor, bytes: bytes)
    }

    /// The next burst of the frame, those packets of one size in one call.
    private mutating func sendVideo(_ number: Int, now: UInt64) {
        var publisher = publishers[number]
        let most = publisher.burstNanoseconds == 0 ? PublisherState.callPackets : publisher.burstPackets
        let end = min(publisher.cutSent + most, publisher.cut.packets)
        var offset = 0
        var runStart = 0
        var runBytes = 0
        let descriptor = peers[publisher.place].descriptor
        while publisher.cutSent < end {
            let bytes = putVideoPacket(&publisher, at: offset, now: now)
            if runBytes != 0, bytes != runBytes {
                cipher.finish()
                sendRun(descriptor, from: runStart, to: offset, segmentBytes: runBytes)
                runStart = offset
            }
            runBytes = bytes
            offset += bytes
            publisher.cutSent += 1
        }
        cipher.finish()
        sendRun(descriptor, from: runStart, to: offset, segmentBytes: runBytes)
        publisher.nextBurst = publisher.cutSent < publisher.cut.packets ? now &+ publisher.burstNanoseconds : .max
        publishers[number] = publisher
    }

    private mutating func sendRun(_ descriptor: Int32, from start: Int, to end: Int, segmentBytes: Int) {
        guard end > start else { return }
        let segment = end - start > segmentBytes ? UInt16(segmentBytes) : 0
        if cl_send(descriptor, outgoing.baseAddress! + start, end - start, segment) != 0 { packets.sendErrors &+= 1 }
    }

    /// Builds and encrypts one packet of the frame in hand at `offset` of `outgoing`; its bytes.
    private mutating func putVideoPacket(_ publisher: inout PublisherState, at offset: Int, now: UInt64) -> Int {
        let number = publisher.cutSent
        let isLast = number == publisher.cut.packets - 1
        var writer = ByteWriter(UnsafeMutableRawBufferPointer(rebasing: outgoing[offset...]))
        let headerBytes = putHeader(
            &publisher, publisher.video, payloadType: publisher.payloads.video, timestamp: publisher.frameTimestamp,
            marker: isLast, mid: publisher.videoMid, level: nil, &writer)
        let payload = outgoing.baseAddress! + offset + headerBytes
        let part = FramePart(
            isFirst: number == 0, isLast: isLast, isKeyframe: publisher.isKeyframe, pictureId: publisher.pictureId)
        let codecBytes = VideoFrame.write(configuration.videoCodec, to: payload, part)
        let length = publisher.cut.bytes(ofPacket: number)
        Stamp(source: publisher.video.source, sequence: publisher.video.stamps, sentNanoseconds: now)
            .write(to: payload + codecBytes, length: length - codecBytes)
        publisher.history?.keep(
            payload, length: length, index: publisher.video.index, timestamp: publisher.frameTimestamp, marker: isLast)
        return finish(
            &publisher.video, at: offset, headerBytes: headerBytes, payloadBytes: length, stampOffset: nil,
            publisher.place, now: now)
    }

    /// RTP header with extensions; its bytes.
    private func putHeader(
        _ publisher: inout PublisherState, _ stream: SentStream, payloadType: UInt8, timestamp: UInt32, marker: Bool,
        mid: FixedBytes<16>, level: AudioLevel?, isRepair: Bool = false, _ writer: inout ByteWriter
    ) -> Int {
        let header = RtpHeader(
            payloadType: payloadType, sequenceNumber: UInt16(truncatingIfNeeded: stream.index), timestamp: timestamp,
            ssrc: stream.ssrc, marker: marker, hasExtension: true)
        do {
            try header.write(to: &writer)
            let extensions = try ExtensionWriter(begin: &writer)
            let media = publisher.media
            if media.id(of: .mid) != 0, !mid.isEmpty { try extensions.put(media.id(of: .mid), mid, to: &writer) }
            let ridId = media.id(of: isRepair ? .repairedRid : .rid)
            if ridId != 0, !publisher.rid.isEmpty, level == nil {
                try extensions.put(ridId, publisher.rid, to: &writer)
            }
            if let level, media.id(of: .audioLevel) != 0 {
                try extensions.put(media.id(of: .audioLevel), level.byte, to: &writer)
            }
            if media.id(of: .absSendTime) != 0 {
                try extensions.put24(media.id(of: .absSendTime), absoluteSendTime(), to: &writer)
            }
            if media.id(of: .transportCC) != 0 {
                try extensions.put(media.id(of: .transportCC), publisher.transportSequence, to: &writer)
                publisher.transportSequence &+= 1
            }
            try extensions.finish(&writer)
        } catch { preconditionFailure("64 KiB hold a header: \(error)") }
        return writer.count
    }

    /// Seconds in 6.18 fixed point.
    private func absoluteSendTime() -> UInt32 {
        let now = cl_now()
        return UInt32(truncatingIfNeeded: ((now / 1000) << 18) / 1_000_000) & 0xFF_FFFF
    }

    /// Stamps (unless that is done) and encrypts the packet at `offset`; its bytes.
    private mutating func finish(
        _ stream: inout SentStream, at offset: Int, headerBytes: Int, payloadBytes: Int, stampOffset: Int?,
        _ place: Int,
        now: UInt64
    ) -> Int {
        let packet = outgoing.baseAddress! + offset
        if let stampOffset {
            Stamp(source: stream.source, sequence: stream.stamps, sentNanoseconds: now)
                .write(to: packet + headerBytes + stampOffset, length: payloadBytes - stampOffset)
        }
        guard let sealing = peers[place].keys?.sealing else { return 0 }
        let bytes = cipher.sealRtp(
            sealing, out: packet, headerLength: headerBytes, payload: packet + headerBytes, payloadLength: payloadBytes,
            ssrc: stream.ssrc, index: stream.index)
        stream.index &+= 1
        stream.stamps &+= 1
        stream.packets &+= 1
        stream.octets &+= UInt64(payloadBytes)
        stream.datagramBytes &+= UInt64(bytes)
        return bytes
    }

    /// Answers a NACK by RTX (RFC 4588).
    mutating func retransmit(_ sequence: UInt16, ssrc: UInt32, _ number: Int, now: UInt64) {
        var publisher = publishers[number]
        guard publisher.isActive, ssrc == publisher.video.ssrc,
            let (entry, payload) = publisher.history?.find(sequence),
            let sealing = peers[publisher.place].keys?.sealing
        else { return }
        var stream = publisher.video
        stream.ssrc = publisher.rtxSsrc
        stream.index = publisher.rtxIndex
        var writer = ByteWriter(outgoing)
        let headerBytes = putHeader(
            &publisher, stream, payloadType: publisher.payloads.rtx, timestamp: entry.timestamp, marker: entry.marker,
            mid: publisher.videoMid, level: nil, isRepair: true, &writer)
        let place = outgoing.baseAddress! + headerBytes
        place.storeBytes(of: sequence.bigEndian, as: UInt16.self)
        (place + Rtx.headerBytes).copyMemory(from: payload, byteCount: Int(entry.length))
        let bytes = cipher.sealRtp(
            sealing, out: outgoing.baseAddress!, headerLength: headerBytes, payload: place,
            payloadLength: Int(entry.length) + Rtx.headerBytes, ssrc: publisher.rtxSsrc, index: publisher.rtxIndex)
        cipher.finish()
        publisher.rtxIndex &+= 1
        publishers[number] = publisher
        packets.retransmitted &+= 1
        send(peers[publisher.place].descriptor, bytes: bytes)
    }
}
