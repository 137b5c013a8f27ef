import Foundation
import NIOHTTP1
import SessionDescription

/// Trickle and ICE restart (RFC 9725 §4.3), and what all requests have in common.
extension Whip {
    static let fragmentType = "application/trickle-ice-sdpfrag"

    func patch(_ request: Request, _ session: WhipSession) throws -> Response {
        try Self.check(request, type: Self.fragmentType)
        guard let condition = request.header("if-match")?.trimmingCharacters(in: .whitespaces) else {
            throw ApiError(
                status: .preconditionRequired, code: "IF_MATCH_REQUIRED",
                message: "If-Match is needed: the session's ETag to trickle, * to restart ICE")
        }
        guard let text = request.text else { throw ApiError.badRequest("the fragment is not UTF-8") }
        let fragment: IceFragment
        do { fragment = try IceFragment(parsing: text) } catch { throw error.apiError }
        // RFC 9725 §4.3.3: a restart carries If-Match: * and new credentials.
        if let ice = fragment.ice, fragment.isRestart(ufrag: session.remoteUfrag), condition == "*" {
            return try restart(session, ice)
        }
        guard condition == session.tag || condition == "*", !fragment.isRestart(ufrag: session.remoteUfrag) else {
            throw ApiError(
                status: .preconditionFailed, code: "WRONG_ICE_SESSION", message: "this is not the present ICE session",
                headers: ["ETag": session.tag])
        }
        // ICE-lite (RFC 8445 §2.5) sends no checks: remote candidates are of no use here.
        return Response(.noContent)
    }

    private func restart(_ session: WhipSession, _ ice: IceParameters) throws -> Response {
        try registry.restartIce(session.peer, session.peer.ice.renewed(session.peer.handle), remoteUfrag: ice.ufrag)
        session.restarted(remoteUfrag: ice.ufrag)
        let local = announcement.transport(session.peer.ice)
        let text: String
        do {
            text = try IceFragment.restartAnswer(local: local, media: session.firstMedia, mids: session.mids)
        } catch {
            throw error.apiError
        }
        return Response(.ok, headers: ["Content-Type": Self.fragmentType, "ETag": session.tag], body: Array(text.utf8))
    }

    // MARK: common

    static func check(_ request: Request, type: String) throws(ApiError) {
        guard request.contentType == type else {
            throw ApiError(
                status: .unsupportedMediaType, code: "UNSUPPORTED_MEDIA_TYPE",
                message: "the body's type is to be \(type)",
                headers: request.method == .PATCH ? ["Accept-Patch": type] : ["Accept-Post": type])
        }
        let accepted = (request.header("accept") ?? "*/*").lowercased()
        let wanted = type == "application/json" ? "*/*" : type
        guard ["*/*", "application/*", wanted].contains(where: { accepted.contains($0) }) else {
            throw ApiError(
                status: .notAcceptable, code: "NOT_ACCEPTABLE",
                message: "the answer's type is \(type), which Accept excludes")
        }
    }

    static func decode<Value: Decodable>(
        _ type: Value.Type, _ body: [UInt8], expected: String
    ) throws(ApiError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw .badRequest("expected JSON like \(expected)")
        }
    }

    /// RFC 9725 §4.2.1: OPTIONS for CORS, with Accept-Post.
    static func options(methods: String) -> Response {
        Response(
            .noContent,
            headers: [
                "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": methods,
                "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match, If-None-Match",
                "Access-Control-Max-Age": "600", "Accept-Post": "application/sdp", "Allow": methods,
            ])
    }

    static func withCors(_ response: Response) -> Response {
        response.with("Access-Control-Allow-Origin", "*")
            .with("Access-Control-Expose-Headers", "Location, ETag, Link, Accept-Patch, Retry-After")
    }
}
