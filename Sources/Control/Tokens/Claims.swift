import Foundation
import JWTKit
import Tenancy

/// What somebody may do in a room.
public enum Role: String, Sendable, CaseIterable, Codable {
    case host
    case participant
    case publisher
    case viewer
    case listener

    public var mayPublish: Bool { self == .host || self == .participant || self == .publisher }
}

/// How media goes between the members of a room.
public enum RoomMode: String, Sendable, CaseIterable, Codable {
    case sfu
    /// Two members, from one to the other.
    case p2p
}

/// The claims of an access token (JWT, HS256). Times are seconds since 1970.
public struct Claims: JWTPayload, Equatable {
    public var jti: String?
    public var appId: String?
    public var roomId: String
    public var userId: String?
    public var name: String?
    public var role: Role?
    /// How media goes in the room; nil for by the server. The first who comes decides for a room.
    public var mode: RoomMode?
    public var iat: Double?
    public var nbf: Double?
    public var exp: Double
    /// Whose token it is, when a tenant's key has signed it.
    var guest: Guest?

    private enum CodingKeys: String, CodingKey { case jti, appId, roomId, userId, name, role, mode, iat, nbf, exp }

    /// The tenant of tokens that name none.
    static let ownApp = "dev"

    /// The tenant among all there are: `JWT_SECRET` opens nothing of a tenant's, whatever the token says.
    var appKey: String {
        if let guest { return guest.app }
        guard let appId, appId != Self.ownApp else { return Self.ownApp }
        return "~" + appId
    }

    /// What the room is called inside the server. Those without a tenant have no slash in their names.
    var roomKey: String { guest?.roomKey ?? (appKey == Self.ownApp ? roomId : "\(appKey)/\(roomId)") }

    public init(
        room: String, name: String, userId: String? = nil, role: Role = .participant, appId: String? = nil,
        mode: RoomMode? = nil, issuedSeconds: Double, lifetimeSeconds: Double
    ) {
        jti = randomText(16)
        self.appId = appId
        roomId = room
        self.userId = userId ?? "user-" + randomText(8)
        self.name = name
        self.role = role
        self.mode = mode
        iat = issuedSeconds.rounded(.down)
        exp = (issuedSeconds + lifetimeSeconds).rounded(.down)
    }

    init(_ guest: Guest) {
        jti = guest.jti
        appId = guest.app
        roomId = guest.room
        userId = guest.userId
        name = guest.name
        // The platform's roles are among these.
        role = Role(rawValue: guest.role) ?? .viewer
        mode = RoomMode(rawValue: guest.mode)
        exp = Double(guest.expiresSeconds)
        self.guest = guest
    }

    /// Times are checked by `Tokens.verify`, which knows the difference between too old and wrong.
    public func verify(using algorithm: some JWTAlgorithm) throws {}
}

/// Why a token is not accepted.
public enum TokenError: Error, Equatable, CustomStringConvertible {
    case malformed
    case wrongAlgorithm(String)
    case wrongSignature
    case wrongClaims
    case expired
    case notYetValid
    case wrongRoom
    /// What the platform says of a tenant's token.
    case refused(GuestRefusal)

    public var description: String {
        switch self {
        case .malformed: "the token is not a JWT"
        case .wrongAlgorithm(let name): "the token is signed with \(name); only HS256 is accepted"
        case .wrongSignature: "the token's signature is wrong"
        case .wrongClaims: "the token lacks claims or has wrong ones: roomId, exp and a known role are needed"
        case .expired: "the token has expired"
        case .notYetValid: "the token is not valid yet"
        case .wrongRoom: "the token is for another room"
        case .refused(let refusal): refusal.message
        }
    }
}
