import Foundation
import NIOCore

/// Who makes a request, as far as that matters here.
struct Caller: Sendable {
    /// From the token; empty without one.
    var name: String
    var userId: String
    var role: Role

    /// Somebody on the same host while the server runs with `--dev`.
    static let developer = Caller(name: "", userId: "", role: .host)
}

/// Decides who may do what over HTTP.
final class Gate {
    enum Action { case publish, subscribe, watch }

    private let tokens: Tokens
    private let isDevelopment: Bool
    private let skipsAuthentication: Bool
    private let loop: any EventLoop

    init(tokens: Tokens, isDevelopment: Bool, skipsAuthentication: Bool, loop: any EventLoop) {
        self.tokens = tokens
        self.isDevelopment = isDevelopment
        self.skipsAuthentication = skipsAuthentication
        self.loop = loop
    }

    /// Fails with an `ApiError` of 401 or 403.
    func admit(_ request: Request, to room: String, for action: Action) -> EventLoopFuture<Caller> {
        guard let token = request.bearer else {
            return isTrusted(request)
                ? loop.makeSucceededFuture(.developer)
                : loop.makeFailedFuture(ApiError.unauthorized("an Authorization: Bearer header with a token is needed"))
        }
        return verify(token).assumeIsolated().flatMapThrowing { claims in
            guard claims.roomId == room else { throw ApiError.forbidden(TokenError.wrongRoom.description) }
            let role = claims.role ?? .participant
            guard action != .publish || role.mayPublish else {
                throw ApiError.forbidden("the token's role, \(role.rawValue), may not publish")
            }
            return Caller(name: claims.name ?? "", userId: claims.userId ?? "", role: role)
        }.nonisolated()
    }

    func verify(_ token: String) -> EventLoopFuture<Claims> {
        let tokens = tokens
        return loop.run { () throws -> Claims in
            do throws(TokenError) {
                return try await tokens.verify(token)
            } catch {
                throw ApiError.unauthorized(error.description)
            }
        }
    }

    /// With the reason, for the WebSocket.
    func check(_ token: String) -> EventLoopFuture<Result<Claims, TokenError>> {
        let tokens = tokens
        return loop.run { () -> Result<Claims, TokenError> in
            do throws(TokenError) {
                return .success(try await tokens.verify(token))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Whether a request needs no token: from this host, in development, and not sent by a page from elsewhere that the
    /// developer's browser happens to show.
    func isTrusted(_ request: Request) -> Bool {
        if skipsAuthentication { return true }
        guard isDevelopment, request.isLoopback else { return false }
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
