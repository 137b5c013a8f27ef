import Contract
import Forward
import Memory
import Peer
import Secure
import Wire

/// Which producer's layer an SSRC is.
extension Engine {
    /// Why a packet's stream was not found or made.
    struct StreamRefusal: Error {
        var reason: DropReason
    }

    /// The peer's stream with this SSRC, `endOfChain` when it is not known yet.
    mutating func stream(of peer: UInt32, ssrc: UInt32) -> UInt32 {
        let state = peers + Int(peer)
        var place = 0
        while place < state.pointee.streamCount {
            if state.pointee.ssrcs[place] == ssrc { return state.pointee.streams[place] }
            place += 1
        }
        return endOfChain
    }

    /// Finds out whose packet this is, by what SDP declared, then by MID and RID (RFC 9143 §9.2, RFC 8852 §3), and
    /// remembers the SSRC.
    mutating func identify(
        _ packet: PlainPacket, _ extensions: HeaderExtensions, peer: UInt32
    ) -> Result<UInt32, StreamRefusal> {
        let isRtxType = peers[Int(peer)].media.repairedPayloadType[Int(packet.header.payloadType)] != 255
        guard
            let place = declared(packet.header.ssrc, peer: peer)
                ?? named(extensions, packet, isRtxType: isRtxType, peer: peer)
                ?? alone(packet, isRtxType: isRtxType, peer: peer)
        else { return .failure(StreamRefusal(reason: .unknownStream)) }
        return open(place, packet, peer: peer)
    }

    /// What the packet carries, or repairs.
    private mutating func codec(of packet: PlainPacket, peer: UInt32) -> Codec {
        let media = peers + Int(peer)
        let type = Int(packet.header.payloadType)
        let repaired = Int(media.pointee.media.repairedPayloadType[type])
        return media.pointee.media.codecOfPayloadType[repaired < 128 ? repaired : type]
    }

    /// A producer's layer, or its retransmissions.
    struct StreamPlace {
        var producer: UInt32
        var layer: UInt8
        var isRtx: Bool
    }

    private mutating func declared(_ ssrc: UInt32, peer: UInt32) -> StreamPlace? {
        let state = peers + Int(peer)
        for place in 0..<state.pointee.producerCount {
            let producer = state.pointee.producers[place]
            for layer in 0..<Int(forward.producers[Int(producer)].layerCount) {
                let description = intakes[Int(producer)].layers[layer]
                if description.ssrc == ssrc, ssrc != 0 {
                    return StreamPlace(producer: producer, layer: UInt8(layer), isRtx: false)
                }
                if description.rtxSsrc == ssrc, ssrc != 0 {
                    return StreamPlace(producer: producer, layer: UInt8(layer), isRtx: true)
                }
            }
        }
        return nil
    }

    private mutating func named(
        _ extensions: HeaderExtensions, _ packet: PlainPacket, isRtxType: Bool, peer: UInt32
    ) -> StreamPlace? {
        let state = peers + Int(peer)
        guard extensions.has(.mid) else { return nil }
        for place in 0..<state.pointee.producerCount {
            let producer = state.pointee.producers[place]
            guard extensions.matches(.mid, intakes[Int(producer)].mid, in: packet.bytes.bytes) else { continue }
            guard extensions.has(.rid) || extensions.has(.repairedRid) else {
                // Simulcast was negotiated or not: without a RID there is one encoding.
                return StreamPlace(producer: producer, layer: 0, isRtx: isRtxType)
            }
            let kind: HeaderExtension = extensions.has(.repairedRid) ? .repairedRid : .rid
            return layer(of: producer, kind, extensions, packet, isRtx: kind == .repairedRid || isRtxType)
        }
        return nil
    }

    private mutating func layer(
        of producer: UInt32, _ kind: HeaderExtension, _ extensions: HeaderExtensions, _ packet: PlainPacket, isRtx: Bool
    ) -> StreamPlace? {
        for layer in 0..<Int(forward.producers[Int(producer)].layerCount)
        where extensions.matches(kind, intakes[Int(producer)].layers[layer].rid, in: packet.bytes.bytes) {
            return StreamPlace(producer: producer, layer: UInt8(layer), isRtx: isRtx)
        }
        return nil
    }

    /// Without any name: the one producer of that kind, if there is only one. Guessed only of clients that name no packets
    /// at all: a nameless packet of one that does may be a straggler of a source that it stopped, and would get into another's
    /// stream.
    private mutating func alone(_ packet: PlainPacket, isRtxType: Bool, peer: UInt32) -> StreamPlace? {
        let state = peers + Int(peer)
        guard state.pointee.media.idOfExtension[Int(HeaderExtension.mid.rawValue)] == 0 else { return nil }
        let type = Int(packet.header.payloadType)
        let repaired = Int(state.pointee.media.repairedPayloadType[type])
        let codec = state.pointee.media.codecOfPayloadType[isRtxType ? repaired : type]
        guard codec != .none else { return nil }
        var found: UInt32?
        for place in 0..<state.pointee.producerCount {
            let producer = state.pointee.producers[place]
            let isAudio = forward.producers[Int(producer)].kind == .audio
            guard isAudio == codec.isAudio, forward.producers[Int(producer)].layerCount == 1 else { continue }
            if found != nil { return nil }
            found = producer
        }
        return found.map { StreamPlace(producer: $0, layer: 0, isRtx: isRtxType) }
    }

