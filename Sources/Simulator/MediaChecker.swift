import Contract
import Secure
import Wire

/// RTP that leaves: it decrypts under the receiver's key, is what a publisher sent, in the receiver's own terms.
struct MediaChecker {
    let peer: SimulatedPeer
    let world: Simulator

    func check(_ bytes: [UInt8], _ srtp: SrtpBox) {
        if let header = try? RtpHeader(parsing: bytes.span.bytes), ConsumerSsrc.isFec(header.ssrc) {
            return ParityChecker(peer: peer, world: world).check(bytes, header, srtp)
        }
        guard let header = try? RtpHeader(parsing: bytes.span.bytes),
            let consumer = ConsumerSsrc.consumer(of: header.ssrc),
            let stream = peer.outgoing[ConsumerSsrc.media(consumer)]
        else {
            return world.violate("ssrc", "a packet leaves under an SSRC that no consumer of peer \(peer.number) has")
        }
        if ConsumerSsrc.isRtx(header.ssrc) {
            checkRtx(bytes, header, stream, srtp)
        } else {
            checkFirst(bytes, header, stream, srtp)
        }
    }

    func name(_ stream: OutgoingStream) -> String {
        "stream \(String(stream.ssrc, radix: 16)) (\(stream.kind)) for peer \(peer.number)"
    }

    private func checkFirst(_ bytes: [UInt8], _ header: RtpHeader, _ stream: OutgoingStream, _ srtp: SrtpBox) {
        if stream.mustBeSilent { world.violate("silence", "\(name(stream)) leaves while it must not") }
        let index = stream.window.estimate(sequence: header.sequenceNumber)
        guard let plain = srtp.open(bytes, headerLength: header.headerLength, ssrc: header.ssrc, index: index) else {
            return world.violate("encryption", "\(name(stream)) index \(index) does not decrypt")
        }
        stream.window.accept(index)
        world.counts.mediaPackets += 1
        if peer.media.fecPayloadType != 255 { stream.keep(index, Parity.cleared(plain, header, peer.media)) }
        checkTransport(plain, header, stream)
        if stream.kind == .audio, header.marker { world.counts.markedSounds += 1 }
        guard let place = try? RtpPayload(of: header, in: plain.span.bytes), place.paddingLength <= 1 else {
            return world.violate("padding", "\(name(stream)) index \(index) has more than the byte that levels a run")
        }
        var payload = plain[place.offset..<(place.offset + place.length)]
        let codec = peer.media.codecOfPayloadType[Int(header.payloadType)]
        if codec.isAudio != (stream.kind == .audio) || codec == .none {
            world.violate("payload type", "\(name(stream)) leaves as \(header.payloadType)")
        }
        if codec == .red { payload = primary(plain, place, stream) }
        guard let (stamp, publication, log) = sent(payload, codec == .red ? .opus : codec) else {
            return world.violate("payload", "\(name(stream)) index \(index) is not what anybody sent")
        }
        if stream.kind == .video, codec != publication.codec {
            world.violate("payload type", "\(name(stream)) leaves as \(header.payloadType)")
        }
        if publication.peer === peer { world.violate("echo", "\(name(stream)) carries what its own peer sent") }
        checkExtensions(plain, header, stamp, stream, publication)
        let isRelaxed = world.hasRefused(peer.handle.shard)
        var packet = OutgoingStream.Left(
            source: log, stamp: stamp, timestamp: header.timestamp, isMarked: header.marker, payload: Array(payload),
            wasRelaxed: isRelaxed, wasPaced: peer.isPaced)
        packet.descriptor = descriptor(plain, header)
        packet.burstEnd = burstEnd(of: packet)
        let isSwitch = stream.newest != nil && stream.mustBeginAnew
        let begins = stream.mustBeginAnew && index > stream.newest ?? 0 || stream.newest == nil
        let isLate = stream.newest.map { index < $0 } ?? false
        if let text = stream.note(index, packet, now: world.now) { world.violate("stream", "\(name(stream)): \(text)") }
        PaceChecker(world: world).check(packet, stream, peer: peer)
        if isSwitch { world.counts.sourceSwitches += 1 }
        decode(packet, codec, begins: begins, isLate: isLate, stream)
        if stream.followsShard { return }
        LipSyncChecker(peer: peer, world: world).note(packet, stream, publication)
    }

    /// Between shards packets come later than the host had them.
    private func burstEnd(of packet: OutgoingStream.Left) -> ClosedRange<UInt64> {
        let arrival = packet.source.fate(packet.stamp.sequence)?.arrival ?? 0
        return min(world.shards.count == 1 ? world.arrivalOrder : arrival, world.arrivalOrder)...world.arrivalOrder
    }

