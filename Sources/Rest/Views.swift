import Foundation
import Platform
import Store

// What answers look like. Times are milliseconds since 1970, UTC.

struct AppView: Encodable {
    var id, name, algorithm, createdBy, changedBy: String
    var keyGeneration, roomsOpen, participantsLive, createdAt, changedAt: Int64
    /// Only in the answer that made it.
    var secret: String?

    init(_ app: App, secret: String? = nil) {
        id = app.id
        name = app.name
        algorithm = app.algorithm.rawValue
        keyGeneration = app.keyGeneration
        roomsOpen = app.roomsOpen
        participantsLive = app.participantsLive
        self.secret = secret
        (createdBy, createdAt) = (app.provenance.created.by, app.provenance.created.at)
        (changedBy, changedAt) = (app.provenance.changed.by, app.provenance.changed.at)
    }
}

struct RoomView: Encodable {
    var id, name, mode, createdBy, changedBy: String
    var participantsMax, bitrateMax, participantsLive, createdAt, changedAt: Int64
    /// Only where one room was asked for.
    var participants: [SessionView]?

    init(_ room: Room, live: [Session]? = nil) {
        id = room.id
        name = room.name
        mode = room.mode.rawValue
        participantsMax = room.participantsMax
        bitrateMax = room.bitrateMax
        participantsLive = room.participantsLive
        participants = live?.map { SessionView($0) }
        (createdBy, createdAt) = (room.provenance.created.by, room.provenance.created.at)
        (changedBy, changedAt) = (room.provenance.changed.by, room.provenance.changed.at)
    }
}

struct SessionView: Encodable {
    var id, roomId, userId, name, role, jti: String
    var from: Int64

    init(_ session: Session) {
        id = session.id
        roomId = session.room
        userId = session.userId
        name = session.name
        role = session.role
        jti = session.jti
        from = session.fromAt
    }
}

struct TokenView: Encodable {
    var token, jti, userId, roomId, role: String
    /// Seconds since 1970.
    var expiresAt: Int64
}

struct EndpointView: Encodable {
    var id, url, createdBy: String
    var events: [String]
    var createdAt: Int64
    var secret: String?

    init(_ endpoint: Endpoint, secret: String? = nil) {
        id = endpoint.id
        url = endpoint.url
        events = endpoint.events
        self.secret = secret
        (createdBy, createdAt) = (endpoint.provenance.created.by, endpoint.provenance.created.at)
    }
}

struct DeliveryView: Encodable {
    var id, endpoint, event: String
    var tries, createdAt: Int64
    var nextAt, deliveredAt: Int64?
    var lastError, trace: String?

    init(_ delivery: Delivery) {
        id = delivery.id
        endpoint = delivery.endpoint
        event = delivery.event
        tries = delivery.tries
        nextAt = delivery.nextAt
        deliveredAt = delivery.deliveredAt
        lastError = delivery.lastError
        trace = delivery.trace.isEmpty ? nil : delivery.trace
        createdAt = delivery.provenance.created.at
    }
}

struct AuditView: Encodable {
    var id, action, subject, by, request: String
    var at: Int64
    var details: [String: String]

    init(_ entry: AuditEntry) {
        id = entry.id
        action = entry.action
        subject = entry.subject
        request = entry.request
        (by, at) = (entry.stamp.by, entry.stamp.at)
        details = (try? JSONDecoder().decode([String: String].self, from: Data(entry.details.utf8))) ?? [:]
    }
}

struct MessageView: Encodable {
    struct ReactionView: Encodable { var userId, emoji: String }

    var id, from, name, body: String
    var sequence, at: Int64
    var editedAt, deletedAt: Int64?
    var reactions: [ReactionView]

    init(_ message: Message, _ reactions: [Reaction]) {
        id = message.id
        from = message.sender
        name = message.senderName
        body = message.body
        sequence = message.sequence
        at = message.provenance.created.at
        editedAt = message.editedAt
        deletedAt = message.deletedAt
        self.reactions = reactions.filter { $0.message == message.sequence }.map {
            ReactionView(userId: $0.userId, emoji: $0.emoji)
        }
    }
}
