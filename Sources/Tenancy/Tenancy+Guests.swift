import Platform
import Store
import Trace

/// Somebody with a good token of a tenant.
public struct Guest: Sendable, Equatable {
    let member: Member
    /// Of the request that showed the token.
    let trace: Trace?

    public var app: String { member.app }
    public var room: String { member.room }
    public var userId: String { member.userId }
    public var name: String { member.name }
    public var role: String { member.role.rawValue }
    public var jti: String { member.jti }
    /// Of the room: `sfu` or `p2p`.
    public var mode: String { member.mode.rawValue }
    public var expiresSeconds: Int64 { member.expiresSeconds }

    /// What the room is called inside the server. Rooms without a tenant have no slash in their names.
    public var roomKey: String { member.app + "/" + member.room }
}

/// A guest's time in a room, from `enter` to `leave`.
public struct Stay: Sendable, Equatable {
    let session: Session
    let trace: Trace?

    public var id: String { session.id }
    public var app: String { session.app }
    /// As `Guest.roomKey`.
    public var roomKey: String { session.app + "/" + session.room }
    /// Bits per second that the room takes; 0 for as many as its tenant may send.
    public let roomBitrateMax: Int64
    /// Of two tenants one may revoke a token that is called like the other's.
    public var tokenKey: String { session.app + "/" + session.jti }
}

/// Why a guest is not let in.
public struct GuestRefusal: Error, Sendable, Equatable {
    public enum Kind: Sendable { case invalidToken, tokenExpired, roomFull, limited, failed }

    public var kind: Kind
    /// As the API says it.
    public var status: Int
    public var code: String
    public var message: String
    public var retrySeconds: Int?

    init(_ error: PlatformError) {
        kind =
            switch (error.reason, error.code) {
            case (.tokenExpired, _): .tokenExpired
            case (.roomFull, _): .roomFull
            case (_, .rateLimitExceeded): .limited
            case (_, .internalError): .failed
            default: .invalidToken
            }
        status = error.code.status
        code = error.code.rawValue
        message = error.message
        retrySeconds = error.retrySeconds
    }
}

extension Tenancy {
    /// Who shows this token. It must be good and not revoked.
    public func guest(showing token: String) async -> Result<Guest, GuestRefusal> {
        do throws(PlatformError) {
            return .success(Guest(member: try await platform.verify(token: token), trace: Trace.current))
        } catch {
            return .failure(GuestRefusal(error))
        }
    }

    /// Takes a place in the room. Media begins when this has returned.
    public func enter(_ guest: Guest) async -> Result<Stay, GuestRefusal> {
        await Trace.$current.withValue(guest.trace) {
            do throws(PlatformError) {
                let session = try await platform.enter(guest.member, host: host)
                return .success(Stay(session: session, trace: guest.trace, roomBitrateMax: guest.member.roomBitrateMax))
            } catch {
                return .failure(GuestRefusal(error))
            }
        }
    }

    /// Does nothing when the stay is over already. A leave that cannot be written now is written when the host starts anew.
    public func leave(_ stay: Stay, because reason: String) async {
        await Trace.$current.withValue(stay.trace) {
            do throws(PlatformError) { try await platform.leave(stay.session, reason: reason) } catch {
                log.error("a leave was not written", metadata: ["session": "\(stay.id)", "error": "\(error)"])
            }
        }
    }
}
