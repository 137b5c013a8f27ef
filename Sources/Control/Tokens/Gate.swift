import Foundation
import NIOCore
import Tenancy

/// Who makes a request, as far as that matters here.
struct Caller: Sendable {
    /// From the token; empty without one.
    var name: String
    var userId: String
    var role: Role
    /// What the room is called inside the server.
    var roomKey: String
    var mode = RoomMode.sfu
    /// Nil for who belongs to no tenant.
    var guest: Guest?

    /// Somebody on the same host while the server runs with `--dev`.
    static func developer(in room: String) -> Caller { Caller(name: "", userId: "", role: .host, roomKey: room) }
}

/// Decides who may do what over HTTP.
final class Gate {
    enum Action { case publish, subscribe, watch }

    private let tokens: Tokens
    /// Knows the tokens of tenants; nil where there are none.
    private let tenancy: Tenancy?
    private let isDevelopment: Bool
    private let skipsAuthentication: Bool
    let loop: any EventLoop

    init(
        tokens: Tokens, tenancy: Tenancy? = nil, isDevelopment: Bool, skipsAuthentication: Bool, loop: any EventLoop
    ) {
        self.tokens = tokens
        self.tenancy = tenancy
        self.isDevelopment = isDevelopment
        self.skipsAuthentication = skipsAuthentication
        self.loop = loop
    }

    /// Fails with an `ApiError` of 401 or 403.
    func admit(_ request: Request, to room: String, for action: Action) -> EventLoopFuture<Caller> {
        guard let token = request.bearer else {
            return isTrusted(request)
                ? loop.makeSucceededFuture(.developer(in: room))
                : loop.makeFailedFuture(ApiError.unauthorized("an Authorization: Bearer header with a token is needed"))
        }
        return verify(token).assumeIsolated().flatMapThrowing { claims in
            guard claims.roomId == room else { throw ApiError.forbidden(TokenError.wrongRoom.description) }
            let role = claims.role ?? .participant
            guard action != .publish || role.mayPublish else {
                throw ApiError.forbidden("the token's role, \(role.rawValue), may not publish")
            }
            return Caller(
                name: claims.name ?? "", userId: claims.userId ?? "", role: role, roomKey: claims.roomKey,
                mode: claims.mode ?? .sfu, guest: claims.guest)
        }.nonisolated()
    }

    private func verify(_ token: String) -> EventLoopFuture<Claims> {
        check(token).flatMapThrowing { result in
            switch result {
            case .success(let claims): return claims
            case .failure(let error): throw error.apiError
            }
        }
    }

    /// With the reason, for the WebSocket.
    func check(_ token: String) -> EventLoopFuture<Result<Claims, TokenError>> {
        if let tenancy, Tokens.namesKey(token) { return check(token, with: tenancy) }
        let tokens = tokens
        return loop.run { () -> Result<Claims, TokenError> in
            do throws(TokenError) {
                return .success(try await tokens.verify(token))
            } catch {
                return .failure(error)
            }
        }
    }

    private func check(_ token: String, with tenancy: Tenancy) -> EventLoopFuture<Result<Claims, TokenError>> {
        loop.makeFutureWithTask {
            switch await tenancy.guest(showing: token) {
            case .success(let guest): .success(Claims(guest))
            case .failure(let refusal):
                .failure(refusal.kind == .tokenExpired ? .expired : .refused(refusal))
            }
        }
    }

    /// Takes a guest's place in the room, before media begins.
    func enter(_ guest: Guest) -> EventLoopFuture<Result<Stay, GuestRefusal>> {
        guard let tenancy else { preconditionFailure("a guest without a platform") }
        return loop.makeFutureWithTask { await tenancy.enter(guest) }
    }

    /// In the order of the calls; nobody waits for it.
    func tell(_ news: TrackNews) { tenancy?.tell(news) }

    /// Nobody waits for it.
    func leave(_ stay: Stay, because reason: String) {
        guard let tenancy else { return }
        Task { await tenancy.leave(stay, because: reason) }
    }

    /// Whether a request comes from this host in development, and so is the operator's.
    func isDevelopers(_ request: Request) -> Bool { isDevelopment && isFromHere(request) }

    /// Whether a request needs no token: from this host, in development, and not sent by a page from elsewhere that the
    /// developer's browser happens to show.
    func isTrusted(_ request: Request) -> Bool {
        if skipsAuthentication { return true }
        return isDevelopment && isFromHere(request)
    }

    private func isFromHere(_ request: Request) -> Bool {
        guard request.isLoopback else { return false }
        guard let origin = request.header("origin") else { return true }
        let host =
            origin.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).first.map(String.init) ?? ""
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
        return ["localhost", "127.0.0.1", "[::1]"].contains(name)
    }

    func sign(_ claims: Claims) -> EventLoopFuture<String> {
        let tokens = tokens
        return loop.run { try await tokens.sign(claims) }
    }
}

extension TokenError {
    var apiError: ApiError {
        if case .refused(let refusal) = self { return refusal.apiError }
        return .unauthorized(description)
    }
}

extension GuestRefusal {
    var apiError: ApiError {
        var headers: [String: String] = status == 401 ? ["WWW-Authenticate": "Bearer"] : [:]
        if let retrySeconds { headers["Retry-After"] = String(retrySeconds) }
        return ApiError(status: .init(statusCode: status), code: code, message: message, headers: headers)
    }
}
