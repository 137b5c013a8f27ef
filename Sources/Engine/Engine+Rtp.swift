import Contract
import Forward
import Memory
import Peer
import Secure
import Wire

/// RTP: authenticate and decrypt into a slot, find out what it is, hand it to its producer.
extension Engine {
    mutating func takeRtp(_ datagram: Datagram, from index: UInt32, now: UInt64) {
        let header: RtpHeader
        do {
            header = try RtpHeader(parsing: datagram.buffer.bytes)
        } catch {
            noteUnopened(datagram, index: 0)
            return drop(.rtpMalformed)
        }
        guard datagram.count <= Limits.slotBytes else {
            noteUnopened(datagram, index: 0)
            return drop(.packetTooLong)
        }
        let known = stream(of: index, ssrc: header.ssrc)
        let window = known == endOfChain ? ReplayWindow() : streams[Int(known)].window
        let srtpIndex = window.estimate(sequence: header.sequenceNumber)
        guard window.isFresh(srtpIndex) else {
            noteUnopened(datagram, index: srtpIndex)
            return drop(.srtpReplayed)
        }
        guard let slot = forward.slots.take() else {
            noteUnopened(datagram, index: srtpIndex)
            return drop(.slotsExhausted)
        }
        let memory = forward.slots.memory(of: slot.index)
        guard
            let plainBytes = forward.cipher.openRtp(
                peers[Int(index)].openingKey, packet: datagram.bytes, length: datagram.count,
                headerLength: header.headerLength, ssrc: header.ssrc, index: srtpIndex, out: memory)
        else {
            noteUnopened(datagram, index: srtpIndex, outcome: .forged)
            return refuse(slot, .srtpAuthentication)
        }
        let packet = PlainPacket(
            header: header, bytes: UnsafeRawBufferPointer(start: memory, count: plainBytes), index: srtpIndex)
        notePacket(packet, of: index, slot: slot.index, wireBytes: datagram.count)
        take(packet, in: slot, stream: known, from: index, now: now)
    }

    /// Counts a packet that was not kept, and gives its slot back.
    private mutating func refuse(_ slot: consuming Slot, _ reason: DropReason) {
        forward.slots.giveBack(slot)
        drop(reason)
    }

    /// An authenticated packet.
    private mutating func take(
        _ packet: PlainPacket, in slot: consuming Slot, stream known: UInt32, from index: UInt32, now: UInt64
    ) {
        let extensions: HeaderExtensions
        let payload: RtpPayload
        do {
            extensions = try HeaderExtensions(
                parsing: packet.bytes.bytes, header: packet.header, map: peers[Int(index)].media)
            payload = try RtpPayload(of: packet.header, in: packet.bytes.bytes)
        } catch { return refuse(slot, .rtpMalformed) }
        if let sequence = extensions.transportSequence(in: packet.bytes.bytes) {
            peers[Int(index)].feedback.record(sequence, now: now)
            peers[Int(index)].uplink.noteNumber()
        } else {
            let sendTime = extensions.absSendTime(in: packet.bytes.bytes)
            peers[Int(index)].uplink.add(sendTime: sendTime, bytes: packet.bytes.count, now: now)
        }
        var stream = known
        if stream == endOfChain {
            switch identify(packet, extensions, peer: index) {
            case .success(let found): stream = found
            case .failure(let refusal): return refuse(slot, refusal.reason)
            }
        }
        streams[Int(stream)].window.accept(packet.index)
        if streams[Int(stream)].producer == endOfChain, !reattach(stream, for: packet, now: now) {
            return refuse(slot, .unknownStream)
        }
        let contents = Contents(packet: packet, extensions: extensions, payload: payload, now: now)
        if streams[Int(stream)].isRtx {
            takeRtx(contents, in: slot, stream: stream, peer: index)
        } else {
            takeMedia(contents, in: slot, stream: stream, peer: index)
        }
    }

    private mutating func takeMedia(
        _ contents: Contents, in slot: consuming Slot, stream index: UInt32, peer: UInt32
    ) {
        let header = contents.packet.header
        let codec = peers[Int(peer)].media.codecOfPayloadType[Int(header.payloadType)]
        guard codec != .none || contents.payload.length == 0 else { return refuse(slot, .unknownPayloadType) }
        let sequence = contents.packet.index &+ firstCycle
        let stream = streams + Int(index)
        stream.pointee.statistics.update(
            sequence: sequence, rtpTimestamp: header.timestamp, arrivalNanoseconds: contents.now,
            clockRate: codec.clockRate)
        keep(contents, codec: codec, sequence: sequence, payload: contents.payload, in: slot, stream: stream)
    }

