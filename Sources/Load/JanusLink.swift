import Foundation

/// A conversation with Janus over its HTTP API: one session for a whole run, so that one long poll brings the events of all
/// its handles. Used on the run's thread; whoever carries the requests brings each response back by `take`.
final class JanusLink {
    typealias Then = (Result<JanusReply, HttpFailure>) -> Void

    /// Of Janus' base, `/janus`.
    private let path: String
    private let send: (HttpRequest, UInt64) -> Void
    private var session: UInt64?
    private var waiting: [UInt64: (Result<HttpResponse, HttpFailure>) -> Void] = [:]
    /// What an acknowledged request waits for: the event with its transaction.
    private var awaited: [String: Then] = [:]
    private var number: UInt64 = 0
    private var failedPolls = 0
    private var isClosed = false

    /// `send` carries a request and, on the run's thread, calls `take` with the number and what came of it.
    init(path: String, send: @escaping (HttpRequest, UInt64) -> Void) {
        self.path = path
        self.send = send
    }

    func take(_ number: UInt64, _ result: Result<HttpResponse, HttpFailure>) {
        waiting.removeValue(forKey: number)?(result)
    }

    /// Opens the session and begins to listen to its events.
    func open(_ then: @escaping (HttpFailure?) -> Void) {
        request(JanusRequest("create"), at: path) { [self] result in
            switch result {
            case .failure(let failure): then(failure)
            case .success(let reply):
                guard let id = reply.data?.id else { return then(HttpFailure("Janus named no session")) }
                session = id
                listen()
                then(nil)
            }
        }
    }

    /// A handle of the VideoRoom.
    func attach(_ then: @escaping (Result<UInt64, HttpFailure>) -> Void) {
        var attach = JanusRequest("attach")
        attach.plugin = "janus.plugin.videoroom"
        request(attach, at: sessionPath) { result in
            then(
                result.flatMap { reply in
                    reply.data?.id.map { .success($0) } ?? .failure(HttpFailure("Janus named no handle"))
                })
        }
    }

    /// Asks the plugin; `then` gets its answer, which may be an event that comes later.
    func ask(_ handle: UInt64, _ body: JanusRequest.Body, _ jsep: JanusDescription? = nil, _ then: @escaping Then) {
        request(JanusRequest(body, jsep), at: "\(sessionPath)/\(handle)", then)
    }

    func detach(_ handle: UInt64, _ then: @escaping Then) {
        request(JanusRequest("detach"), at: "\(sessionPath)/\(handle)", then)
    }

    func close(_ then: @escaping Then) {
        isClosed = true
        request(JanusRequest("destroy"), at: sessionPath, then)
    }

    private var sessionPath: String { "\(path)/\(session ?? 0)" }
}

// MARK: carrying

extension JanusLink {
    private func request(_ request: JanusRequest, at path: String, _ then: @escaping Then) {
        number += 1
        var request = request
        let transaction = "load-\(number)"
        request.transaction = transaction
        var http = HttpRequest("POST", path)
        http.headers.append(("Content-Type", "application/json"))
        http.body = (try? JSONEncoder().encode(request)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        awaited[transaction] = then
        waiting[number] = { [self] result in
            switch Self.replies(result) {
            case .failure(let failure): settle(transaction, .failure(failure))
            case .success(let replies): for reply in replies { note(reply, transaction) }
            }
        }
        send(http, number)
    }

    /// An acknowledgement promises an event; everything else settles the request.
    private func note(_ reply: JanusReply, _ transaction: String) {
        if reply.janus == "ack" { return }
        settle(transaction, reply.refusal.map { .failure(HttpFailure($0)) } ?? .success(reply))
    }

    private func settle(_ transaction: String, _ result: Result<JanusReply, HttpFailure>) {
        awaited.removeValue(forKey: transaction)?(result)
    }

    /// Asks for events, again and again. Janus holds the request for 30 seconds when it has none.
    private func listen() {
        guard !isClosed, failedPolls < 5 else { return }
        number += 1
        var request = HttpRequest("GET", "\(sessionPath)?maxev=50")
        request.timeoutSeconds = 45
        waiting[number] = { [self] result in
            let replies = Self.replies(result)
            failedPolls = (try? replies.get()) == nil ? failedPolls + 1 : 0
            listen()
            for reply in (try? replies.get()) ?? [] {
                if let transaction = reply.transaction { note(reply, transaction) }
            }
        }
        send(request, number)
    }

    /// Events come as a list, everything else alone.
    private static func replies(_ result: Result<HttpResponse, HttpFailure>) -> Result<[JanusReply], HttpFailure> {
        result.flatMap { response in
            guard response.isSuccess else { return .failure(HttpFailure("Janus answered status \(response.status)")) }
            let body = Data(response.body.utf8)
            let decoder = JSONDecoder()
            if let replies = try? decoder.decode([JanusReply].self, from: body) { return .success(replies) }
            if let reply = try? decoder.decode(JanusReply.self, from: body) { return .success([reply]) }
            return .failure(HttpFailure("this is not Janus' API: \(response.body.prefix(100))"))
        }
    }
}
