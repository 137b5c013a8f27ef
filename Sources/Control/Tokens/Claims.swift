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

/// The claims of an access token (JWT, HS256). Times are seconds since 1970.
public struct Claims: JWTPayload, Equatable {
    public var jti: String?
    public var appId: String?
    public var roomId: String
    public var userId: String?
    public var name: String?
    public var role: Role?
    public var iat: Double?
    public var nbf: Double?
    public var exp: Double
    /// Whose token it is, when a tenant's key has signed it.
    var guest: Guest?

    private enum CodingKeys: String, CodingKey { case jti, appId, roomId, userId, name, role, iat, nbf, exp }

    /// What the room is called inside the server.
    var roomKey: String { guest?.roomKey ?? roomId }

    public init(
        room: String, name: String, userId: String? = nil, role: Role = .participant, appId: String? = nil,
        issuedSeconds: Double, lifetimeSeconds: Double
    ) {
        jti = randomText(16)
        self.appId = appId
        roomId = room
        self.userId = userId ?? "user-" + randomText(8)
        self.name = name
        self.role = role
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
