import Contract
import NIOCore
import Protocol
import SessionDescription

/// Who speaks for a peer that answers the server's offers.
protocol MediaSession: AnyObject {
    var registry: Registry { get }
    var announcement: Announcement { get }
    var loop: any EventLoop { get }
    func send(offer sdp: String, version: UInt32)
    /// What the peer's consumers carry has changed.
    func sendTracks()
    /// A slot carries nothing now, or does again.
    func tellHeld(mid: String, _ reason: HeldReason)
    /// No offer can be made; the session ends.
    func mediaFailed()
}

/// A session's one peer connection: what was offered, what was answered, and which slot carries what.
final class SessionMedia {
    /// Slots of one kind: what a client's SDP answer has room for.
    static let slotsMax = 32
    private static let rids = ["q", "h", "f"]

    let peer: Peer
    unowned let session: any MediaSession
    let registry: Registry
    var origin = SessionOrigin.random()
    var version: UInt32 = 0
    var sections: [OfferedSection] = [
        .receive(mid: "0", kind: .audio, rids: []), .receive(mid: "1", kind: .video, rids: SessionMedia.rids),
        .receive(mid: "2", kind: .video, rids: []),
    ]
    /// Sent and not answered.
    var outstanding: (offer: ServerOffer, credentials: LocalCredentials)?
    var isOfferDue = true
    var isRestartDue = false
    var areTracksDue = true
    private var isFlushDue = false
    var fingerprint: Fingerprint?
    /// As answered last.
    var published: [MediaSource: NegotiatedSection] = [:]
    /// Sources that are to be on, with their muting: those that wait for the first answer are here and are no producers yet.
    var wanted: [MediaSource: Bool] = [:]
    /// Serials of producers that the client does not want.
    var unwanted: Set<UInt32> = []

    init(_ peer: Peer, session: any MediaSession, hasChannels: Bool) {
        self.peer = peer
        if hasChannels { sections.append(.data(mid: "3")) }
        self.session = session
        registry = session.registry
    }

    func begin() {
        registry.distribute(to: peer)
        flush()
    }

    // MARK: offers

    func slotsChanged() {
        areTracksDue = true
        applyWishes()
        scheduleFlush()
    }

    /// For a client that has come back by another socket and may have missed what was said meanwhile.
    ///
    /// `renewsIce`: perhaps from another address; an offer that it has not answered is as good as lost then.
    func repeatState(renewsIce: Bool) {
        if renewsIce {
            outstanding = nil
            isRestartDue = true
        } else if let outstanding {
            send(outstanding.offer)
        }
        areTracksDue = true
        flush()
        for consumer in peer.consumers where consumer.held != .none {
            session.tellHeld(mid: consumer.mid, consumer.held.heldReason)
        }
    }

    func restartIce() {
        isRestartDue = true
        scheduleFlush()
    }

    /// One message for everything that changes in one pass of the loop.
    private func scheduleFlush() {
        guard !isFlushDue else { return }
        isFlushDue = true
        session.loop.assumeIsolated().execute { [weak self] in self?.flush() }
    }

    private func flush() {
        isFlushDue = false
        guard peer.state != .closed else { return }
        if outstanding == nil, isOfferDue || isRestartDue { sendOffer() }
        if areTracksDue {
            areTracksDue = false
            session.sendTracks()
        }
    }

    private func sendOffer() {
        let credentials = isRestartDue && peer.state == .open ? peer.ice.renewed(peer.handle) : peer.ice
        isOfferDue = false
        isRestartDue = false
        let local = session.announcement.transport(credentials)
        guard let offer = try? ServerOffer(origin: origin, local: local, sections: sections) else {
            return session.mediaFailed()
        }
        version += 1
        origin.version += 1
        outstanding = (offer, credentials)
        send(offer)
    }

    private func send(_ offer: ServerOffer) { session.send(offer: offer.text, version: version) }

    /// Of the offer that is sent and not answered.
    var openVersion: UInt32? { outstanding == nil ? nil : version }

