import Cluster
import Contract
import Foundation
import NIOCore
import Protocol
import Tenancy
import Trace

/// One client of the meeting protocol, from its socket's upgrade to its end. It outlives its socket for a while: the client
/// may come back with another one.
final class Session: PeerObserver, MediaSession {
    enum State {
        /// Nobody yet.
        case waiting
        /// The token is being checked.
        case joining
        case joined(SessionMedia)
        /// In a room of two.
        case paired(PairSeat)
        case ended
    }

    let signaling: Signaling
    private(set) var channel: any Channel
    /// Nil while the client has none.
    private(set) var socket: SocketHandler?
    var state = State.waiting
    var identity: Identity?
    var user: Signaling.User?
    /// The upgrade's, or the one that its Join names.
    private(set) var trace: Trace
    private(set) var joinBegan: UInt64 = 0
    /// Brings the client back to this session; empty where sessions are not kept.
    var resumeToken = ""
    var chat: (line: ChatLine, seat: ChatSeat)?
    private var rate: RateLimit
    private var chatRate: RateLimit
    private var lastHeard: NIODeadline
    private var silenceCheck: Scheduled<Void>?
    private var farewell: Scheduled<Void>?
    private var expiry: Scheduled<Void>?

    private static let silence = TimeAmount.seconds(Int64(3 * Signaling.heartbeatSeconds))

    init(_ signaling: Signaling, _ channel: any Channel, _ trace: Trace) {
        self.signaling = signaling
        self.channel = channel
        self.trace = trace
        lastHeard = .now()
        rate = RateLimit(burst: 200, perSecond: 50, now: lastHeard)
        chatRate = RateLimit(burst: 50, perSecond: 10, now: lastHeard)
    }

    var media: SessionMedia? {
        if case .joined(let media) = state { media } else { nil }
    }

    private var isEnded: Bool {
        if case .ended = state { true } else { false }
    }

    var mayPublish: Bool { identity?.role.mayPublish ?? false }

    func begin(_ socket: SocketHandler) {
        self.socket = socket
        checkSilence()
    }

    // MARK: what comes in

    func heard() { lastHeard = .now() }

    func receive(_ buffer: ByteBuffer) {
        guard !isEnded else { return }
        guard rate.take(now: .now()) else {
            signaling.counters.count(.messages)
            return refuse(RefusalError(code: .rateLimited, message: "too many messages"))
        }
        do throws(RefusalError) {
            let request = try ClientRequest(reading: Array(buffer.readableBytesView))
            if let identity, !signaling.maySend(as: identity.appKey) {
                signaling.counters.count(.tenantMessages)
                throw RefusalError(
                    code: .rateLimited, message: "too many messages of this tenant", requestID: request.id)
            }
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
        case (.waiting, .join(let join)): self.join(join, request.id)
        case (_, .join):
            refuse(RefusalError(code: .alreadyInRoom, message: "this socket has joined", requestID: request.id))
        case (.joined, .chat(let command)), (.paired, .chat(let command)): take(command, request.id)
        case (.joined(let media), _): try handle(request, media)
        case (.paired(let seat), _): handle(request, seat)
        case (.waiting, _), (.joining, _):
            refuse(RefusalError(code: .notInRoom, message: "join first", requestID: request.id))
        }
    }

    private func take(_ command: ChatCommand, _ id: UInt32) {
        guard let chat else { return }
        let isTaken = (!command.isWrite || chatRate.take(now: .now())) && chat.line.take(command, from: chat.seat, id)
        guard !isTaken else { return }
        signaling.counters.count(.chat)
        refuse(ChatError.rateLimited.refusal(id))
    }

    private func pong(_ time: UInt64, _ id: UInt32) {
        var pong = Pong()
        pong.clientTimeMs = time
        pong.serverTimeMs = Self.nowMilliseconds()
        send(.pong(pong), answering: id)
    }

    static func nowMilliseconds() -> UInt64 { UInt64(Date().timeIntervalSince1970 * 1000) }

    // MARK: joining

