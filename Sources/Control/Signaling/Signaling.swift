import Logging
import NIOCore
import NIOWebSocket
import Protocol
import Tenancy
import Trace

/// The meeting protocol over WebSocket (signaling.proto).
final class Signaling {
    static let heartbeatSeconds = 10
    /// Bytes that may wait for a slow reader before it is put out.
    static let backlogBytesMax = 2 * 1024 * 1024

    let registry: Registry
    let gate: Gate
    let stays: Stays
    let whereabouts: Whereabouts
    let bitrates: BitrateWatch?
    let announcement: Announcement
    let log: Logger
    let limits: SignalingLimits
    let chat: any ChatService
    let counters = SignalingCounters()
    var spans = Spans(areWanted: false)
    var sessions: [ObjectIdentifier: Session] = [:]
    /// Who is in a room as whom: the newer of two takes the place.
    private var users: [User: Session] = [:]
    /// By the secret that brings a client back to its session.
    private var resumable: [String: Session] = [:]
    private var chatLines: [ChatRoom: ChatLine] = [:]
    private var pairs: [String: Pair] = [:]
    private var joinsByAddress: RateLimits<AddressKey>
    private var messagesByTenant: RateLimits<String>

    struct User: Hashable {
        var room: String
        var userId: String
        var deviceId: String
    }

    init(
        registry: Registry, gate: Gate, stays: Stays, whereabouts: Whereabouts, bitrates: BitrateWatch?,
        announcement: Announcement,
        limits: SignalingLimits = SignalingLimits(), chat: any ChatService = MemoryChat(), log: Logger
    ) {
        self.registry = registry
        self.gate = gate
        self.stays = stays
        self.whereabouts = whereabouts
        self.bitrates = bitrates
        self.announcement = announcement
        self.limits = limits
        self.chat = chat
        self.log = log
        joinsByAddress = RateLimits(
            burst: max(1, limits.addressJoinsPerSecond * 10), perSecond: limits.addressJoinsPerSecond)
        messagesByTenant = RateLimits(
            burst: max(1, limits.tenantMessagesPerSecond * 2), perSecond: limits.tenantMessagesPerSecond)
    }

    var connectionCount: Int { sessions.count }
    /// Sessions that wait for their clients to come back.
    var keptCount: Int { sessions.values.count { !$0.isConnected } }
    /// Peers of those sessions.
    var keptPeerCount: Int { sessions.values.count { !$0.isConnected && $0.media != nil } }
    /// Told when a session lost its socket and is kept.
    var socketLost: () -> Void = {}
    var pairCount: Int { pairs.count }
    var pairSeatCount: Int { pairs.values.reduce(0) { $0 + $1.seats.count } }
    var chatLineCount: Int { chatLines.count }
    var chatSeatCount: Int { chatLines.values.reduce(0) { $0 + $1.seats.count } }

    /// After the upgrade.
    func begin(_ channel: any Channel, _ trace: Trace) throws {
        let session = Session(self, channel, trace)
        sessions[ObjectIdentifier(session)] = session
        _ = channel.setOption(
            .writeBufferWaterMark, value: .init(low: Self.backlogBytesMax / 2, high: Self.backlogBytesMax))
        let aggregator = NIOWebSocketFrameAggregator(
            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 64,
            maxAccumulatedFrameSize: MessageBounds.messageBytesMax)
        let socket = SocketHandler(session)
        try channel.pipeline.syncOperations.addHandlers([aggregator, socket])
        // The first to see what comes, for a process that takes the connection over.
        try channel.pipeline.syncOperations.addHandler(FrameEdges(), position: .first)
        session.begin(socket)
    }

    func ended(_ session: Session) {
        sessions[ObjectIdentifier(session)] = nil
        if let user = session.user, users[user] === session { users[user] = nil }
        if resumable[session.resumeToken] === session { resumable[session.resumeToken] = nil }
    }

    // MARK: coming back

    func session(resuming token: String) -> Session? { token.isEmpty ? nil : resumable[token] }

    func keep(_ session: Session) {
        if !session.resumeToken.isEmpty { resumable[session.resumeToken] = session }
    }

    // MARK: limits

