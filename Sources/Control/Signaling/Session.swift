import Contract
import Foundation
import NIOCore
import Protocol
import Tenancy

/// One client of the meeting protocol, from its socket's upgrade to its end.
final class Session: PeerObserver, MediaSession {
    enum State {
        /// Nobody yet.
        case waiting
        /// The token is being checked.
        case joining
        case joined(SessionMedia)
        case ended
    }

    let signaling: Signaling
    let channel: any Channel
    private(set) var state = State.waiting
    private(set) var user: Signaling.User?
    private var mayPublish = false
    private var rate: RateLimit
    private var lastHeard: NIODeadline
    private var silenceCheck: Scheduled<Void>?

    private static let silence = TimeAmount.seconds(Int64(3 * Signaling.heartbeatSeconds))

    init(_ signaling: Signaling, _ channel: any Channel) {
        self.signaling = signaling
        self.channel = channel
        lastHeard = .now()
        rate = RateLimit(burst: 200, perSecond: 50, now: lastHeard)
    }

    var media: SessionMedia? {
        if case .joined(let media) = state { media } else { nil }
    }

    private var isEnded: Bool {
        if case .ended = state { true } else { false }
    }

    func begin() { checkSilence() }

    // MARK: what comes in

    func heard() { lastHeard = .now() }

    func receive(_ buffer: ByteBuffer) {
        guard !isEnded else { return }
        guard rate.take(now: .now()) else {
            return refuse(RefusalError(code: .rateLimited, message: "too many messages"))
        }
        do throws(RefusalError) {
            let request = try ClientRequest(reading: Array(buffer.readableBytesView))
            do throws(RegistryError) { try handle(request) } catch { refuse(error, request.id) }
        } catch {
            refuse(error)
        }
    }

    private func handle(_ request: ClientRequest) throws(RegistryError) {
        switch (state, request.body) {
        case (.ended, _), (_, .unknown): return
        case (_, .ping(let time)): pong(time, request.id)
        case (_, .leave): end(.left)
        case (.waiting, .join(let token, let wish)): join(token, wish, request.id)
        case (_, .join):
            refuse(RefusalError(code: .alreadyInRoom, message: "this socket has joined", requestID: request.id))
        case (.joined(let media), _): try handle(request, media)
        case (.waiting, _), (.joining, _):
            refuse(RefusalError(code: .notInRoom, message: "join first", requestID: request.id))
        }
    }

