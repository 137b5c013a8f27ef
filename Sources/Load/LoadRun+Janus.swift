import CLoad
import Contract
import SessionDescription

/// Rooms, joins and leaves by Janus' VideoRoom.
extension LoadRun {
    private static let patienceSeconds = 10.0

    /// The session, a handle to manage rooms with, and the rooms. Does nothing for other SFUs.
    func openJanus() throws(LoadError) {
        guard options.signaling == .janus else { return }
        let link = JanusLink(path: target.prefix) { [http, happenings] request, number in
            http.send(request) { happenings.push(.janus(number, $0)) }
        }
        janus = link
        try demand("no session") { done in link.open { done($0?.description) } }
        try demand("no handle") { done in
            link.attach { result in
                if case .success(let handle) = result { self.janusManager = handle }
                done(Self.failure(result))
            }
        }
        for room in 0..<options.rooms {
            var body = JanusRequest.Body(request: "create", room: janusRoom(room))
            body.publishers = max(options.publishers, 1)
            body.permanent = false
            body.videocodec = options.videoCodec.rawValue
            try demand("no room") { done in
                link.ask(self.janusManager, body) { done(Self.failure($0)) }
            }
        }
    }

    /// Takes the rooms away and ends the session.
    func closeJanus() {
        guard let link = janus else { return }
        var open = options.rooms + 1
        for room in 0..<options.rooms {
            link.ask(janusManager, JanusRequest.Body(request: "destroy", room: janusRoom(room))) { _ in open -= 1 }
        }
        pump(for: Self.patienceSeconds) { open == 1 }
        link.close { _ in open -= 1 }
        pump(for: Self.patienceSeconds) { open == 0 }
    }

    func janusRoom(_ number: Int) -> Int { janusBase + number }

    private static func failure<Value>(_ result: Result<Value, HttpFailure>) -> String? {
        if case .failure(let failure) = result { failure.description } else { nil }
    }

    /// Waits for something that has to come about; its sentence, if any, says why it did not.
    private func demand(_ what: String, _ begin: (@escaping (String?) -> Void) -> Void) throws(LoadError) {
        var result: String??
        begin { result = .some($0) }
        pump(for: Self.patienceSeconds) { result != nil }
        guard let result else { throw LoadError("Janus: \(what): no answer within \(Int(Self.patienceSeconds)) s") }
        if let result { throw LoadError("Janus: \(what): \(result)") }
    }
}

extension LoadRun {
    func joinJanus(_ id: UInt32) {
        guard let link = janus else { return }
        requestsUnderWay += 1
        link.attach { [self] result in
            switch result {
            case .failure(let failure): janusRefused(id, failure)
            case .success(let handle):
                clients[id]?.handle = handle
                guard let client = clients[id] else {
                    requestsUnderWay -= 1
                    return
                }
                client.isPublisher ? publishToJanus(client, handle, link) : subscribeToJanus(client, handle, link)
            }
        }
    }

    private func janusRefused(_ id: UInt32, _ failure: HttpFailure) {
        requestsUnderWay -= 1
        fail(id, "Janus: \(failure)")
    }

    private func publishToJanus(_ client: Client, _ handle: UInt64, _ link: JanusLink) {
        var offer = offer(for: client)
        let socket = ReservedSocket(towards: target.host)
        offer.candidate = socket?.candidate
        var body = JanusRequest.Body(request: "joinandconfigure", room: Int(client.room))
        body.ptype = "publisher"
        body.id = client.id
        body.display = "load-\(client.id)"
        link.ask(handle, body, JanusDescription(type: "offer", sdp: offer.text)) { [self] result in
            open(client, socket, description: result, "answer")
        }
    }

