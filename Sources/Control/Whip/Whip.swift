import Cluster
import Contract
import Logging
import NIOCore
import NIOHTTP1
import SessionDescription

/// WHIP (RFC 9725) and WHEP: a client brings an offer by POST, gets the answer and an address to end or change the
/// session at.
final class Whip {
    let registry: Registry
    let gate: Gate
    let stays: Stays
    let whereabouts: Whereabouts
    let bitrates: BitrateWatch?
    let announcement: Announcement
    let log: Logger
    var sessions: [String: WhipSession] = [:]

    init(
        registry: Registry, gate: Gate, stays: Stays, whereabouts: Whereabouts, bitrates: BitrateWatch?,
        announcement: Announcement, log: Logger
    ) {
        self.registry = registry
        self.gate = gate
        self.stays = stays
        self.whereabouts = whereabouts
        self.bitrates = bitrates
        self.announcement = announcement
        self.log = log
    }

    func addRoutes(to router: Router) {
        for kind in [WhipSession.Kind.whip, .whep] {
            let path = "/\(kind.rawValue)/*"
            router.addNow(.OPTIONS, path) { _, _ in Self.options(methods: "POST, OPTIONS") }
            router.addNow(.OPTIONS, path + "/*") { _, _ in Self.options(methods: "PATCH, DELETE, OPTIONS") }
            router.add(.POST, path) { try self.post($0, kind: kind, room: $1[0]) }
            router.add(.DELETE, path + "/*") { try self.change($0, kind, room: $1[0], id: $1[1], self.delete) }
            router.add(.PATCH, path + "/*") { try self.change($0, kind, room: $1[0], id: $1[1], self.patch) }
        }
        router.addNow(.OPTIONS, "/whep/*/*/layer") { _, _ in Self.options(methods: "POST, OPTIONS") }
        router.add(.POST, "/whep/*/*/layer") { try self.change($0, .whep, room: $1[0], id: $1[1], self.selectLayer) }
    }

    // MARK: POST

    private func post(_ request: Request, kind: WhipSession.Kind, room: String) throws -> EventLoopFuture<Response> {
        try Names.checkRoom(room)
        return gate.admit(request, to: room, for: kind == .whip ? .publish : .subscribe).assumeIsolated()
            .flatMapThrowing { caller in
                try self.checkMode(caller)
                if kind == .whip { try self.checkBitrate(caller) }
                return caller
            }
            .flatMap { self.place(request, kind: kind, room: room, caller: $0) }
            .nonisolated().flatMapErrorThrowing { Router.response(for: $0) }.map(Self.withCors)
    }

    private func checkMode(_ caller: Caller) throws {
        guard caller.mode == .sfu else {
            throw ApiError(
                status: .conflict, code: "ROOM_MODE", message: "in a room of mode p2p the server has no media")
        }
    }

    private func checkBitrate(_ caller: Caller) throws {
        guard let guest = caller.guest, let message = bitrates?.refusal(of: guest) else { return }
        throw ApiError(
            status: .tooManyRequests, code: "RATE_LIMIT_EXCEEDED", message: message,
            headers: ["Retry-After": "10"])
    }

    /// At the host that has the room: others send the client there, which RFC 9725 §4.5 lets it follow.
    private func place(
        _ request: Request, kind: WhipSession.Kind, room: String, caller: Caller
    ) -> EventLoopFuture<Response> {
        let promise = gate.loop.makePromise(of: Response.self)
        whereabouts.find(caller.roomKey) { placement in
            switch placement {
            case .here: self.enter(request, kind: kind, room: room, caller: caller).cascade(to: promise)
            case .there(let url):
                promise.succeed(Response(.temporaryRedirect, headers: ["Location": url + request.target]))
            case .nowhere:
                promise.fail(
                    ApiError.unavailable(
                        "the cluster cannot say now where the room is", code: "UNAVAILABLE", retrySeconds: 1))
            }
        }
        return promise.futureResult
    }

