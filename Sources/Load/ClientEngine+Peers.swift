import CLoad
import Contract
import Glibc
import Handshake
import Peer
import Secure

/// Peers come and go.
extension ClientEngine {
    mutating func open(_ plan: PeerPlan) {
        guard let place = freePlaces.last else {
            return link.tell(.lost(plan.id, reason: "the engine has no place left"))
        }
        let descriptor = socket(for: plan)
        guard descriptor >= 0 else { return link.tell(.lost(plan.id, reason: Self.socketRefusal(-descriptor))) }
        guard let side = try? PeerSide(plan: plan, context: context), cl_poll_add(poll, descriptor, UInt32(place)) == 0
        else {
            cl_close(descriptor)
            return link.tell(.lost(plan.id, reason: "OpenSSL gave no DTLS endpoint"))
        }
        freePlaces.removeLast()
        sides[place] = side
        placeOfId[plan.id] = place
        openPlaces.append(place)
        connecting += 1
        fill(peers + place, plan: plan, descriptor: descriptor, now: cl_now())
        if let publishing = plan.publishing { addPublisher(publishing, place: place) }
        if peers[place].feedback != nil { feedbackTurns.add(place, now: peers[place].openedNanoseconds) }
        check(place, now: peers[place].openedNanoseconds)
    }

    /// The plan's own socket or a new one, connected to the remote end; a negative errno.
    private func socket(for plan: PeerPlan) -> Int32 {
        var address = plan.address
        let bufferBytes = Int32(configuration.socketBufferBytes)
        return withUnsafeMutableBytes(of: &address) {
            let address = $0.assumingMemoryBound(to: UInt8.self).baseAddress!
            guard plan.descriptor >= 0 else { return cl_socket_new(address, plan.port, bufferBytes) }
            let error = cl_socket_aim(plan.descriptor, address, plan.port)
            if error != 0 { cl_close(plan.descriptor) }
            return error == 0 ? plan.descriptor : error
        }
    }

    private static func socketRefusal(_ error: Int32) -> String {
        "no socket to the media address: \(String(cString: strerror(error)))"
            + (error == EMFILE ? "; raise the limit of open files (ulimit -n)" : "")
    }

    private func fill(_ peer: UnsafeMutablePointer<PeerState>, plan: PeerPlan, descriptor: Int32, now: UInt64) {
        peer.pointee = PeerState()
        peer.pointee.phase = .checking
        peer.pointee.descriptor = descriptor
        peer.pointee.id = plan.id
        peer.pointee.isPublisher = plan.publishing != nil
        peer.pointee.isControlling = plan.isControlling
        peer.pointee.payloads = plan.payloads
        peer.pointee.keys = KeyPair()
        peer.pointee.streams = StreamTable(capacity: min(plan.incoming.count * 2 + 32, 4096))
        peer.pointee.openedNanoseconds = now
        peer.pointee.lastAnswerNanoseconds = now
        peer.pointee.ownSsrc = UInt32(truncatingIfNeeded: cl_random()) | 1
        peer.pointee.isLight = !plan.isMeasured && configuration.counter != nil
        peer.pointee.room = plan.room
        peer.pointee.except = plan.except
        for incoming in plan.incoming { addStream(incoming.ssrc, incoming.kind, to: peer) }
        if plan.publishing == nil, !peer.pointee.isLight, plan.media.id(of: .transportCC) != 0 {
            let ticks = UnsafeMutablePointer<UInt32>.allocate(capacity: 1024)
            ticks.initialize(repeating: 0, count: 1024)
            peer.pointee.feedbackTicks = ticks
            peer.pointee.feedback = TransportFeedbackRecorder(storage: ticks, capacity: 1024)
        }
    }

    @discardableResult
    func addStream(
        _ ssrc: UInt32, _ kind: StreamKind, to peer: UnsafeMutablePointer<PeerState>
    ) -> UnsafeMutablePointer<StreamState>? {
        var stream = StreamState(ssrc: ssrc, kind: kind)
        if configuration.asksForLost, kind != .rtx, !peer.pointee.isLight {
            let nack = UnsafeMutablePointer<NackTracker>.allocate(capacity: 1)
            nack.initialize(to: NackTracker())
            stream.nack = nack
        }
        return peer.pointee.streams?.add(stream)
    }

    /// Counts what the peer has got, says goodbye and gives everything back.
    mutating func close(_ place: Int) {
        let peer = peers + place
        guard peer.pointee.phase != .free else { return }
        if peer.pointee.phase.isConnecting { connecting -= 1 }
        absorb(place)
        if let endpoint = sides[place]?.endpoint {
            endpoint.close()
            sendDatagrams(of: endpoint, by: peer.pointee.descriptor)
        }
        cl_close(peer.pointee.descriptor)
        peer.pointee.keys?.deallocate()
        peer.pointee.streams?.deallocate()
        peer.pointee.feedbackTicks?.deallocate()
        feedbackTurns.remove(place)
        for number in peer.pointee.publishers { publishers[number].close() }
        placeOfId[peer.pointee.id] = nil
        sides[place] = nil
        peer.pointee = PeerState()
        openPlaces.removeAll { $0 == place }
        freePlaces.append(place)
    }

    private mutating func absorb(_ place: Int) {
        let peer = peers[place]
        let drops = UInt64(cl_dropped(peer.descriptor))
        if peer.countedPort != 0 {
            counted += countedSums(place, planned(), drops: drops)
        } else {
            packets.ownDrops += drops
        }
        var sums = Snapshot()
        for number in peer.publishers { publishers[number].count(in: &sums) }
        audio += sums.audio
        video += sums.video
        guard let streams = peer.streams else { return }
        for index in 0..<streams.count {
            let stream = streams.streams[index]
            let tally = stream.total(sent: isPlaying ? nil : sent(ofSource: stream.ledger.source))
            if stream.kind == .audio { audio += tally } else { video += tally }
        }
    }

    /// Nothing more is sent for the peer; its sums stay until it is closed.
    mutating func lose(_ place: Int, _ reason: String) {
        let peer = peers + place
        guard peer.pointee.phase != .lost else { return }
        if peer.pointee.phase.isConnecting { connecting -= 1 }
        peer.pointee.phase = .lost
        link.tell(.lost(peer.pointee.id, reason: reason))
    }
}