    /// The primary block of a redundant payload (RFC 2198); the others must be what the same publisher sent before it.
    private func primary(_ plain: [UInt8], _ payload: RtpPayload, _ stream: OutgoingStream) -> ArraySlice<UInt8> {
        world.counts.redundantPackets += 1
        guard var blocks = try? RedBlocks(parsing: plain.span.bytes, payload: payload) else { return [] }
        var earlier: [(Stamp, UInt32)] = []
        while let block = blocks.next(in: plain.span.bytes) {
            let bytes = plain[block.offset..<(block.offset + block.length)]
            if block.payloadType != peer.media.payloadTypeOfCodec[Int(Codec.opus.rawValue)] {
                world.violate("red", "\(name(stream)) holds a block of \(block.payloadType)")
            }
            guard !block.isPrimary else {
                checkBlocks(earlier, before: bytes, stream)
                return bytes
            }
            guard let (stamp, _, _) = sent(bytes, .opus) else { return [] }
            world.counts.redundantBlocks += 1
            earlier.append((stamp, UInt32(block.timestampOffset)))
        }
        return []
    }

    private func checkBlocks(_ earlier: [(Stamp, UInt32)], before bytes: ArraySlice<UInt8>, _ stream: OutgoingStream) {
        guard let (primary, _, _) = sent(bytes, .opus) else { return }
        var last = primary.sequence
        for (stamp, offset) in earlier.reversed() {
            let isBefore = stamp.producer == primary.producer && stamp.sequence < last
            if !isBefore || primary.timestamp &- stamp.timestamp != offset {
                world.violate("red", "\(name(stream)): block \(stamp.sequence) before \(primary.sequence)")
            }
            last = stamp.sequence
        }
    }

    private func checkExtensions(
        _ plain: [UInt8], _ header: RtpHeader, _ stamp: Stamp, _ stream: OutgoingStream, _ publication: Publication
    ) {
        guard let found = try? HeaderExtensions(parsing: plain.span.bytes, header: header, map: peer.media) else {
            return world.violate("extensions", "\(name(stream)): they do not parse")
        }
        if stream.kind == .audio {
            let wanted = publication.level(of: UInt16(truncatingIfNeeded: stamp.sequence))
            if found.audioLevel(in: plain.span.bytes)?.level != wanted {
                world.violate("extensions", "\(name(stream)): the audio level is not the publisher's")
            }
        } else if isLast(stamp, stream), found.videoOrientation(in: plain.span.bytes)?.rotation != 1 {
            world.violate("extensions", "\(name(stream)): the orientation is not the publisher's")
        }
        for kind in [HeaderExtension.rid, .repairedRid, .absSendTime] where found.has(kind) {
            world.violate("extensions", "\(name(stream)) carries the publisher's \(kind)")
        }
    }

    /// Whatever leaves for one client is numbered in turn, where that was negotiated, and not otherwise.
    func checkTransport(_ plain: [UInt8], _ header: RtpHeader, _ stream: OutgoingStream) {
        let found = try? HeaderExtensions(parsing: plain.span.bytes, header: header, map: peer.media)
        let number = found?.transportSequence(in: plain.span.bytes)
        guard peer.media.transportId(stream.kind) != 0 else {
            if number != nil { world.violate("transport number", "\(name(stream)) has one that nobody negotiated") }
            return
        }
        if number != peer.nextTransportNumber {
            let text = number.map { "\($0)" } ?? "none"
            world.violate("transport number", "\(name(stream)) has \(text), not \(peer.nextTransportNumber)")
        }
        peer.nextTransportNumber = (number ?? peer.nextTransportNumber) &+ 1
    }