    private func handle(_ request: ClientRequest, _ media: SessionMedia) throws(RegistryError) {
        switch request.body {
        case .answer(let version, let sdp):
            try report(request.id) { () throws(RefusalError) in try media.take(answer: sdp, version: version) }
        case .publish(let source, let isOn, let isMuted):
            guard mayPublish else {
                return refuse(
                    RefusalError(code: .notAllowed, message: "a listener may not publish", requestID: request.id))
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
        case .iceRestart: media.restartIce()
        case .stats: stats(media, request.id)
        case .join, .ping, .leave, .unknown: break
        }
    }

    private func report(_ id: UInt32, _ body: () throws(RefusalError) -> Void) throws(RegistryError) {
        do throws(RefusalError) { try body() } catch {
            refuse(RefusalError(code: error.code, message: error.message, requestID: id))
        }
    }

    private func pong(_ time: UInt64, _ id: UInt32) {
        var pong = Pong()
        pong.clientTimeMs = time
        pong.serverTimeMs = Self.nowMilliseconds()
        send(.pong(pong), answering: id)
    }

    // MARK: joining

    private func join(_ token: String, _ wish: JoinWish, _ id: UInt32) {
        state = .joining
        signaling.gate.check(token).assumeIsolated().whenSuccess { result in
            guard case .joining = self.state else { return }
            do throws(RefusalError) {
                try self.enter(try Self.claims(result), wish, id)
            } catch {
                self.refuse(RefusalError(code: error.code, message: error.message, requestID: id))
                self.close()
            }
        }
    }

    private static func claims(_ result: Result<Claims, TokenError>) throws(RefusalError) -> Claims {
        switch result {
        case .success(let claims):
            guard claims.guest != nil || Names.isRoom(claims.roomId) else {
                throw RefusalError(code: .invalidToken, message: "the token's roomId is not a room's name")
            }
            return claims
        case .failure(let error):
            if case .refused(let refusal) = error { throw refusal.refusal }
            throw RefusalError(code: error == .expired ? .tokenExpired : .invalidToken, message: error.description)
        }
    }

    private func enter(_ claims: Claims, _ wish: JoinWish, _ id: UInt32) throws(RefusalError) {
        mayPublish = (claims.role ?? .participant).mayPublish
        // Also when the token names no user: the same token twice is the same user twice.
        if let userId = claims.userId ?? claims.jti, !userId.isEmpty {
            let user = Signaling.User(room: claims.roomKey, userId: userId)
            let media = signaling.takeOver(wish.resume, of: user)
            signaling.register(self, as: user)
            self.user = user
            if let media { return resume(media, id) }
        }
        let name = [claims.name, claims.userId].compactMap { $0 }.first { Names.isPeer($0) } ?? "guest"
        guard let guest = claims.guest else { return try begin(as: name, claims, wish, id) }
        enter(as: guest, name, claims, wish, id)
    }

    /// The platform knows of the stay before there is media.
    private func enter(as guest: Guest, _ name: String, _ claims: Claims, _ wish: JoinWish, _ id: UInt32) {
        signaling.stays.enter(guest) { result in
            guard case .joining = self.state else { return nil }
            do throws(RefusalError) {
                if case .failure(let refusal) = result { throw refusal.refusal }
                try self.begin(as: name, claims, wish, id)
            } catch {
                self.refuse(RefusalError(code: error.code, message: error.message, requestID: id))
                self.close()
            }
            return self.media?.peer
        }
    }

    /// A new stay.
    private func begin(as name: String, _ claims: Claims, _ wish: JoinWish, _ id: UInt32) throws(RefusalError) {
        let peer: Peer
        do throws(RegistryError) {
            peer = try signaling.registry.enter(room: claims.roomKey, as: name, interest: .everybody, isMember: true)
        } catch {
            if error == .draining { return end(.draining, retryMilliseconds: 2000) }
            throw error.refusal
        }
        signaling.log.info("joined", metadata: ["room": "\(claims.roomKey)", "peer": "\(name)", "id": "\(peer.id)"])
        wish.slots.apply(to: peer)
        let media = SessionMedia(peer, session: self, hasChannels: wish.wantsChannels)
        enter(with: media, id, isResumed: false)
        media.begin()
    }

    /// A stay that another socket had goes on.
    private func resume(_ media: SessionMedia, _ id: UInt32) {
        let peer = media.peer
        signaling.log.info(
            "resumed", metadata: ["room": "\(peer.room.name)", "peer": "\(peer.name)", "id": "\(peer.id)"])
        enter(with: media, id, isResumed: true)
        media.resume(by: self)
    }

    private func enter(with media: SessionMedia, _ id: UInt32, isResumed: Bool) {
        let peer = media.peer
        state = .joined(media)
        peer.observer = self
        sendJoined(peer, id, isResumed: isResumed)
        if let speaker = peer.room.speaker { speakerChanged(speaker) }
    }

    /// Gives the stay away that is called `peerId`, and ends without leaving the room. Nil when this one has no such stay.
    func handOver(_ peerId: String) -> SessionMedia? {
        guard let media, media.peer.id == peerId, media.peer.state != .closed else { return nil }
        state = .ended
        silenceCheck?.cancel()
        signaling.ended(self)
        SocketHandler.close(channel, .normalClosure)
        return media
    }

    private func sendJoined(_ peer: Peer, _ id: UInt32, isResumed: Bool) {
        var joined = Joined()
        joined.peerID = peer.id
        joined.room = peer.room.name
        joined.name = peer.name
        joined.serverTimeMs = Self.nowMilliseconds()
        joined.heartbeatSeconds = UInt32(Signaling.heartbeatSeconds)
        joined.members = peer.room.peers.filter { $0 !== peer && $0.isMember }.map(Self.member)
        joined.mayPublish = mayPublish
        joined.resumed = isResumed
        send(.joined(joined), answering: id)
    }

    private static func member(_ peer: Peer) -> Member {
        var member = Member()
        member.peerID = peer.id
        member.name = peer.name
        return member
    }

    private static func nowMilliseconds() -> UInt64 { UInt64(Date().timeIntervalSince1970 * 1000) }

    // MARK: what goes out

    func send(_ body: ServerMessage.OneOf_Body, answering id: UInt32 = 0) {
        guard !isEnded, channel.isActive else { return }
        // A client that does not read is put out before what waits for it takes the server's memory.
        guard channel.isWritable else { return drop() }
        var message = ServerMessage()
        message.requestID = id
        message.body = body
        guard let bytes: [UInt8] = try? message.serializedBytes() else { return }
        SocketHandler.send(bytes, on: channel)
    }

    private func refuse(_ error: RefusalError) {
        var refusal = Refusal()
        refusal.code = error.code
        refusal.message = error.message
        refusal.requestID = error.requestID
        send(.refusal(refusal), answering: error.requestID)
    }

    private func refuse(_ error: RegistryError, _ id: UInt32) {
        let refusal = error.refusal
        refuse(RefusalError(code: refusal.code, message: refusal.message, requestID: id))
    }

    private func stats(_ media: SessionMedia, _ id: UInt32) {
        media.stats().assumeIsolated().whenComplete { result in
            switch result {
            case .success(let stats): self.send(.stats(stats), answering: id)
            case .failure: self.refuse(RegistryError.shardBusy, id)
            }
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

    func mediaFailed() { end(.internal) }

    // MARK: what the registry says

    func peerLost(_ loss: PeerLoss) {
        end(loss == .fingerprintMismatch ? .internal : .timeout, retryMilliseconds: 500)
    }

    func peerRemoved() { end(.removed) }

    func slotsChanged() { media?.slotsChanged() }

    func slotWanted(for producer: Producer) -> Consumer? { media?.addSlot(for: producer) }

    func memberJoined(_ member: Peer) {
        var joined = PeerJoined()
        joined.member = Self.member(member)
        send(.peerJoined(joined))
    }

    func memberLeft(_ member: Peer) {
        var left = PeerLeft()
        left.peerID = member.id
        send(.peerLeft(left))
    }

    func producerMuted(_ producer: Producer) {
        var changed = TrackChanged()
        changed.peerID = producer.peer.id
        changed.source = producer.source.trackSource
        changed.muted = producer.isMuted
        send(.trackChanged(changed))
    }

    func consumerHeld(_ consumer: Consumer) {
        var held = Held()
        held.mid = consumer.mid
        held.reason = consumer.held.heldReason
        send(.held(held))
    }

    func speakerChanged(_ member: Peer?) {
        var speaker = ActiveSpeaker()
        speaker.peerID = member?.id ?? ""
        send(.activeSpeaker(speaker))
    }

    // MARK: the end

    /// Says why, leaves the room and closes the socket.
    func end(_ reason: ClosingReason, retryMilliseconds: UInt32 = 0) {
        guard !isEnded else { return }
        var closing = Closing()
        closing.reason = reason
        closing.retryAfterMs = retryMilliseconds
        send(.closing(closing))
        close()
    }

    func socketClosed() { forget() }

    private func close() {
        guard !isEnded else { return }
        forget()
        SocketHandler.close(channel, .normalClosure)
    }

    /// Without a word: nothing more would get through.
    private func drop() {
        forget()
        channel.close(promise: nil)
    }

    private func forget() {
        guard !isEnded else { return }
        let peer = media?.peer
        state = .ended
        silenceCheck?.cancel()
        signaling.ended(self)
        guard let peer else { return }
        signaling.log.info("left", metadata: ["room": "\(peer.room.name)", "peer": "\(peer.name)", "id": "\(peer.id)"])
        signaling.registry.leave(peer)
    }

    private func checkSilence() {
        let deadline = lastHeard + Self.silence
        guard deadline > .now() else { return end(.timeout, retryMilliseconds: 500) }
        silenceCheck = channel.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.checkSilence() }
    }
}

extension RegistryError {
    var refusal: RefusalError {
        switch self {
        case .roomFull: RefusalError(code: .roomFull, message: description)
        default: RefusalError(code: .internal, message: description)
        }
    }
}

extension GuestRefusal {
    var refusal: RefusalError {
        switch kind {
        case .invalidToken: RefusalError(code: .invalidToken, message: message)
        case .tokenExpired: RefusalError(code: .tokenExpired, message: message)
        case .roomFull: RefusalError(code: .roomFull, message: message)
        case .limited: RefusalError(code: .rateLimited, message: message)
        case .failed: RefusalError(code: .internal, message: message)
        }
    }
}
