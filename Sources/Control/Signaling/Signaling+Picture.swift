import Contract
import Glibc
import NIOCore
import NIOPosix
import NIOWebSocket
import Tenancy
import Trace

/// Sessions as data, and their sockets as descriptors.
extension Signaling {
    /// Nobody is between a token and a room.
    var isAtRest: Bool {
        sessions.values.allSatisfy {
            if case .joining = $0.state { false } else { true }
        }
    }

    /// `passesSockets`: those of plain HTTP. Who has none in the new process has a while to come back.
    func pictures(passesSockets: Bool) -> (pictures: [SessionPicture], descriptors: [Int32]) {
        var descriptors: [Int32] = []
        var pictures: [SessionPicture] = []
        for session in sessions.values {
            guard var picture = session.picture else { continue }
            if passesSockets, let (descriptor, partial) = session.passableSocket {
                picture.socket = Int32(descriptors.count)
                picture.partial = partial
                descriptors.append(descriptor)
            }
            pictures.append(picture)
        }
        return (pictures, descriptors)
    }

    /// In a process that takes over, once it does. Sessions whose sockets cannot be used are kept for their clients.
    func restore(
        _ pictures: [SessionPicture], sockets: [Int32], peers: [String: Peer], loop: any EventLoop
    ) throws(UpgradeFailure) -> [AdoptedSession] {
        var adopted: [AdoptedSession] = []
        for picture in pictures {
            let peer = peers[picture.peer]
            guard peer != nil || !picture.seat.isEmpty else { throw UpgradeFailure("a session has no peer") }
            let place = Int(picture.socket)
            let isPassed = sockets.indices.contains(place)
            guard isPassed || !picture.resumeToken.isEmpty else { continue }
            adopted.append(
                AdoptedSession(picture: picture, peer: peer, socket: isPassed ? sockets[place] : nil))
        }
        return adopted
    }

    /// The socket is read from here on.
    func adopt(_ one: AdoptedSession, loop: any EventLoop) {
        let signaling = NIOLoopBound(self, eventLoop: loop)
        let bound = NIOLoopBound(one, eventLoop: loop)
        let (descriptor, isPassed) = one.descriptor
        guard descriptor >= 0 else { return abandon(one) }
        ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try signaling.value.resume(bound.value, on: channel, hasSocket: isPassed)
                }
            }
            .withConnectedSocket(descriptor)
            .assumeIsolated().whenComplete { result in
                guard case .success(let channel) = result else { return self.abandon(one) }
                guard isPassed else { return channel.close(promise: nil) }
                if !one.picture.partial.isEmpty {
                    channel.pipeline.fireChannelRead(ByteBuffer(bytes: one.picture.partial))
                }
            }
    }

    private func abandon(_ one: AdoptedSession) {
        if let peer = one.peer { registry.leave(peer) }
    }

    private func resume(_ one: AdoptedSession, on channel: any Channel, hasSocket: Bool) throws {
        let session = Session(self, channel, .begin())
        sessions[ObjectIdentifier(session)] = session
        try session.restore(one.picture, peer: one.peer)
        guard hasSocket else { return session.loseSocket() }
        _ = channel.setOption(
            .writeBufferWaterMark, value: .init(low: Self.backlogBytesMax / 2, high: Self.backlogBytesMax))
        let socket = SocketHandler(session)
        try channel.pipeline.syncOperations.addHandlers([
            FrameEdges(), WebSocketFrameEncoder(),
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: MessageBounds.messageBytesMax)),
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 64,
                maxAccumulatedFrameSize: MessageBounds.messageBytesMax), socket,
        ])
        session.begin(socket)
        session.media?.goOn()
    }
}

/// A session on its way into this process.
struct AdoptedSession {
    var picture: SessionPicture
    /// Nil in a room of two.
    var peer: Peer?
    var socket: Int32?

    /// Its socket, or for one that has none, an end of a pair whose other end is closed: every session has a channel.
    var descriptor: (Int32, isPassed: Bool) {
        if let socket { return (socket, true) }
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            return (-1, false)
        }
        close(pair[1])
        return (pair[0], false)
    }
}

