import NIOCore
import NIOHTTP1
import Tenancy
import Trace

/// Every HTTP request in a trace: its own, or a new one.
extension Site {
    /// Never fails. The answer names the trace and the request.
    func answer(_ request: Request) -> EventLoopFuture<Response> {
        let trace = Trace(continuing: request.headers, request: "req_" + randomText(20))
        let began = Spans.now()
        let answered = Trace.$current.withValue(trace) { router.respond(to: request) }
        return answered.assumeIsolated().map { response in
            self.note(request, response, trace, since: began)
            return HTTPHeaders(trace).reduce(response) { $0.with($1.name, $1.value) }
        }.nonisolated()
    }

    private func note(_ request: Request, _ response: Response, _ trace: Trace, since began: UInt64) {
        let ended = Spans.now()
        let (method, status) = (request.method.rawValue, Int(response.status.code))
        // 503 is what a server says that is full or goes down.
        let isFailed = status >= 500 && status != 503
        Trace.$current.withValue(trace) {
            log.log(
                level: isFailed ? .warning : .debug, "request",
                metadata: [
                    "method": "\(Self.plain(method, bytesMax: 16))",
                    "path": "\(Self.plain(request.target.pathOnly, bytesMax: 256))",
                    "status": "\(status)", "microseconds": "\((ended &- began) / 1000)",
                ])
        }
        spans.add(
            Span(
                trace, Self.name(request), beganNanoseconds: began, endedNanoseconds: ended, isFailed: isFailed,
                attributes: ["http.request.method": method, "http.response.status_code": "\(status)"]),
            of: trace)
    }

    private static let known = Tenancy.paths.union(["dev", "health", "metrics", "whep", "whip"])

    /// Method and first part of the path: one of few, whatever a client asks for.
    private static func name(_ request: Request) -> String {
        let first = request.path.first.flatMap { known.contains($0) ? $0 : nil } ?? ""
        return plain(request.method.rawValue, bytesMax: 16) + " /" + first
    }

    /// A client's text for a log line: what is not printable ASCII is a question mark.
    private static func plain(_ text: String, bytesMax: Int) -> String {
        String(
            decoding: text.utf8.prefix(bytesMax).map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "?") },
            as: UTF8.self)
    }
}

extension String {
    /// A target may carry secrets behind its question mark.
    fileprivate var pathOnly: String { String(prefix { $0 != "?" }) }
}