    // MARK: answers

    func take(answer text: String, version: UInt32) throws(RefusalError) {
        guard let outstanding, version == self.version else { return }
        let answer: NegotiatedAnswer
        do throws(SdpError) { answer = try outstanding.offer.readAnswer(text) } catch {
            throw RefusalError(code: .invalidMessage, message: error.description)
        }
        guard fingerprint == nil || fingerprint == answer.remote.fingerprint else {
            throw RefusalError(code: .invalidMessage, message: "the certificate changed within a session")
        }
        do throws(RegistryError) {
            try settle(answer, outstanding.credentials)
        } catch {
            offerAgain(after: .milliseconds(250))
            throw error.refusal
        }
        self.outstanding = nil
        applySlots(answer)
        for (source, isMuted) in wanted where producer(source) == nil {
            try publish(source, isOn: true, isMuted: isMuted)
        }
        scheduleFlush()
    }

    /// The answer came while the shard was busy: a new offer brings a new one.
    private func offerAgain(after delay: TimeAmount) {
        outstanding = nil
        session.loop.assumeIsolated().scheduleTask(in: delay) { [weak self] in
            self?.isOfferDue = true
            self?.flush()
        }
    }

    /// Tells the shard about the connection.
    private func settle(_ answer: NegotiatedAnswer, _ credentials: LocalCredentials) throws(RegistryError) {
        let ufrag = answer.remote.ice.ufrag
        if peer.state == .reserved {
            try registry.open(
                peer, remoteUfrag: ufrag, fingerprint: answer.remote.fingerprint.sha256, media: answer.media,
                sctpPort: answer.sctpPort)
        } else {
            try registry.setMedia(peer, answer.media)
            if credentials != peer.ice { try registry.restartIce(peer, credentials, remoteUfrag: ufrag) }
        }
        fingerprint = answer.remote.fingerprint
    }

    private func applySlots(_ answer: NegotiatedAnswer) {
        for (source, section) in zip([MediaSource.microphone, .camera, .screen], answer.sections) {
            published[source] = section
        }
        var isRefused = false
        for (place, section) in answer.sections.enumerated().dropFirst(3) {
            guard let consumer = peer.consumers.first(where: { $0.mid == section.mid }) else { continue }
            if section.isAccepted && section.direction.receives {
                registry.openConsumer(consumer)
            } else {
                // The client does not take this slot: what it carried needs another, as long as there may be more.
                sections[place] = .inactive(mid: section.mid, kind: consumer.kind)
                registry.closeConsumer(consumer)
                isRefused = true
            }
        }
        registry.fillSlots(of: peer)
        if isRefused {
            registry.distribute(to: peer)
            slotsChanged()
        }
    }

    // MARK: slots

    /// A new m-line for `producer`, next to what the same publisher has. Nil when there are as many as there may be.
    func addSlot(for producer: Producer) -> Consumer? {
        let most = registry.slotsMax.count(of: producer.kind, for: peer) ?? Self.slotsMax
        guard sections.dropFirst(3).count(where: { $0.kind == producer.kind }) < most else { return nil }
        let mid = String(sections.count)
        let group = freeGroup(for: producer)
        guard let consumer = try? registry.reserveConsumer(peer, kind: producer.kind, mid: mid, group: group) else {
            return nil
        }
        let stream = OutgoingStream(consumer, stream: "\(peer.id)-\(group)", withFec: registry.offersFec)
        sections.append(.send(mid: mid, kind: producer.kind, stream: stream))
        isOfferDue = true
        scheduleFlush()
        return consumer
    }

    /// A group in which the publisher has its other track and which has no slot of this kind, or a new one.
    private func freeGroup(for producer: Producer) -> Int {
        let groups = peer.consumers.filter { $0.producer?.peer === producer.peer }.compactMap(\.group)
        let free = groups.first { group in
            !peer.consumers.contains { $0.group == group && $0.kind == producer.kind }
        }
        return free ?? sections.count
    }

