import Hummingbird
import Platform
import Store

/// The operator's view of all hosts: what is open, who is in, and what may be done about it.
extension Handlers {
    private struct Hosts: Encodable { var hosts: [DeskHost] }
    private struct Rooms: Encodable {
        var rooms: [DeskRoom]
        var complete: Bool
    }
    private struct RoomWithNumbers: Encodable {
        var room: DeskRoom
        var numbers: DeskNumbers?
    }
    private struct Drain: Decodable { var host: String }
    private struct Audit: Encodable { var entries: [AuditView] }

    private static let roomsMax = 1000

    func addAdmin(to router: Router<RestContext>) {
        add(.get, "/admin/hosts", to: router) { call in .json(Hosts(hosts: await try desk(call).hosts())) }
        add(.post, "/admin/drain", to: router) { call in
            let desk = try desk(call)
            let host = try call.body(Drain.self).host
            guard await desk.hosts().contains(where: { $0.name == host }) else {
                throw PlatformError.nothing("no such host")
            }
            try await platform.note("host.drain", host, [:], of: "", call.origin)
            guard await desk.drain(host) else {
                throw PlatformError(code: .internalError, message: "the host cannot be told now")
            }
            return Response(status: .accepted)
        }
        add(.get, "/admin/audit", to: router) { call in
            _ = try desk(call)
            let entries = try await platform.latestAudit(
                of: call.query("app"), limit: try call.number("limit", or: 50), call.origin)
            return .json(Audit(entries: entries.map { AuditView($0) }))
        }
        addAdminRooms(to: router)
    }

    private func addAdminRooms(to router: Router<RestContext>) {
        add(.get, "/admin/rooms", to: router) { call in
            let desk = try desk(call)
            let limit = try call.number("limit", or: 200)
            guard (1...Self.roomsMax).contains(limit) else {
                throw PlatformError.invalid("limit is 1...\(Self.roomsMax)")
            }
            let (after, app) = (call.query("after") ?? "", call.query("app"))
            let found = await desk.rooms()
            let rooms = found.rooms.filter { $0.key > after && (app == nil || $0.appId == app) }
            return .json(Rooms(rooms: Array(rooms.prefix(limit)), complete: found.isComplete))
        }
        add(.get, "/admin/rooms/{roomKey}", to: router) { call in
            let room = try await room(call)
            return .json(RoomWithNumbers(room: room, numbers: await try desk(call).numbers(of: room.key)))
        }
        add(.delete, "/admin/rooms/{roomKey}", to: router) { call in
            let room = try await room(call)
            try await close(room, call)
            await try desk(call).clear(room)
            return .nothing
        }
        add(.delete, "/admin/rooms/{roomKey}/people/{personId}", to: router) { call in
            let room = try await room(call)
            let id = try call.parameter("personId")
            guard let person = room.people?.first(where: { $0.id == id }) else {
                throw PlatformError.nothing("nobody in the room is called so")
            }
            // Before it is done: nobody is put out of whom there is no word.
            try await platform.note(
                "participant.kick", person.id, ["roomId": room.roomId, "userId": person.userId, "name": person.name],
                of: room.appId ?? "", call.origin)
            await try desk(call).kick(person, from: room)
            return .nothing
        }
    }

    /// Operators' requests alone pass.
    private func desk(_ call: Call) throws(PlatformError) -> any Desk {
        try platform.checkOperator(call.origin)
        guard let desk else { throw .nothing("no host answers here") }
        return desk
    }

    private func room(_ call: Call) async throws(PlatformError) -> DeskRoom {
        let desk = try desk(call)
        guard let room = await desk.room(try call.parameter("roomKey")) else { throw .nothing("no such room is open") }
        return room
    }

    /// A tenant's room is closed for good; one that the platform does not know may be opened again by whoever has a token.
    private func close(_ room: DeskRoom, _ call: Call) async throws(PlatformError) {
        if let app = room.appId {
            do throws(PlatformError) {
                return ended(try await platform.closeRoom(room.roomId, of: app, call.origin))
            } catch  where error.code == .notFound {
                // Its tenant has closed it, and people are still there.
            }
        }
        try await platform.note(
            "room.close", room.roomId, ["participants": String(room.size)], of: room.appId ?? "", call.origin)
    }
}

extension PlatformError {
    fileprivate static func nothing(_ message: String) -> PlatformError {
        PlatformError(code: .notFound, message: message)
    }
}