    private func subscribeToJanus(_ client: Client, _ handle: UInt64, _ link: JanusLink) {
        var body = JanusRequest.Body(request: "join", room: Int(client.room))
        body.ptype = "subscriber"
        body.streams = feeds(for: client).map { JanusRequest.Feed(feed: $0) }
        link.ask(handle, body) { [self] result in
            guard case .success(let reply) = result, let offer = reply.jsep?.sdp else {
                return open(client, nil, description: result, "offer")
            }
            do throws(AnswerError) {
                let facts = try AnswerFacts(offer, "offer")
                let socket = ReservedSocket(towards: try facts.address(preferring: target.host).0)
                var answer = AnswerText(client.identity, to: facts.description)
                answer.candidate = socket?.candidate
                let start = JanusRequest.Body(request: "start")
                link.ask(handle, start, JanusDescription(type: "answer", sdp: answer.text)) { [self] started in
                    // The answer's answer says nothing new; what counts is the offer.
                    open(client, socket, description: started.map { _ in reply }, "offer")
                }
            } catch { janusRefused(client.id, HttpFailure("\(error)")) }
        }
    }

    /// Publishers that the client is to receive.
    private func feeds(for client: Client) -> [UInt32] {
        clients.values.filter {
            $0.isPublisher && $0.isOnline && $0.room == client.room && $0.id != client.partner
        }.map(\.id).sorted()
    }

    /// Opens the connection that the SFU's description speaks of.
    private func open(
        _ client: Client, _ socket: ReservedSocket?, description: Result<JanusReply, HttpFailure>, _ what: String
    ) {
        do throws(AnswerError) {
            let reply: JanusReply
            switch description {
            case .success(let success): reply = success
            case .failure(let failure): throw AnswerError("\(failure)")
            }
            guard let sdp = reply.jsep?.sdp else { throw AnswerError("Janus sent no \(what)") }
            let facts = try AnswerFacts(sdp, what)
            var plan = try plan(client, facts)
            plan.isControlling = what == "answer" || facts.isLite
            plan.descriptor = socket?.take() ?? -1
            requestsUnderWay -= 1
            clients[client.id]?.stage = .connecting
            engine.link.send(.open(plan))
        } catch { janusRefused(client.id, HttpFailure(error.description)) }
    }

    func leaveJanus(_ client: Client) {
        guard let link = janus, let handle = client.handle else { return forget(client.id) }
        requestsUnderWay += 1
        link.detach(handle) { [self] result in
            requestsUnderWay -= 1
            if case .failure(let failure) = result { failures["detach: \(failure)", default: 0] += 1 }
            forget(client.id)
        }
    }
}

/// A socket that is open before its remote end is known, so that an offer can name it.
final class ReservedSocket {
    private var descriptor: Int32
    let candidate: IceCandidate

    /// Nil when there is no way to `remote` or no descriptor is left.
    init?(towards remote: InlineArray<16, UInt8>) {
        var (remote, local) = (remote, InlineArray<16, UInt8>(repeating: 0))
        var port: UInt16 = 0
        let bufferBytes = Int32(EngineConfiguration().socketBufferBytes)
        descriptor = withUnsafeMutableBytes(of: &remote) { remote in
            withUnsafeMutableBytes(of: &local) {
                cl_socket_reserve(Self.bytes(remote), bufferBytes, Self.bytes($0), &port)
            }
        }
        candidate = IceCandidate(host: HostAddress(ip: AnswerFacts.text(of: local), port: port), index: 0)
        if descriptor < 0 { return nil }
    }

    /// Towards a host's name or address.
    convenience init?(towards host: String) {
        var remote = InlineArray<16, UInt8>(repeating: 0)
        guard withUnsafeMutableBytes(of: &remote, { cl_resolve(host, Self.bytes($0)) }) == 0 else { return nil }
        self.init(towards: remote)
    }

    deinit {
        if descriptor >= 0 { cl_close(descriptor) }
    }

    /// Whoever takes it closes it.
    func take() -> Int32 {
        defer { descriptor = -1 }
        return descriptor
    }

    private static func bytes(_ memory: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<UInt8> {
        memory.assumingMemoryBound(to: UInt8.self).baseAddress!
    }
}