    private mutating func open(
        _ place: StreamPlace, _ packet: PlainPacket, peer: UInt32
    ) -> Result<UInt32, StreamRefusal> {
        let state = peers + Int(peer)
        if state.pointee.streamCount == PeerState.streamsMax { closeDetachedStream(of: peer) }
        guard state.pointee.streamCount < PeerState.streamsMax, freeStream < UInt32(Self.streamsMax(limits)) else {
            return .failure(StreamRefusal(reason: .streamTableFull))
        }
        let index = freeStream
        flightNotes.streams = max(flightNotes.streams, index + 1)
        freeStream = streams[Int(index)].nextFree
        streams[Int(index)] = StreamState()
        streams[Int(index)].isOpen = true
        streams[Int(index)].isRtx = place.isRtx
        streams[Int(index)].layer = place.layer
        streams[Int(index)].ssrc = packet.header.ssrc
        streams[Int(index)].peer = peer
        streams[Int(index)].mid = intakes[Int(place.producer)].mid
        state.pointee.ssrcs[state.pointee.streamCount] = packet.header.ssrc
        state.pointee.streams[state.pointee.streamCount] = index
        state.pointee.streamCount += 1
        attach(index, to: place.producer, codec: codec(of: packet, peer: peer))
        return .success(index)
    }

    /// Ties a stream to a producer's layer. One that was there before is replaced: the source began anew under another
    /// SSRC.
    private mutating func attach(_ index: UInt32, to producer: UInt32, codec: Codec) {
        let stream = streams + Int(index)
        let intake = intakes + Int(producer)
        let layer = Int(stream.pointee.layer)
        let present = stream.pointee.isRtx ? intake.pointee.rtx[layer] : intake.pointee.media[layer]
        if present != endOfChain {
            detach(present)
            if !stream.pointee.isRtx { retireRtx(of: producer, layer: layer) }
        }
        stream.pointee.producer = producer
        if stream.pointee.isRtx {
            intake.pointee.rtx[layer] = index
        } else {
            intake.pointee.media[layer] = index
            frameReaders[Int(producer) * Limits.layersMax + layer].reset()
            post(.producerStarted(ProducerIndex(producer), layer: stream.pointee.layer, codec))
        }
    }

    /// The retransmissions under way are of the source that was replaced: their numbers mean other packets now.
    private mutating func retireRtx(of producer: UInt32, layer: Int) {
        let rtx = intakes[Int(producer)].rtx[layer]
        guard rtx != endOfChain else { return }
        detach(rtx)
        streams[Int(rtx)].replacedNanoseconds = forward.producers[Int(producer)].lastArrivals[layer]
    }

    /// Ties a stream whose producer was closed to the one that publishes the same source now. False when there is none, or
    /// when another SSRC has its place and was heard of lately: this packet is then a straggler.
    mutating func reattach(_ index: UInt32, for packet: PlainPacket, now: UInt64) -> Bool {
        let stream = streams + Int(index)
        let replaced = stream.pointee.replacedNanoseconds
        guard replaced == 0 || now > replaced + Self.historyNanoseconds else { return false }
        let peer = peers + Int(stream.pointee.peer)
        for place in 0..<peer.pointee.producerCount {
            let producer = peer.pointee.producers[place]
            guard intakes[Int(producer)].mid == stream.pointee.mid,
                stream.pointee.layer < forward.producers[Int(producer)].layerCount
            else { continue }
            guard !isOccupied(producer, by: stream, now: now) else { return false }
            attach(index, to: producer, codec: codec(of: packet, peer: stream.pointee.peer))
            return true
        }
        return false
    }

    /// How long an SSRC must have been silent before one that it replaced may take its place again.
    private static let takeoverNanoseconds: UInt64 = 500_000_000

    private mutating func isOccupied(_ producer: UInt32, by stream: UnsafeMutablePointer<StreamState>, now: UInt64)
        -> Bool
    {
        let layer = Int(stream.pointee.layer)
        let intake = intakes + Int(producer)
        guard (stream.pointee.isRtx ? intake.pointee.rtx[layer] : intake.pointee.media[layer]) != endOfChain else {
            return false
        }
        return now < forward.producers[Int(producer)].lastArrivals[layer] + Self.takeoverNanoseconds
    }

    /// Unties a stream from its producer. A media stream's history goes: the numbers of what follows are others. Its
    /// SRTP state stays.
    mutating func detach(_ index: UInt32) {
        let stream = streams + Int(index)
        guard stream.pointee.producer != endOfChain else { return }
        let intake = intakes + Int(stream.pointee.producer)
        let layer = Int(stream.pointee.layer)
        if stream.pointee.isRtx {
            intake.pointee.rtx[layer] = endOfChain
        } else {
            intake.pointee.media[layer] = endOfChain
            forward.beginLayerAnew(producer: stream.pointee.producer, layer: stream.pointee.layer)
        }
        stream.pointee.producer = endOfChain
        stream.pointee.statistics = ReceptionStatistics()
        stream.pointee.nacks = NackTracker()
    }

    /// Makes room in a peer's table at the cost of a stream that no producer has.
    private mutating func closeDetachedStream(of peer: UInt32) {
        let state = peers + Int(peer)
        for place in 0..<state.pointee.streamCount {
            let index = state.pointee.streams[place]
            if streams[Int(index)].producer == endOfChain { return closeStream(index) }
        }
    }

    /// Forgets an SSRC.
    mutating func closeStream(_ index: UInt32) {
        detach(index)
        let stream = streams + Int(index)
        let peer = peers + Int(stream.pointee.peer)
        for place in 0..<peer.pointee.streamCount where peer.pointee.streams[place] == index {
            peer.pointee.streamCount -= 1
            peer.pointee.streams[place] = peer.pointee.streams[peer.pointee.streamCount]
            peer.pointee.ssrcs[place] = peer.pointee.ssrcs[peer.pointee.streamCount]
            break
        }
        stream.pointee.isOpen = false
        stream.pointee.nextFree = freeStream
        freeStream = index
    }
}