    func mayJoin(from address: SocketAddress?) -> Bool { joinsByAddress.take(AddressKey(address)) }

    func maySend(as tenant: String) -> Bool { messagesByTenant.take(tenant) }

    // MARK: chat

    func chatLine(of room: ChatRoom, on loop: any EventLoop) -> ChatLine {
        if let known = chatLines[room] { return known }
        let line = ChatLine(room, service: chat, counters: counters, loop: loop)
        line.tellElsewhere = { [unowned self] entry, line in
            for other in chatLines.values where other !== line && other.room.appId == line.room.appId {
                other.deliver(entry)
            }
        }
        if !whereabouts.isAlone { line.tellHosts = { [unowned self] in whereabouts.tell($0) } }
        chatLines[room] = line
        return line
    }

    func leaveChat(_ line: ChatLine, _ seat: ChatSeat) {
        line.remove(seat)
        if line.seats.isEmpty { chatLines[line.room] = nil }
    }

    // MARK: what other hosts tell

    func hear(_ chat: ClusterChat) {
        if chat.userIds.isEmpty {
            chatLines[ChatRoom(appId: chat.appID, roomId: chat.roomID)]?.hear(chat)
        } else {
            for line in chatLines.values where line.room.appId == chat.appID { line.hear(chat) }
        }
    }

    func hear(_ typing: ClusterTyping) {
        for line in chatLines.values where line.room.appId == typing.appID {
            if !typing.toUserID.isEmpty || line.room.roomId == typing.roomID { line.tell(typing) }
        }
    }

    func hear(_ mark: ClusterReadMark) {
        let place = ChatConversation(with: mark.withUserID.isEmpty ? nil : mark.withUserID)
        for line in chatLines.values where line.room.appId == mark.appID {
            guard place != .room || line.room.roomId == mark.roomID else { continue }
            line.tell(ChatReadMark(userId: mark.userID, number: mark.number), in: place)
        }
    }

    func catchUpChats() {
        for line in chatLines.values { line.askAllNews() }
    }

    // MARK: rooms of two

    var pairKeys: Set<String> { Set(pairs.keys) }
    var allPairs: [Pair] { Array(pairs.values) }

    func pair(_ key: String) -> Pair? { pairs[key] }

    func openPair(_ key: String) -> Pair {
        let pair = pairs[key] ?? Pair(key)
        pairs[key] = pair
        return pair
    }

    func closeIfEmpty(_ pair: Pair) {
        if pair.seats.isEmpty { pairs[pair.key] = nil }
    }

    // MARK: users

    func session(of user: User) -> Session? { users[user] }

    /// The session that had this user's place is put out.
    func register(_ session: Session, as user: User) {
        if let older = users[user], older !== session { older.end(.replaced) }
        users[user] = session
    }

    /// Puts out those who are meant, also those whose socket is lost. They are told, and do not come back by themselves.
    func putOut(_ isMeant: (Identity) -> Bool) {
        for session in sessions.values where session.identity.map(isMeant) ?? false { session.end(.removed) }
    }

    /// The room is another host's now; its people are to go there.
    func move(_ room: String, to url: String) {
        for session in sessions.values where session.identity?.roomKey == room {
            session.end(.moved, retryMilliseconds: 100, url: url)
        }
    }

    func closeAll(_ reason: ClosingReason) {
        // Other hosts take its people at once.
        let retryMilliseconds: UInt32 = whereabouts.isAlone ? 2000 : 200
        for session in sessions.values { session.end(reason, retryMilliseconds: retryMilliseconds) }
    }
}

/// How much signaling is taken, and how long it is kept.
public struct SignalingLimits: Sendable {
    /// How long a session whose socket was lost is kept; 0 for not at all.
    public var resumeSeconds = 30
    /// Joins of one address in the long run, ten times as many at once; 0 for no limit.
    public var addressJoinsPerSecond = 20.0
    /// Messages of all clients of one tenant in the long run, twice as many at once; 0 for no limit.
    public var tenantMessagesPerSecond = 20_000.0
    /// Whether a call ends for whom whose token expires; otherwise it is told, and may stay.
    public var endsAtExpiry = false

    public init() {}
}