extension Session {
    /// Nil for who is in no room.
    var picture: SessionPicture? {
        guard let identity else { return nil }
        var picture = SessionPicture()
        switch state {
        case .joined(let media): (picture.peer, picture.media) = (media.peer.id, media.picture)
        case .paired(let seat):
            picture.seat = seat.id
            picture.stay = [MidPicture](words: seat.stay?.words ?? [])
            picture.sources = seat.sources.map { $0.key.rawValue << 1 | ($0.value ? 1 : 0) }
        case .waiting, .joining, .ended: return nil
        }
        picture.guest = [MidPicture](words: identity.guest?.words ?? [])
        picture.resumeToken = resumeToken
        (picture.appId, picture.roomId, picture.userId) = (identity.appId, identity.roomId, identity.userId)
        (picture.jti, picture.name, picture.role) = (identity.jti, identity.name, identity.role.rawValue)
        (picture.deviceId, picture.expiresSeconds) = (identity.deviceId, identity.expiresSeconds)
        (picture.roomKey, picture.appKey) = (identity.roomKey, identity.appKey)
        return picture
    }

    /// Its socket and what has come of the next message; nil when there is none, or something waits to be written.
    var passableSocket: (Int32, [UInt8])? {
        guard socket != nil, channel.isActive else { return nil }
        let waiting = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 1
        guard waiting == 0, let edges = try? channel.pipeline.syncOperations.handler(type: FrameEdges.self) else {
            return nil
        }
        let descriptor = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { $0 }
        guard let descriptor else { return nil }
        return (descriptor, edges.partial)
    }

    func restore(_ picture: SessionPicture, peer: Peer?) throws(UpgradeFailure) {
        guard let identity = Identity(picture) else { throw UpgradeFailure("a session is not whole") }
        let user = Signaling.User(room: identity.roomKey, userId: identity.userId, deviceId: identity.deviceId)
        signaling.register(self, as: user)
        (self.identity, self.user, resumeToken) = (identity, user, picture.resumeToken)
        if let peer { try takePlace(of: peer, picture) } else { try takeSeat(identity, picture) }
        signaling.keep(self)
        awaitExpiry(identity)
        takeChatSeat(identity)
    }

    private func takePlace(of peer: Peer, _ picture: SessionPicture) throws(UpgradeFailure) {
        let media = SessionMedia(peer, session: self, hasChannels: false)
        try media.restore(picture.media)
        state = .joined(media)
        peer.observer = self
    }

    private func takeSeat(_ identity: Identity, _ picture: SessionPicture) throws(UpgradeFailure) {
        let pair = signaling.openPair(identity.roomKey)
        guard !pair.isFull else { throw UpgradeFailure("a room of two has three") }
        let seat = PairSeat(identity, in: pair, session: self, id: picture.seat)
        for word in picture.sources {
            if let source = MediaSource(rawValue: word >> 1) { seat.sources[source] = word & 1 == 1 }
        }
        pair.restore(seat)
        state = .paired(seat)
        try signaling.stays.restore(picture.stay.words, for: seat)
    }

    /// What was said before it has heard in the other process.
    private func takeChatSeat(_ identity: Identity) {
        let author = ChatAuthor(
            room: identity.chatRoom, userId: identity.userId, name: identity.name, role: identity.role,
            deviceId: identity.deviceId, guest: identity.guest)
        let line = signaling.chatLine(of: identity.chatRoom, on: channel.eventLoop)
        let seat = ChatSeat(author, self)
        chat = (line, seat)
        line.add(seat)
        seat.isLive = true
    }
}

extension Identity {
    fileprivate init?(_ picture: SessionPicture) {
        guard let role = Role(rawValue: picture.role) else { return nil }
        guest = Guest(words: picture.guest.words)
        guard picture.guest.isEmpty || guest != nil else { return nil }
        (appId, roomId, userId, jti) = (picture.appId, picture.roomId, picture.userId, picture.jti)
        (name, self.role, deviceId) = (picture.name, role, picture.deviceId)
        mode = picture.seat.isEmpty ? .sfu : .p2p
        (expiresSeconds, roomKey, appKey) = (picture.expiresSeconds, picture.roomKey, picture.appKey)
    }
}