    /// RFC 4588 §4: the original packet, its sequence number first.
    private mutating func takeRtx(
        _ contents: Contents, in slot: consuming Slot, stream index: UInt32, peer: UInt32
    ) {
        let rtx = streams + Int(index)
        let media = intakes[Int(rtx.pointee.producer)].media[Int(rtx.pointee.layer)]
        guard let original = Rtx.originalSequence(contents.payload, in: contents.packet.bytes.bytes),
            contents.payload.length > Rtx.headerBytes
        else { return refuse(slot, .probe) }
        // Retransmissions of a layer from which nothing came yet are of no use: there is no telling what they repair.
        guard media != endOfChain else { return refuse(slot, .unknownStream) }
        let repaired = peers[Int(peer)].media.repairedPayloadType[Int(contents.packet.header.payloadType)]
        let codec = repaired < 128 ? peers[Int(peer)].media.codecOfPayloadType[Int(repaired)] : .none
        guard codec != .none else { return refuse(slot, .unknownPayloadType) }
        let stream = streams + Int(media)
        let sequence = stream.pointee.window.estimate(sequence: original) &+ firstCycle
        var payload = contents.payload
        payload.offset += Rtx.headerBytes
        payload.length -= Rtx.headerBytes
        stream.pointee.statistics.noteRepaired()
        let accepted = report.pointee.rtpAccepted
        defer { report.pointee.rtxAccepted &+= report.pointee.rtpAccepted &- accepted }
        keep(contents, codec: codec, sequence: sequence, payload: payload, in: slot, stream: stream)
    }

    /// Hands a packet to its producer, unless it is there already.
    private mutating func keep(
        _ contents: Contents, codec: Codec, sequence: UInt64, payload: RtpPayload, in slot: consuming Slot,
        stream: UnsafeMutablePointer<StreamState>
    ) {
        let producer = stream.pointee.producer
        switch forward.verdict(producer: producer, layer: stream.pointee.layer, sequence: sequence) {
        case .kept: break
        case .duplicate: return refuse(slot, .duplicate)
        case .tooOld: return refuse(slot, .tooLate)
        }
        let fact = forward.facts + Int(slot.index)
        fill(fact, contents, codec: codec, sequence: sequence, payload: payload, stream: stream)
        if codec == .red, payload.length > 0, !readBlocks(contents, payload, into: fact, peer: stream.pointee.peer) {
            return refuse(slot, .rtpMalformed)
        }
        _ = stream.pointee.nacks.received(
            sequence, startsKeyframe: fact.pointee.isKeyframeStart, now: contents.now)
        notePacket(contents, stream: stream)
        noteSound(slot: slot.index, producer: producer, now: contents.now)
        let bringsStructure = fact.pointee.frame.has(.hasStructure)
        let layer = stream.pointee.layer
        forward.accept(slot, producer: producer)
        if bringsStructure { readAgain(producer: producer, layer: layer, after: sequence, now: contents.now) }
    }

    /// A keyframe's first packet came behind others of it, or of what follows it: they were kept from everybody, since only
    /// now it can be told what they are.
    private mutating func readAgain(producer: UInt32, layer: UInt8, after first: UInt64, now: UInt64) {
        let newest = forward.producers[Int(producer)].histories[Int(layer)].newest
        var sequence = first + 1
        while sequence <= newest {
            if let slot = forward.awaiting(producer: producer, layer: layer, sequence: sequence) {
                readFrame(again: forward.facts + Int(slot), slot: slot, producer: producer)
                // Those behind it wait for the next keyframe's structure with it.
                guard !forward.facts[Int(slot)].frame.has(.awaitsStructure) else { return }
                forward.release(slot, producer: producer, now: now)
            }
            sequence += 1
        }
    }

    private mutating func readFrame(again fact: UnsafeMutablePointer<PacketFacts>, slot: UInt32, producer: UInt32) {
        let payload = RtpPayload(offset: Int(fact.pointee.payloadOffset), length: Int(fact.pointee.payloadBytes))
        let place = fact.pointee.extensions[CarriedExtension.dependencyDescriptorPlace]
        let bytes = UnsafeRawBufferPointer(
            start: forward.slots.memory(of: slot), count: payload.offset + payload.length)
        let reader = frameReaders + (Int(producer) * Limits.layersMax + Int(fact.pointee.layer))
        let found = reader.pointee.read(
            codec: fact.pointee.codec, payload: payload,
            descriptor: ExtensionValue(offset: place.offset, length: place.length),
            timestamp: fact.pointee.timestamp, in: bytes.bytes)
        fact.pointee.frame = found.frame
        fact.pointee.isKeyframeStart = found.isKeyframeStart
    }