    /// `room` is what the address says.
    private func enter(
        _ request: Request, kind: WhipSession.Kind, room: String, caller: Caller
    ) -> EventLoopFuture<Response> {
        let promise = gate.loop.makePromise(of: Response.self)
        stays.enter(caller.guest) { result in
            do {
                try result.get()
                let begun = try self.begin(request, kind: kind, room: room, caller: caller)
                promise.succeed(begun.response)
                return begun.peer
            } catch {
                promise.fail(error)
                return nil
            }
        }
        return promise.futureResult
    }

    private func begin(
        _ request: Request, kind: WhipSession.Kind, room: String, caller: Caller
    ) throws -> (response: Response, peer: Peer) {
        try Self.check(request, type: "application/sdp")
        guard let text = request.text else {
            throw ApiError.badRequest("the offer is not UTF-8", code: "SDP_MALFORMED")
        }
        let offer: ClientOffer
        do { offer = try ClientOffer(reading: text) } catch { throw error.apiError }
        let session =
            switch kind {
            case .whip: try publish(offer, request, room: room, caller: caller)
            case .whep: try subscribe(offer, request, room: room, caller: caller)
            }
        log.info(
            "\(kind) session begins", metadata: ["room": "\(caller.roomKey)", "peer": "\(session.session.peer.name)"])
        let response = Response(
            .created,
            headers: [
                "Content-Type": "application/sdp", "Location": session.session.path, "ETag": session.session.tag,
                "Accept-Patch": Self.fragmentType,
            ], body: Array(session.answer.utf8))
        return (response, session.session.peer)
    }

    private typealias Begun = (session: WhipSession, answer: String)

    private func publish(_ offer: ClientOffer, _ request: Request, room: String, caller: Caller) throws -> Begun {
        guard offer.sections.contains(where: { $0.isUsable && $0.direction.sends }) else {
            throw ApiError(
                status: .unprocessableEntity, code: "NOTHING_TO_PUBLISH",
                message: "the offer has no section in which the client sends audio or video that is supported")
        }
        let name = request.query["peer"] ?? Self.firstNonEmpty(caller.name, caller.userId) ?? "peer-" + randomText(6)
        try Names.checkPeer(name)
        if registry.rooms[caller.roomKey]?.peers.contains(where: { $0.name == name && $0.isMember }) == true {
            throw ApiError(
                status: .conflict, code: "PEER_EXISTS", message: "the room has a publisher of this name already")
        }
        return try enter(
            .whip, offer, room: room, key: caller.roomKey, name: name, interest: .nobody,
            slots: { _ in offer.publishSlots })
    }

    private func subscribe(_ offer: ClientOffer, _ request: Request, room: String, caller: Caller) throws -> Begun {
        guard !offer.subscribableSections.isEmpty else {
            throw ApiError(
                status: .unprocessableEntity, code: "NOTHING_TO_RECEIVE",
                message: "the offer has no section in which the client receives audio or video that is supported")
        }
        let interest = try Self.interest(request)
        let name = Self.firstNonEmpty(caller.name, caller.userId) ?? "viewer-" + randomText(6)
        let isOnePublisher = if case .only = interest { true } else { false }
        return try enter(.whep, offer, room: room, key: caller.roomKey, name: name, interest: interest) { peer in
            let streams = try offer.subscribableSections.map { place -> OutgoingStream? in
                let section = offer.sections[place]
                guard let kind = section.kind else { return nil }
                let consumer = try self.registry.reserveConsumer(peer, kind: kind, mid: section.mid)
                return OutgoingStream(
                    consumer, stream: isOnePublisher ? peer.id : "\(peer.id)-\(section.mid)",
                    withFec: self.registry.offersFec)
            }
            return offer.subscribeSlots(streams)
        }
    }

