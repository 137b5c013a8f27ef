import Contract
import Forward
import Memory
import Peer
import Secure

/// DTLS passes through: records go to the handshake thread, records and in the end keys come back.
extension Engine {
    mutating func takeDtls(_ datagram: Datagram, from index: UInt32) {
        guard datagram.count <= recordBytesMax else { return drop(.dtlsTooLong) }
        guard let place = mailboxes.handshakeInput.reserve() else { return drop(.dtlsMailboxFull) }
        peers[Int(index)].handshakeAddress = datagram.source
        place.pointee.peer = handle(of: index)
        place.pointee.bytes.fill(datagram.bytes, count: datagram.count)
        mailboxes.handshakeInput.commit()
        signals.handshake = true
        report.pointee.dtlsPassed &+= 1
    }

    /// Obeys the handshake thread: at most `limit` messages a turn.
    mutating func takeHandshakeOutputs(limit: Int, departures: inout Departures) {
        var left = limit
        while left > 0, let message = mailboxes.handshakeOutput.front() {
            let peer = message.pointee.peer
            // It waits: were the last flight left out and the keys behind it taken, media would come before the handshake's end.
            if message.pointee.kind == .datagram, departures.freeCount == 0 { return }
            note(message)
            if isCurrent(peer) {
                switch message.pointee.kind {
                case .datagram: sendRecord(message, to: peer.index, &departures)
                case .keys: install(message, peer: peer.index)
                case .lost: lose(peer.index, message.pointee.loss)
                }
            }
            mailboxes.handshakeOutput.advance()
            left -= 1
        }
    }

    private mutating func sendRecord(
        _ message: UnsafeMutablePointer<HandshakeOutput>, to index: UInt32, _ departures: inout Departures
    ) {
        let peer = peers + Int(index)
        let selected = Endpoint(peer.pointee.ice.selected)
        let destination = selected == .none ? peer.pointee.handshakeAddress : selected
        guard destination != .none, let cell = departures.takeCell() else { return }
        let count = message.pointee.bytes.count
        // SAFETY: the message stays in its mailbox until `advance`.
        let bytes = UnsafeRawPointer(message) + MemoryLayout<HandshakeOutput>.offset(of: \.bytes.storage)!
        departures.memory(of: cell).copyMemory(from: bytes, byteCount: count)
        push(cell, bytes: count, to: destination, &departures)
    }

    private mutating func install(_ message: UnsafeMutablePointer<HandshakeOutput>, peer index: UInt32) {
        let peer = peers + Int(index)
        guard let keys = message.pointee.keys else { return }
        // A second handshake on the same connection would use SRTP indices again under new keys; it is not offered.
        guard !peer.pointee.isSecured else { return }
        peer.pointee.openingKey.install(keys, by: &forward.cipher)
        forward.subscribers[Int(index)].key.install(keys, by: &forward.cipher)
        masterKeys[Int(index)] = keys
        message.pointee.keys = nil
        peer.pointee.profile = keys.profile
        peer.pointee.isSecured = true
        useSelectedAddress(index)
        post(.peerSecured(handle(of: index), keys.profile))
    }

    mutating func lose(_ index: UInt32, _ reason: PeerLoss) {
        guard !peers[Int(index)].isLost else { return }
        peers[Int(index)].isLost = true
        post(.peerLost(handle(of: index), reason))
    }

    func handle(of index: UInt32) -> PeerHandle {
        PeerHandle(shard: shard, index: index, generation: peers[Int(index)].generation)
    }

    func isCurrent(_ peer: PeerHandle) -> Bool {
        peer.shard == shard && peer.index < UInt32(limits.peersMax) && peers[Int(peer.index)].isOpen
            && peers[Int(peer.index)].generation == peer.generation
    }
}
