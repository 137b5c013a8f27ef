import Protocol
import Tenancy

/// Who a client is and where it goes: all of it from its token, but the device.
struct Identity {
    var appId: String
    var roomId: String
    /// Of its own making when the token names none.
    var userId: String
    /// The token's own id; empty when it has none.
    var jti: String
    var name: String
    var role: Role
    var mode: RoomMode
    var deviceId: String
    /// Whose token it is, when a tenant's key has signed it.
    var guest: Guest?
    /// Of the token, since 1970.
    var expiresSeconds: Double
    /// What the room is called inside the server.
    var roomKey: String
    /// The tenant among all there are.
    var appKey: String

    init(_ claims: Claims, deviceId: String) throws(RefusalError) {
        guard Names.isRoom(claims.roomId) else {
            throw RefusalError(code: .invalidToken, message: "the token's roomId is not a room's name")
        }
        appId = claims.appId ?? Claims.ownApp
        guard Names.isId(appId) else {
            throw RefusalError(code: .invalidToken, message: "the token's appId is not an application's id")
        }
        roomId = claims.roomId
        // Also when the token names no user: the same token twice is the same user twice.
        let given = [claims.userId, claims.jti].compactMap { $0 }.first { !$0.isEmpty }
        userId = given ?? "guest-" + randomText(12)
        guard userId.utf8.count <= MessageBounds.nameBytesMax else {
            throw RefusalError(code: .invalidToken, message: "the token's userId is too long")
        }
        jti = claims.jti ?? ""
        name = [claims.name, claims.userId].compactMap { $0 }.first { Names.isPeer($0) } ?? "guest"
        role = claims.role ?? .participant
        mode = claims.mode ?? .sfu
        self.deviceId = deviceId
        guest = claims.guest
        expiresSeconds = claims.exp
        roomKey = claims.roomKey
        appKey = claims.appKey
    }

    var chatRoom: ChatRoom { ChatRoom(appId: appKey, roomId: roomId) }

    /// Whether the token is for what the client came for.
    func check(against join: JoinRequest) throws(RefusalError) {
        if !join.roomId.isEmpty, join.roomId != roomId {
            throw RefusalError(code: .invalidToken, message: "the token is for another room")
        }
        if !join.appId.isEmpty, join.appId != appId {
            throw RefusalError(code: .invalidToken, message: "the token is for another application")
        }
    }
}