    /// RFC 2198: where the primary block lies. False unless all blocks are Opus under one payload type, the primary not empty.
    private func readBlocks(
        _ contents: Contents, _ payload: RtpPayload, into fact: UnsafeMutablePointer<PacketFacts>, peer: UInt32
    ) -> Bool {
        let span = contents.packet.bytes.bytes
        guard var blocks = try? RedBlocks(parsing: span, payload: payload) else { return false }
        fact.pointee.blockPayloadType = 255
        while let block = blocks.next(in: span) {
            if fact.pointee.blockPayloadType == 255 { fact.pointee.blockPayloadType = block.payloadType }
            guard block.payloadType == fact.pointee.blockPayloadType,
                peers[Int(peer)].media.codecOfPayloadType[Int(block.payloadType)] == .opus
            else { return false }
            if block.isPrimary {
                fact.pointee.primaryOffset = UInt16(block.offset - payload.offset)
                return block.length > 0
            }
        }
        return false
    }

    private func fill(
        _ fact: UnsafeMutablePointer<PacketFacts>, _ contents: Contents, codec: Codec, sequence: UInt64,
        payload: RtpPayload, stream: UnsafeMutablePointer<StreamState>
    ) {
        fact.pointee.sequence = sequence
        fact.pointee.arrivalNanoseconds = contents.now
        fact.pointee.timestamp = contents.packet.header.timestamp
        fact.pointee.payloadOffset = UInt16(payload.offset)
        fact.pointee.payloadBytes = UInt16(payload.length)
        fact.pointee.codec = codec
        fact.pointee.layer = stream.pointee.layer
        fact.pointee.isMarked = contents.packet.header.marker
        fact.pointee.isKeyframeStart = false
        fact.pointee.frame = FrameFacts()
        if !codec.isAudio, payload.length > 0 { readFrame(fact, contents, payload, stream: stream) }
        for place in 0..<CarriedExtension.count {
            let value = contents.extensions.value(CarriedExtension.kind(at: place))
            fact.pointee.extensions[place] = ExtensionPlace(offset: value.offset, length: value.length)
        }
    }

    private func readFrame(
        _ fact: UnsafeMutablePointer<PacketFacts>, _ contents: Contents, _ payload: RtpPayload,
        stream: UnsafeMutablePointer<StreamState>
    ) {
        let reader = frameReaders + (Int(stream.pointee.producer) * Limits.layersMax + Int(stream.pointee.layer))
        let found = reader.pointee.read(
            codec: fact.pointee.codec, payload: payload,
            descriptor: contents.extensions.value(.dependencyDescriptor),
            timestamp: contents.packet.header.timestamp, in: contents.packet.bytes.bytes)
        fact.pointee.frame = found.frame
        fact.pointee.isKeyframeStart = found.isKeyframeStart
    }

    /// What a packet says besides its payload.
    private mutating func notePacket(_ contents: Contents, stream: UnsafeMutablePointer<StreamState>) {
        let producer = forward.producers + Int(stream.pointee.producer)
        let layer = Int(stream.pointee.layer)
        if producer.pointee.clocks[layer].needsPackets, !stream.pointee.isRtx {
            producer.pointee.clocks[layer].notePacket(
                rtpTimestamp: contents.packet.header.timestamp, arrivalNanoseconds: contents.now)
        }
    }

    private mutating func noteSound(slot: UInt32, producer: UInt32, now: UInt64) {
        let speaker = forward.noteSound(slot: slot, producer: producer, now: now)
        if speaker != .none {
            post(.speakerChanged(RoomIndex(forward.producers[Int(producer)].room), speaker))
        }
    }
}

/// Sequence numbers within the engine begin in cycle 1, so that there are numbers before the first.
let firstCycle: UInt64 = 0x1_0000

/// A decrypted packet in its slot.
struct PlainPacket {
    var header: RtpHeader
    var bytes: UnsafeRawBufferPointer
    /// SRTP index.
    var index: UInt64
}

/// A decrypted packet, taken apart.
struct Contents {
    var packet: PlainPacket
    var extensions: HeaderExtensions
    var payload: RtpPayload
    var now: UInt64
}