    private func join(_ join: JoinRequest, _ id: UInt32) {
        guard signaling.mayJoin(from: channel.remoteAddress) else {
            signaling.counters.count(.joins)
            refuse(RefusalError(code: .rateLimited, message: "too many joins from this address", requestID: id))
            return close()
        }
        if let older = signaling.session(resuming: join.resumeToken), older !== self {
            return handOver(to: older, renewsIce: !join.resume.isEmpty, id)
        }
        state = .joining
        if !join.traceParent.isEmpty { trace = Trace(continuing: join.traceParent, request: trace.request) }
        joinBegan = Spans.now()
        Trace.$current.withValue(trace) { signaling.gate.check(join.token) }.assumeIsolated().whenSuccess { result in
            self.whileJoining(id) { () throws(RefusalError) in
                let identity = try Identity(try Self.claims(result), deviceId: join.deviceId)
                try identity.check(against: join)
                self.signaling.whereabouts.find(identity.roomKey) { self.go(to: $0, identity, join, id) }
            }
        }
    }

    /// What fails ends the session with a refusal of its Join.
    private func whileJoining(_ id: UInt32, _ body: () throws(RefusalError) -> Void) {
        guard case .joining = state else { return }
        do throws(RefusalError) { try body() } catch {
            refuse(RefusalError(code: error.code, message: error.message, requestID: id))
            close()
        }
    }

    private func go(to placement: Placement, _ identity: Identity, _ join: JoinRequest, _ id: UInt32) {
        switch placement {
        case .here: whileJoining(id) { () throws(RefusalError) in try enter(identity, join, id) }
        case .there(let url): end(.moved, url: url)
        case .nowhere: end(.unavailable, retryMilliseconds: 1000)
        }
    }

    private static func claims(_ result: Result<Claims, TokenError>) throws(RefusalError) -> Claims {
        switch result {
        case .success(let claims): return claims
        case .failure(let error):
            if case .refused(let refusal) = error { throw refusal.refusal }
            throw RefusalError(code: error == .expired ? .tokenExpired : .invalidToken, message: error.description)
        }
    }

    private func enter(_ identity: Identity, _ join: JoinRequest, _ id: UInt32) throws(RefusalError) {
        try checkMode(identity)
        let user = Signaling.User(room: identity.roomKey, userId: identity.userId, deviceId: identity.deviceId)
        if let older = signaling.session(of: user), older.hasStay(join.resume) {
            return handOver(to: older, renewsIce: true, id)
        }
        signaling.register(self, as: user)
        self.user = user
        self.identity = identity
        guard let guest = identity.guest else { return try takeSeat(identity, join, id) }
        enter(as: guest, identity, join, id)
    }

    /// The platform knows of the stay before there is media.
    private func enter(as guest: Guest, _ identity: Identity, _ join: JoinRequest, _ id: UInt32) {
        signaling.stays.enter(guest) { result in
            guard case .joining = self.state else { return nil }
            do throws(RefusalError) {
                if case .failure(let refusal) = result { throw refusal.refusal }
                try self.takeSeat(identity, join, id)
            } catch {
                self.refuse(RefusalError(code: error.code, message: error.message, requestID: id))
                self.close()
            }
            return self.stayHolder
        }
    }

    /// The member that this session is.
    private var peerID: String? {
        switch state {
        case .joined(let media): media.peer.id
        case .paired(let seat): seat.id
        case .waiting, .joining, .ended: nil
        }
    }

    private var stayHolder: (any StayHolder)? {
        switch state {
        case .joined(let media): media.peer
        case .paired(let seat): seat
        case .waiting, .joining, .ended: nil
        }
    }

    private func takeSeat(_ identity: Identity, _ join: JoinRequest, _ id: UInt32) throws(RefusalError) {
        // Again: somebody else may have come while the platform was asked.
        try checkMode(identity)
        if signaling.limits.resumeSeconds > 0 { resumeToken = randomText(32) }
        if identity.mode == .p2p { try pairUp(identity, id) } else { try enterRoom(identity, join, id) }
        guard !isEnded else { return }
        signaling.keep(self)
        if let peerID { signaling.whereabouts.entered(identity, peer: peerID) }
        awaitExpiry(identity)
        beginChat(identity)
    }

