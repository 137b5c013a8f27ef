import Contract

/// Rooms on several shards.
extension Simulator {
    /// Opens a part of the room on another shard, for `join`; nil when no index is free.
    @discardableResult
    public func spread(_ room: Int, to shard: Int) -> Int? {
        guard let part = openRoom(shard: shard) else { return nil }
        control.rooms[part].whole = control.rooms[room].whole
        for peer in peers where !peer.isClosed && control.rooms[peer.room].whole == control.rooms[part].whole {
            for publication in peer.publications where publication.isOpen { mirror(publication) }
        }
        return part
    }

    /// Stops a shard's thread, or lets it go on.
    public func hang(shard: Int, _ isHanging: Bool) { shards[shard].isHanging = isHanging }

    /// Opens mirrors of a publication wherever its room is.
    func mirror(_ publication: Publication) {
        let whole = control.rooms[publication.peer.room].whole
        for part in control.rooms where part.isOpen && part.whole == whole {
            guard publication.index(on: part.shard) == nil, !control.freeProducers[part.shard].isEmpty else { continue }
            let mirror = ProducerIndex(control.freeProducers[part.shard].removeFirst())
            publication.mirrors[part.shard] = mirror
            publication.knownIndices[part.shard] = mirror
            let order = OpenMirror(
                mirror: mirror, room: part.index, kind: publication.kind,
                source: publication.kind == .audio ? .microphone : .camera, layerCount: UInt8(publication.layers.count),
                originShard: publication.peer.handle.shard, originProducer: publication.producer,
                originSerial: publication.serial, member: MemberNumber(publication.peer.handle))
            control.push(.openMirror(order), to: part.shard)
            if publication.isMuted { pause(publication, true, on: part.shard) }
        }
    }
}