    private func checkRtx(_ bytes: [UInt8], _ header: RtpHeader, _ stream: OutgoingStream, _ srtp: SrtpBox) {
        let index = stream.rtxWindow.estimate(sequence: header.sequenceNumber)
        guard let plain = srtp.open(bytes, headerLength: header.headerLength, ssrc: header.ssrc, index: index) else {
            return world.violate("encryption", "RTX of \(name(stream)) does not decrypt")
        }
        stream.rtxWindow.accept(index)
        checkTransport(plain, header, stream)
        if !stream.rtxIndices.insert(index).inserted {
            world.violate("encryption", "RTX index \(index) of \(name(stream)) is used twice")
        }
        if let place = try? RtpPayload(of: header, in: plain.span.bytes), place.length == 0 {
            world.counts.paddingPackets += 1
            return
        }
        world.counts.retransmissions += 1
        let repaired = peer.media.repairedPayloadType[Int(header.payloadType)]
        let codec: Codec = repaired < 128 ? peer.media.codecOfPayloadType[Int(repaired)] : .none
        guard plain.count >= header.headerLength + 2 else { return world.violate("rtx", "without an original number") }
        let number = UInt16(plain[header.headerLength]) << 8 | UInt16(plain[header.headerLength + 1])
        let payload = plain[(header.headerLength + 2)...]
        guard let (stamp, publication, log) = sent(payload, codec) else {
            return world.violate("payload", "RTX of \(name(stream)) is not what anybody sent")
        }
        if codec != publication.codec {
            world.violate("payload type", "RTX of \(name(stream)) leaves as \(header.payloadType)")
        }
        var packet = OutgoingStream.Left(
            source: log, stamp: stamp, timestamp: header.timestamp, isMarked: header.marker, payload: Array(payload),
            wasRelaxed: false)
        packet.descriptor = descriptor(plain, header)
        let filled = stream.filledCount
        if let text = stream.noteRepeat(of: number, packet) { world.violate("rtx", "\(name(stream)) \(text)") }
        if stream.filledCount > filled { decode(packet, codec, begins: false, isLate: true, stream) }
    }

    /// The publisher set the marker on it.
    private func isLast(_ stamp: Stamp, _ stream: OutgoingStream) -> Bool {
        guard let log = world.control.publication(serial: stamp.producer)?.log(stamp),
            let frame = log.frame(stamp.sequence)
        else { return false }
        return frame.packets.last == stamp.sequence && frame.picture.frames.last === frame
    }

    /// The dependency descriptor; empty when there is none.
    private func descriptor(_ plain: [UInt8], _ header: RtpHeader) -> [UInt8] {
        guard let found = try? HeaderExtensions(parsing: plain.span.bytes, header: header, map: peer.media),
            found.has(.dependencyDescriptor)
        else { return [] }
        let value = found.value(.dependencyDescriptor)
        return Array(plain[Int(value.offset)..<Int(value.offset) + Int(value.length)])
    }

    private func decode(
        _ packet: OutgoingStream.Left, _ codec: Codec, begins: Bool, isLate: Bool, _ stream: OutgoingStream
    ) {
        guard stream.kind == .video else { return }
        if stream.decoder == nil { stream.decoder = DecoderChecker(name: name(stream), world: world) }
        if begins { stream.decoder!.disturbance = world.now }
        noteLink(packet, stream)
        guard let changed = spoil(packet, codec) else { return }
        stream.decoder!.note(changed, codec: codec, begins: begins, isLate: isLate)
    }

    /// Whether the receiver's own link held something of it back, which may leave it without a picture for a while.
    private func noteLink(_ packet: OutgoingStream.Left, _ stream: OutgoingStream) {
        let shard = Int(peer.handle.shard)
        let arrival = packet.source.fate(packet.stamp.sequence)?.arrivalNanoseconds ?? 0
        stream.decoder!.noteLink(
            waited: packet.wasPaced && arrival > 0 ? world.now - min(arrival, world.now) : 0,
            leftBehind: world.report(shard: shard).drops[Int(DropReason.fellBehind.rawValue)],
            held: world.control.holdTime(ConsumerSsrc.consumer(of: stream.ssrc), shard: shard))
    }

    /// What a canary makes of it; nil when the checker is not to see it.
    private func spoil(_ packet: OutgoingStream.Left, _ codec: Codec) -> OutgoingStream.Left? {
        guard world.counts.framePackets > 300, let frame = packet.source.frame(packet.stamp.sequence) else {
            return packet
        }
        switch world.options.canary {
        case .breaksIds where !world.hasSung && codec == .vp8:
            world.hasSung = true
            var changed = packet
            changed.payload[3] ^= 4
            return changed
        case .losesFrame where frame.number % 61 == 0: return nil
        default: return packet
        }
    }

    /// Who sent this payload.
    private func sent(_ payload: ArraySlice<UInt8>, _ codec: Codec) -> (Stamp, Publication, SourceLog)? {
        guard let prefix = FramePrefix.count(codec, payload), let stamp = Stamp(payload, prefixCount: prefix),
            let publication = world.control.publication(serial: stamp.producer), let log = publication.log(stamp)
        else { return nil }
        return (stamp, publication, log)
    }
}

extension Publication {
    /// The log of the packet that a stamp names, also when its SSRC has been replaced since.
    func log(_ stamp: Stamp) -> SourceLog? {
        let layer = Int(stamp.layer & 3)
        return layer < layers.count ? layers[layer].log(holding: stamp) : nil
    }
}