    /// A room has one mode as long as somebody is in it.
    private func checkMode(_ identity: Identity) throws(RefusalError) {
        let isOther =
            identity.mode == .p2p
            ? signaling.registry.rooms[identity.roomKey] != nil : signaling.pair(identity.roomKey) != nil
        if isOther { throw RefusalError(code: .notAllowed, message: "the room has another mode") }
    }

    private func enterRoom(_ identity: Identity, _ join: JoinRequest, _ id: UInt32) throws(RefusalError) {
        let peer: Peer
        do throws(RegistryError) {
            peer = try signaling.registry.enter(
                room: identity.roomKey, as: identity.name, userId: identity.userId, interest: .everybody, isMember: true
            )
        } catch {
            if error == .draining { return end(.draining, retryMilliseconds: 2000) }
            throw error.refusal
        }
        logJoined(identity, peer.id)
        join.slots.apply(to: peer)
        let media = SessionMedia(peer, session: self, hasChannels: join.wantsChannels)
        state = .joined(media)
        peer.observer = self
        sendJoined(peer, id)
        if let speaker = peer.room.speaker { speakerChanged(speaker) }
        media.begin()
    }

    private func pairUp(_ identity: Identity, _ id: UInt32) throws(RefusalError) {
        if signaling.registry.isDraining, signaling.pair(identity.roomKey) == nil {
            return end(.draining, retryMilliseconds: 2000)
        }
        let pair = signaling.openPair(identity.roomKey)
        guard !pair.isFull else { throw RefusalError(code: .roomFull, message: "a room of this mode holds two") }
        let seat = PairSeat(identity, in: pair, session: self)
        logJoined(identity, seat.id)
        state = .paired(seat)
        pair.add(seat)
        sendJoined(seat, id)
        seat.sendTracks()
    }