    /// Enters the room, answers the offer and opens everything, or leaves nothing behind.
    private func enter(
        _ kind: WhipSession.Kind, _ offer: ClientOffer, room: String, key: String, name: String,
        interest: Interest, slots: (Peer) throws -> [AnswerSlot]
    ) throws -> Begun {
        let peer = try registry.enter(room: key, as: name, interest: interest, isMember: kind == .whip)
        do {
            let answer = try Self.answer(offer, local: announcement.transport(peer.ice), slots: try slots(peer))
            let session = WhipSession(
                kind: kind, id: randomText(20), room: room, peer: peer, remoteUfrag: offer.remote.ice.ufrag,
                answer: answer,
                lost: { [unowned self] in sessions[$0.id] = nil })
            try registry.open(
                peer, remoteUfrag: offer.remote.ice.ufrag, fingerprint: offer.remote.fingerprint.sha256,
                media: answer.media, sctpPort: offer.sctpPort)
            peer.observer = session
            try registry.publishSections(of: answer, for: peer)
            for consumer in peer.consumers { registry.openConsumer(consumer) }
            registry.distribute(to: peer)
            registry.fillSlots(of: peer)
            sessions[session.id] = session
            return (session, answer.text)
        } catch {
            registry.leave(peer)
            throw error
        }
    }

    private static func answer(
        _ offer: ClientOffer, local: LocalTransport, slots: [AnswerSlot]
    ) throws(ApiError) -> ServerAnswer {
        do { return try offer.answer(origin: .random(), local: local, slots: slots) } catch { throw error.apiError }
    }

    // MARK: what a session's address takes

    private func change(
        _ request: Request, _ kind: WhipSession.Kind, room: String, id: String,
        _ handler: @escaping (Request, WhipSession) throws -> Response
    ) throws -> EventLoopFuture<Response> {
        gate.admit(request, to: room, for: kind == .whip ? .publish : .subscribe).assumeIsolated()
            .flatMapThrowing { caller in
                guard let session = self.sessions[id], session.kind == kind,
                    session.peer.room.name == caller.roomKey
                else {
                    throw ApiError.notFound
                }
                return try handler(request, session)
            }
            .nonisolated().flatMapErrorThrowing { Router.response(for: $0) }.map(Self.withCors)
    }

    private func delete(_ request: Request, _ session: WhipSession) -> Response {
        end(session)
        return Response(.ok)
    }

    private func end(_ session: WhipSession) {
        sessions[session.id] = nil
        log.info("session ends", metadata: ["room": "\(session.peer.room.name)", "peer": "\(session.peer.name)"])
        registry.leave(session.peer)
    }

    func endAll() {
        for session in sessions.values { end(session) }
    }

    private struct LayerWish: Decodable {
        var mid: String
        var spatial: UInt8
    }

    private func selectLayer(_ request: Request, _ session: WhipSession) throws -> Response {
        try Self.check(request, type: "application/json")
        let wish = try Self.decode(LayerWish.self, request.body, expected: #"{"mid": "1", "spatial": 0}"#)
        guard let consumer = session.peer.consumers.first(where: { $0.mid == wish.mid && $0.kind == .video }) else {
            throw ApiError(status: .notFound, code: "NO_SUCH_MID", message: "the session has no video with this mid")
        }
        try registry.selectLayer(consumer, spatial: min(wish.spatial, UInt8(Limits.layersMax - 1)))
        return Response(.noContent)
    }

    private static func firstNonEmpty(_ names: String...) -> String? { names.first { !$0.isEmpty } }

    private static func interest(_ request: Request) throws(ApiError) -> Interest {
        switch (request.query["from"], request.query["not"]) {
        case (nil, nil): return .everybody
        case (let name?, nil):
            try Names.checkPeer(name)
            return .only(name)
        case (nil, let name?):
            try Names.checkPeer(name)
            return .not(name)
        default: throw .badRequest("either ?from or ?not, not both")
        }
    }
}

extension OutgoingStream {
    init(_ consumer: Consumer, stream: String, withFec: Bool) {
        self.init(
            streamID: stream, trackID: "\(consumer.peer.id)-\(consumer.mid)", cname: stream, ssrc: consumer.ssrc,
            rtxSsrc: consumer.rtxSsrc, fecSsrc: withFec ? consumer.fecSsrc : 0)
    }
}