    func select(mid: String, spatial: UInt8, isPaused: Bool) throws(RefusalError) {
        guard let consumer = peer.consumers.first(where: { $0.mid == mid && $0.kind == .video }) else {
            throw RefusalError(code: .invalidMessage, message: "no video slot has this mid")
        }
        do throws(RegistryError) {
            try registry.selectLayer(consumer, spatial: spatial)
            try registry.pause(consumer, isPaused || isUnwanted(consumer))
        } catch {
            throw error.refusal
        }
    }

    func show(mid: String, _ view: View) throws(RefusalError) {
        guard let consumer = peer.consumers.first(where: { $0.mid == mid && $0.kind == .video }) else {
            throw RefusalError(code: .invalidMessage, message: "no video slot has this mid")
        }
        do throws(RegistryError) {
            try registry.setView(consumer, view)
        } catch {
            throw error.refusal
        }
    }

    /// Whether this client wants one producer at all.
    func subscribe(_ peerID: String, _ source: MediaSource, _ isWanted: Bool) throws(RegistryError) {
        try peer.shard.checkNotBusy()
        let producer = peer.room.producers.first { $0.peer.id == peerID && $0.source == source && $0.peer !== peer }
        guard let producer else { return }
        if isWanted { unwanted.remove(producer.serial) } else { unwanted.insert(producer.serial) }
        for consumer in peer.consumers where consumer.producer === producer {
            try registry.pause(consumer, !isWanted)
            tellWish(consumer, isWanted)
        }
    }

    private func isUnwanted(_ consumer: Consumer) -> Bool {
        consumer.producer.map { unwanted.contains($0.serial) } ?? false
    }

    /// A slot that got another track was told nothing of it yet.
    private func applyWishes() {
        guard !unwanted.isEmpty else { return }
        unwanted.formIntersection(peer.room.producers.map(\.serial))
        for consumer in peer.consumers where !consumer.isPaused && isUnwanted(consumer) {
            // A shard that is busy sends it nevertheless, until the next change.
            guard (try? registry.pause(consumer, true)) != nil else { continue }
            tellWish(consumer, false)
        }
    }

    private func tellWish(_ consumer: Consumer, _ isWanted: Bool) {
        session.tellHeld(mid: consumer.mid, isWanted ? consumer.held.heldReason : .notShown)
    }

    /// Whether this client sees one producer before all others.
    func pin(_ peerID: String, _ source: MediaSource, _ isPinned: Bool) throws(RefusalError) {
        let producer = peer.room.producers.first { $0.peer.id == peerID && $0.source == source && $0.peer !== peer }
        guard let producer else { return }
        do throws(RegistryError) { _ = try registry.pin(producer, for: peer, isPinned) } catch { throw error.refusal }
    }

    // MARK: sources

    private func producer(_ source: MediaSource) -> Producer? { peer.producers.first { $0.source == source } }

    func publish(_ source: MediaSource, isOn: Bool, isMuted: Bool) throws(RefusalError) {
        guard isOn else {
            wanted[source] = nil
            if let producer = producer(source) { registry.unpublish(producer) }
            return
        }
        guard producer(source) == nil else { return }
        wanted[source] = isMuted
        // Before the first answer: it is opened then.
        guard peer.state == .open, let section = published[source] else { return }
        guard section.isAccepted, let kind = section.kind, !section.layers.isEmpty else {
            wanted[source] = nil
            throw RefusalError(code: .invalidMessage, message: "the answer does not send in this source's section")
        }
        do throws(RegistryError) {
            _ = try registry.publish(
                peer, kind: kind, source: source, mid: section.midBytes, layers: section.layers, isMuted: isMuted)
        } catch {
            wanted[source] = nil
            throw error.refusal
        }
    }

    func mute(_ source: MediaSource, _ isMuted: Bool) throws(RegistryError) {
        if wanted[source] != nil { wanted[source] = isMuted }
        if let producer = producer(source) { try registry.mute(producer, isMuted) }
    }
}
