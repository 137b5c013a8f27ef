import Hummingbird
import Platform
import Store

/// Rooms, tokens for them, and who is in.
extension Handlers {
    private struct NewRoom: Decodable {
        var id, name, mode: String?
        var participantsMax, bitrateMax: Int64?
    }
    private struct NewToken: Decodable {
        var name: String
        var userId, role: String?
        var lifetimeSeconds: Int?
    }
    private struct Rooms: Encodable { var rooms: [RoomView] }
    private struct Ended: Encodable { var ended: [SessionView] }
    private struct History: Encodable {
        var messages: [MessageView]
        var before: Int64?
    }

    func addRooms(to router: Router<RestContext>) {
        add(.post, "/rooms", to: router) { call in
            let wish = try call.body(NewRoom.self)
            guard let mode = Room.Mode(rawValue: wish.mode ?? "sfu") else {
                throw PlatformError.invalid("mode is sfu or p2p")
            }
            let request = RoomRequest(
                id: wish.id, name: wish.name, mode: mode, participantsMax: wish.participantsMax,
                bitrateMax: wish.bitrateMax)
            let room = try await platform.createRoom(request, of: try call.tenant(), call.origin)
            return .json(RoomView(room), status: .created)
        }
        add(.get, "/rooms", to: router) { call in
            let rooms = try await platform.rooms(
                of: try call.tenant(), after: call.query("after") ?? "", limit: try call.number("limit", or: 100),
                call.origin)
            return .json(Rooms(rooms: rooms.map { RoomView($0) }))
        }
        add(.get, "/rooms/{roomId}", to: router) { call in
            let (room, live) = try await platform.room(
                try call.parameter("roomId"), of: try call.tenant(), call.origin)
            return .json(RoomView(room, live: live))
        }
        add(.delete, "/rooms/{roomId}", to: router) { call in
            ended(try await platform.closeRoom(try call.parameter("roomId"), of: try call.tenant(), call.origin))
            return .nothing
        }
        addPeople(to: router)
    }

    private func addPeople(to router: Router<RestContext>) {
        add(.post, "/rooms/{roomId}/token", to: router) { call in
            let wish = try call.body(NewToken.self)
            guard let role = Role(rawValue: wish.role ?? "participant") else {
                throw PlatformError.invalid("role is host, participant or viewer")
            }
            let request = TokenRequest(
                room: try call.parameter("roomId"), userId: wish.userId, name: wish.name, role: role,
                lifetimeSeconds: wish.lifetimeSeconds)
            let (token, member) = try await platform.issueToken(request, of: try call.tenant(), call.origin)
            let view = TokenView(
                token: token, jti: member.jti, userId: member.userId, roomId: member.room, role: role.rawValue,
                expiresAt: member.expiresSeconds)
            return .json(view, status: .created)
        }
        add(.delete, "/participants/{sessionId}", to: router) { call in
            ended([
                try await platform.kick(session: try call.parameter("sessionId"), of: try call.tenant(), call.origin)
            ])
            return .nothing
        }
        add(.post, "/tokens/{jti}/revoke", to: router) { call in
            let sessions = try await platform.revoke(
                jti: try call.parameter("jti"), of: try call.tenant(), call.origin)
            ended(sessions)
            return .json(Ended(ended: sessions.map { SessionView($0) }))
        }
        add(.get, "/rooms/{roomId}/messages", to: router) { call in
            let page = try await platform.history(
                ofRoom: try call.parameter("roomId"), app: try call.tenant(),
                before: try call.number("before", or: .max),
                limit: try call.number("limit", or: 50), call.origin)
            return .json(
                History(messages: page.messages.map { MessageView($0, page.reactions) }, before: page.before))
        }
    }
}
