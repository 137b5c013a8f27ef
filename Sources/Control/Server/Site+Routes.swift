import Contract
import Foundation
import NIOCore
import NIOHTTP1

extension Site {
    private struct Health: Encodable {
        var status: String
        var version: String
        var uptimeSeconds: Int
        var rooms: Int
        var peers: Int
        var shards: Int
        var backend: String
        var steering: String
        /// Nil for a host by itself.
        var cluster: ClusterHealth?
    }

    func health() -> Response {
        let isDraining = registry.isDraining
        let health = Health(
            status: isDraining ? "draining" : "ok", version: version,
            uptimeSeconds: Int(Date().timeIntervalSince1970 - startSeconds), rooms: registry.rooms.count,
            peers: registry.peerCount, shards: registry.shards.count, backend: plane.backend, steering: plane.steering,
            cluster: cluster.map { ClusterHealth($0) })
        return .json(health, status: isDraining ? .serviceUnavailable : .ok)
    }

    func metrics() -> EventLoopFuture<Response> {
        registry.reports.all().assumeIsolated().map { reports in
            Response.text(self.metricsText(reports), type: "text/plain; version=0.0.4; charset=utf-8")
        }.nonisolated()
    }

    private struct TokenAnswer: Encodable {
        var token: String
        var room: String
        var name: String
    }

    /// A token for an hour, for whoever sits at the developer's machine.
    func devToken(_ request: Request) throws -> EventLoopFuture<Response> {
        guard gate.isTrusted(request) else {
            throw ApiError.forbidden("tokens are given out to this host only, and not to pages from elsewhere")
        }
        guard let room = request.query["room"], let name = request.query["name"] else {
            throw ApiError.badRequest("?room and ?name are needed")
        }
        try Names.checkRoom(room)
        try Names.checkPeer(name)
        let text = request.query["role"] ?? Role.participant.rawValue
        guard let role = Role(rawValue: text) else {
            throw ApiError.badRequest("?role is one of " + Role.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let mode = request.query["mode"].map { RoomMode(rawValue: $0) } ?? .sfu
        guard let mode else {
            throw ApiError.badRequest("?mode is one of " + RoomMode.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let claims = Claims(
            room: room, name: name, userId: request.query["user"], role: role, mode: mode,
            issuedSeconds: Date().timeIntervalSince1970, lifetimeSeconds: 3600)
        return gate.sign(claims).map { .json(TokenAnswer(token: $0, room: room, name: name)) }
    }
}
