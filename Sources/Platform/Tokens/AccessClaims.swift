import JWTKit

/// What an access token says. Times are seconds since 1970.
struct AccessClaims: JWTPayload, Equatable {
    var jti: String
    var appId: String
    var roomId: String
    var userId: String
    /// What others see.
    var name: String
    var role: Role
    var iat: Int64
    var exp: Int64

    /// Times are checked by the platform, whose clock it is.
    func verify(using algorithm: some JWTAlgorithm) throws {}

    var member: Member {
        Member(
            app: appId, room: roomId, userId: userId, name: name, role: role, jti: jti, expiresSeconds: exp)
    }
}
