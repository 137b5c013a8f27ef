import Contract
import NIOCore
import Protocol

/// What a client in a room asks, once it has joined.
extension Session {
    func handle(_ request: ClientRequest, _ media: SessionMedia) throws(RegistryError) {
        switch request.body {
        case .answer(let version, let sdp):
            try report(request.id) { () throws(RefusalError) in try media.take(answer: sdp, version: version) }
        case .publish(let source, let isOn, let isMuted):
            guard mayPublish else { return refuseListener(request.id) }
            if isOn, let guest = identity?.guest, let message = signaling.bitrates?.refusal(of: guest) {
                return refuse(RefusalError(code: .rateLimited, message: message, requestID: request.id))
            }
            try report(request.id) { () throws(RefusalError) in try media.publish(source, isOn: isOn, isMuted: isMuted)
            }
        case .setMuted(let source, let isMuted): try media.mute(source, isMuted)
        case .selectLayer(let mid, let spatial, let isPaused):
            try report(request.id) { () throws(RefusalError) in
                try media.select(mid: mid, spatial: spatial, isPaused: isPaused)
            }
        case .setView(let mid, let view):
            try report(request.id) { () throws(RefusalError) in try media.show(mid: mid, view) }
        case .pin(let peerID, let source, let isOn):
            try report(request.id) { () throws(RefusalError) in try media.pin(peerID, source, isOn) }
        case .subscribe(let peerID, let source, let isOn): try media.subscribe(peerID, source, isOn)
        case .iceRestart: media.restartIce()
        case .stats: stats(media, request.id)
        case .offer, .ice:
            let message = "in this room the server offers, with all candidates"
            refuse(RefusalError(code: .notAllowed, message: message, requestID: request.id))
        case .join, .ping, .leave, .chat, .unknown: break
        }
    }

    private func report(_ id: UInt32, _ body: () throws(RefusalError) -> Void) throws(RegistryError) {
        do throws(RefusalError) { try body() } catch {
            refuse(RefusalError(code: error.code, message: error.message, requestID: id))
        }
    }

    private func refuseListener(_ id: UInt32) {
        refuse(RefusalError(code: .notAllowed, message: "a listener may not publish", requestID: id))
    }

    private func stats(_ media: SessionMedia, _ id: UInt32) {
        media.stats().assumeIsolated().whenComplete { result in
            switch result {
            case .success(let stats): self.send(.stats(stats), answering: id)
            case .failure: self.refuse(RegistryError.shardBusy, id)
            }
        }
    }

    /// In a room of two.
    func handle(_ request: ClientRequest, _ seat: PairSeat) {
        switch request.body {
        case .offer(let version, let sdp):
            var offer = Offer()
            offer.version = version
            offer.sdp = sdp
            seat.pass(.offer(offer))
        case .answer(let version, let sdp):
            var answer = Answer()
            answer.version = version
            answer.sdp = sdp
            seat.pass(.answer(answer))
        case .ice(let ice): seat.pass(.ice(ice))
        case .iceRestart: seat.pass(.iceRestart(IceRestart()))
        case .publish(let source, let isOn, let isMuted):
            guard mayPublish else { return refuseListener(request.id) }
            seat.publish(source, isOn: isOn, isMuted: isMuted)
        case .setMuted(let source, let isMuted): seat.mute(source, isMuted)
        case .stats:
            refuse(
                RefusalError(code: .notAllowed, message: "the server sees nothing of it", requestID: request.id))
        case .selectLayer, .setView, .pin, .subscribe, .join, .ping, .leave, .chat, .unknown: break
        }
    }

    // MARK: what its media says

    var registry: Registry { signaling.registry }
    var announcement: Announcement { signaling.announcement }
    var loop: any EventLoop { channel.eventLoop }

    func send(offer sdp: String, version: UInt32) {
        var message = Offer()
        message.version = version
        message.sdp = sdp
        send(.offer(message))
    }

    func sendTracks() {
        guard let media else { return }
        var message = Tracks()
        message.tracks = media.peer.consumers.compactMap { consumer in
            guard let producer = consumer.producer else { return nil }
            var track = Track()
            track.mid = consumer.mid
            track.peerID = producer.peer.id
            track.source = producer.source.trackSource
            track.muted = producer.isMuted
            return track
        }
        send(.tracks(message))
    }

    func tellHeld(mid: String, _ reason: HeldReason) {
        var held = Held()
        held.mid = mid
        held.reason = reason
        send(.held(held))
    }

    func mediaFailed() { end(.internal) }

    // MARK: who is there

    func sendJoined(_ peer: Peer, _ id: UInt32, isResumed: Bool = false) {
        var joined = joined(peer.id, isResumed: isResumed)
        joined.mode = .sfu
        joined.members = peer.room.peers.filter { $0 !== peer && $0.isMember }.map(Self.member)
        send(.joined(joined), answering: id)
    }

    func sendJoined(_ seat: PairSeat, _ id: UInt32, isResumed: Bool = false) {
        var joined = joined(seat.id, isResumed: isResumed)
        joined.mode = .p2P
        joined.members = seat.other.map { [$0.member] } ?? []
        send(.joined(joined), answering: id)
    }

    private func joined(_ peerID: String, isResumed: Bool) -> Joined {
        var joined = Joined()
        joined.peerID = peerID
        joined.room = identity?.roomId ?? ""
        joined.name = identity?.name ?? ""
        joined.userID = identity?.userId ?? ""
        joined.serverTimeMs = Self.nowMilliseconds()
        joined.heartbeatSeconds = UInt32(Signaling.heartbeatSeconds)
        joined.mayPublish = mayPublish
        joined.resumeToken = resumeToken
        joined.hosts = signaling.whereabouts.others
        joined.resumeSeconds = resumeToken.isEmpty ? 0 : UInt32(signaling.limits.resumeSeconds)
        joined.resumed = isResumed
        joined.traceParent = trace.header
        return joined
    }

    private static func member(_ peer: Peer) -> Member {
        var member = Member()
        member.peerID = peer.id
        member.name = peer.name
        member.userID = peer.userId
        return member
    }

    func tellJoined(_ member: Member) {
        var joined = PeerJoined()
        joined.member = member
        send(.peerJoined(joined))
    }

    func tellLeft(_ peerID: String) {
        var left = PeerLeft()
        left.peerID = peerID
        send(.peerLeft(left))
    }

    func tellMuted(_ peerID: String, _ source: MediaSource, _ isMuted: Bool) {
        var changed = TrackChanged()
        changed.peerID = peerID
        changed.source = source.trackSource
        changed.muted = isMuted
        send(.trackChanged(changed))
    }

    // MARK: what the registry says

    func peerLost(_ loss: PeerLoss) {
        end(loss == .fingerprintMismatch ? .internal : .timeout, retryMilliseconds: 500)
    }

    func peerRemoved() { end(.removed) }

    func slotsChanged() { media?.slotsChanged() }

    func slotWanted(for producer: Producer) -> Consumer? { media?.addSlot(for: producer) }

    func memberJoined(_ member: Peer) { tellJoined(Self.member(member)) }

    func memberLeft(_ member: Peer) { tellLeft(member.id) }

    func producerMuted(_ producer: Producer) { tellMuted(producer.peer.id, producer.source, producer.isMuted) }

    func consumerHeld(_ consumer: Consumer) { tellHeld(mid: consumer.mid, consumer.held.heldReason) }

    func speakerChanged(_ member: Peer?) {
        var speaker = ActiveSpeaker()
        speaker.peerID = member?.id ?? ""
        send(.activeSpeaker(speaker))
    }
}
