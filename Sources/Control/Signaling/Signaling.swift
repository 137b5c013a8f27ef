import Logging
import NIOCore
import NIOWebSocket
import Protocol

/// The meeting protocol over WebSocket (signaling.proto).
final class Signaling {
    static let heartbeatSeconds = 10
    /// Bytes that may wait for a slow reader before it is put out.
    static let backlogBytesMax = 2 * 1024 * 1024

    let registry: Registry
    let gate: Gate
    let stays: Stays
    let announcement: Announcement
    let log: Logger
    private var sessions: [ObjectIdentifier: Session] = [:]
    /// Who is in a room as whom: the newer of two takes the place.
    private var users: [User: Session] = [:]

    struct User: Hashable {
        var room: String
        var userId: String
    }

    init(registry: Registry, gate: Gate, stays: Stays, announcement: Announcement, log: Logger) {
        self.registry = registry
        self.gate = gate
        self.stays = stays
        self.announcement = announcement
        self.log = log
    }

    var connectionCount: Int { sessions.count }

    /// After the upgrade.
    func begin(_ channel: any Channel) throws {
        let session = Session(self, channel)
        sessions[ObjectIdentifier(session)] = session
        _ = channel.setOption(
            .writeBufferWaterMark, value: .init(low: Self.backlogBytesMax / 2, high: Self.backlogBytesMax))
        let aggregator = NIOWebSocketFrameAggregator(
            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 64,
            maxAccumulatedFrameSize: MessageBounds.messageBytesMax)
        try channel.pipeline.syncOperations.addHandlers([aggregator, SocketHandler(session)])
        session.begin()
    }

    func ended(_ session: Session) {
        sessions[ObjectIdentifier(session)] = nil
        if let user = session.user, users[user] === session { users[user] = nil }
    }

    /// The stay called `peerId`, when this user has it: its session is over, and the caller goes on with it.
    func takeOver(_ peerId: String, of user: User) -> SessionMedia? {
        peerId.isEmpty ? nil : users[user]?.handOver(peerId)
    }

    /// The session that had this user's place is put out.
    func register(_ session: Session, as user: User) {
        if let older = users[user], older !== session { older.end(.replaced) }
        users[user] = session
    }

    func closeAll(_ reason: ClosingReason) {
        for session in sessions.values { session.end(reason, retryMilliseconds: 2000) }
    }
}