    /// A token is for coming in: who is in is told when it is good no longer, and, where that is set, put out.
    func awaitExpiry(_ identity: Identity) {
        let seconds = identity.expiresSeconds - Date().timeIntervalSince1970
        // What is good for longer than this is as good as for ever.
        guard seconds < 30 * 86_400 else { return }
        let delay = TimeAmount.milliseconds(Int64(max(0, seconds) * 1000) + 1)
        expiry = channel.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            self.refuse(RefusalError(code: .tokenExpired, message: TokenError.expired.description))
            if self.signaling.limits.endsAtExpiry { self.end(.removed) }
        }
    }

    private func beginChat(_ identity: Identity) {
        let author = ChatAuthor(
            room: identity.chatRoom, userId: identity.userId, name: identity.name, role: identity.role,
            deviceId: identity.deviceId, guest: identity.guest)
        let line = signaling.chatLine(of: identity.chatRoom, on: channel.eventLoop)
        let seat = ChatSeat(author, self)
        chat = (line, seat)
        line.add(seat)
        line.catchUp(seat)
    }

    // MARK: coming back

    /// This one was only the way to the older one, which goes on with its socket.
    /// `renewsIce`: the client has perhaps moved to another address.
    private func handOver(to older: Session, renewsIce: Bool, _ id: UInt32) {
        guard let socket else { return }
        state = .ended
        silenceCheck?.cancel()
        signaling.ended(self)
        self.socket = nil
        socket.session = older
        signaling.counters.resumed += 1
        older.goOn(on: channel, socket, renewsIce: renewsIce, id)
    }

    /// Whether this is the stay called so.
    private func hasStay(_ peerID: String) -> Bool {
        switch state {
        case .joined(let media): media.peer.id == peerID && media.peer.state != .closed
        case .paired(let seat): seat.id == peerID
        case .waiting, .joining, .ended: false
        }
    }

    private func goOn(on channel: any Channel, _ socket: SocketHandler, renewsIce: Bool, _ id: UInt32) {
        // The server may not have noticed yet that the old socket is dead.
        if let old = self.socket {
            old.retire()
            SocketHandler.close(self.channel, .normalClosure)
        }
        self.channel = channel
        self.socket = socket
        farewell?.cancel()
        farewell = nil
        heard()
        checkSilence()
        switch state {
        case .joined(let media):
            sendJoined(media.peer, id, isResumed: true)
            if let speaker = media.peer.room.speaker { speakerChanged(speaker) }
            media.repeatState(renewsIce: renewsIce)
        case .paired(let seat):
            sendJoined(seat, id, isResumed: true)
            seat.sendTracks()
        case .waiting, .joining, .ended: return
        }
        if let chat { chat.line.catchUp(chat.seat) }
    }

    func socketClosed(_ handler: SocketHandler) {
        guard socket === handler, !isEnded else { return }
        guard !resumeToken.isEmpty, !handler.isFarewell else { return forget() }
        loseSocket()
    }

    /// Its client has a while to come back.
    func loseSocket() {
        socket = nil
        silenceCheck?.cancel()
        farewell?.cancel()
        let patience = TimeAmount.seconds(Int64(signaling.limits.resumeSeconds))
        farewell = channel.eventLoop.assumeIsolated().scheduleTask(in: patience) { self.forget() }
        signaling.socketLost()
    }

    // MARK: what goes out

    func send(_ body: ServerMessage.OneOf_Body, answering id: UInt32 = 0) {
        guard hasSocket, let bytes = Self.encode(body, answering: id) else { return }
        send(bytes)
    }

    /// What many get is encoded once, and none of them has a copy of its own.
    func send(_ message: ByteBuffer) {
        guard hasSocket else { return }
        // A client that does not read is put out before what waits for it takes the server's memory.
        guard channel.isWritable else { return drop() }
        SocketHandler.send(message, on: channel)
    }

    var isConnected: Bool { socket != nil }

    private var hasSocket: Bool { !isEnded && socket != nil && channel.isActive }

    static func encode(_ body: ServerMessage.OneOf_Body, answering id: UInt32 = 0) -> ByteBuffer? {
        var message = ServerMessage()
        message.requestID = id
        message.body = body
        let bytes: [UInt8]? = try? message.serializedBytes()
        return bytes.map { ByteBuffer(bytes: $0) }
    }

    func refuse(_ error: RefusalError) {
        var refusal = Refusal()
        refusal.code = error.code
        refusal.message = error.message
        refusal.requestID = error.requestID
        send(.refusal(refusal), answering: error.requestID)
    }

    func refuse(_ error: RegistryError, _ id: UInt32) {
        let refusal = error.refusal
        refuse(RefusalError(code: refusal.code, message: refusal.message, requestID: id))
    }

    // MARK: the end

    /// Says why, leaves the room and closes the socket.
    func end(_ reason: ClosingReason, retryMilliseconds: UInt32 = 0, url: String = "") {
        guard !isEnded else { return }
        sendClosing(reason, retryMilliseconds, url)
        close()
    }

    private func sendClosing(_ reason: ClosingReason, _ retryMilliseconds: UInt32, _ url: String = "") {
        var closing = Closing()
        closing.reason = reason
        closing.retryAfterMs = retryMilliseconds
        closing.url = url
        send(.closing(closing))
    }

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
        if let identity, let peerID { signaling.whereabouts.left(identity, peer: peerID) }
        let last = state
        state = .ended
        silenceCheck?.cancel()
        farewell?.cancel()
        expiry?.cancel()
        signaling.ended(self)
        // Ends the circle of references between the two.
        socket = nil
        if let chat { signaling.leaveChat(chat.line, chat.seat) }
        chat = nil
        switch last {
        case .joined(let media):
            logLeft(media.peer.id)
            signaling.registry.leave(media.peer)
        case .paired(let seat):
            logLeft(seat.id)
            seat.leave(signaling.stays)
            signaling.closeIfEmpty(seat.pair)
        case .waiting, .joining, .ended: break
        }
    }

    /// A socket that says nothing is dead; its session may still be kept.
    private func checkSilence() {
        silenceCheck?.cancel()
        let deadline = lastHeard + Self.silence
        guard deadline > .now() else { return fellSilent() }
        silenceCheck = channel.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.checkSilence() }
    }

    private func fellSilent() {
        guard !resumeToken.isEmpty, let socket else { return end(.timeout, retryMilliseconds: 500) }
        sendClosing(.timeout, 500)
        guard !isEnded else { return }
        socket.retire()
        SocketHandler.close(channel, .normalClosure)
        loseSocket()
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
