import Contract
import Memory

/// The handshake thread: answers a client's hello with a record and, a little later, keys for both.
extension Simulator {
    static let helloByte: UInt8 = 22

    func takeHandshakes(_ shard: SimulatedShard) {
        while let input = shard.mailboxes.handshakeInput.pop() {
            guard let peer = peers.last(where: { $0.handle == input.peer && !$0.isClosed }) else { continue }
            guard !peer.handshakeStarted else { continue }
            peer.handshakeStarted = true
            after(dice.within(1_000_000...60_000_000)) { [unowned self] in finishHandshake(peer, shard) }
        }
    }

    private func finishHandshake(_ peer: SimulatedPeer, _ shard: SimulatedShard) {
        guard !peer.isClosed else { return }
        guard shard.mailboxes.handshakeOutput.count + 2 <= shard.mailboxes.handshakeOutput.capacity else {
            return after(5_000_000) { [unowned self] in finishHandshake(peer, shard) }
        }
        let record = [Self.helloByte] + dice.bytes(200)
        push(shard) { place in
            place.pointee.kind = .datagram
            place.pointee.peer = peer.handle
            record.withUnsafeBytes { place.pointee.bytes.fill($0.baseAddress!, count: $0.count) }
        }
        let keys = dice.keys()
        push(shard) { place in
            place.pointee.kind = .keys
            place.pointee.peer = peer.handle
            place.pointee.keys = keys
        }
        peer.srtp = SrtpBox(server: keys, box: box)
    }

    /// The far end closes DTLS.
    public func closeDtls(_ peer: SimulatedPeer) {
        push(shards[Int(peer.handle.shard)]) { place in
            place.pointee.kind = .lost
            place.pointee.peer = peer.handle
            place.pointee.loss = .closedByPeer
        }
    }

    private func push(_ shard: SimulatedShard, _ write: (UnsafeMutablePointer<HandshakeOutput>) -> Void) {
        guard let place = shard.mailboxes.handshakeOutput.reserve() else { return }
        write(place)
        shard.mailboxes.handshakeOutput.commit()
        shard.isRung = true
    }
}
