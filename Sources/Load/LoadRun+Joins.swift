import CLoad
import Contract
import SessionDescription

/// Joins, leaves, churn.
extension LoadRun {
    private func roomName(_ number: Int) -> String {
        if options.signaling == .janus { return String(janusRoom(number)) }
        return options.rooms == 1 ? options.room : "\(options.room)-\(number + 1)"
    }

    @discardableResult
    func add(room: String, isPublisher: Bool, isChurning: Bool = false, partner: UInt32? = nil) -> UInt32 {
        let id = nextId
        nextId += 1
        let isMeasured = isPublisher || isChurning || isNextMeasured()
        clients[id] = Client(
            id: id, room: room, isPublisher: isPublisher, isChurning: isChurning, isMeasured: isMeasured,
            partner: partner,
            identity: ClientIdentity(fingerprint: engine.fingerprint))
        waiting.append(id)
        return id
    }

    /// Publishers first, so that every subscriber finds something to wait for.
    func joinEverybody() throws(LoadError) {
        var members: [(room: String, id: UInt32)] = []
        for room in (0..<options.rooms).map({ roomName($0) }) {
            for _ in 0..<options.publishers { members.append((room, add(room: room, isPublisher: true))) }
        }
        try settle()
        if options.isMeeting, !options.sharesConnections {
            for member in members { add(room: member.room, isPublisher: false, partner: member.id) }
        }
        for room in 0..<options.rooms {
            for _ in 0..<options.subscribers { add(room: roomName(room), isPublisher: false) }
        }
        try settle()
    }

    /// Until everybody who has been added is there or has failed.
    private func settle() throws(LoadError) {
        let seconds = Double(waiting.count) / options.joinsPerSecond + 20
        let expectsMedia = options.publishers > 0
        pump(for: seconds) {
            clients.values.allSatisfy { client in
                client.stage == .failed || client.isSettled || (!expectsMedia && client.isOnline)
            }
        }
        if let failure = failures.first, !clients.values.contains(where: \.isOnline) { throw LoadError(failure.key) }
        if isInterrupted() { throw LoadError("interrupted") }
        let publishing = clients.values.contains { $0.isPublisher && $0.isOnline }
        guard options.publishers == 0 || publishing else {
            throw LoadError(
                "no publisher is connected: " + (failures.first?.key ?? "no answer within \(Int(seconds)) s"))
        }
        for client in clients.values where !client.isOnline && client.stage != .failed {
            fail(client.id, "not connected within \(Int(seconds)) s")
        }
        for client in clients.values where client.stage == .connected && !client.isPublisher && expectsMedia {
            failures["connected, but no media came", default: 0] += 1
        }
    }

    private static var lingerNanoseconds: UInt64 { 500_000_000 }

    /// Starts as many of the waiting as the ramp allows.
    func startJoins(now: UInt64) {
        // Those who come and go have a rate of their own; the ramp must not hold them up.
        let rate = options.churn > 0 ? max(options.joinsPerSecond, options.churnPerSecond) : options.joinsPerSecond
        let interval = UInt64(1e9 / rate)
        if nextJoinNanoseconds &+ 1_000_000_000 < now { nextJoinNanoseconds = now }
        while nextJoinNanoseconds <= now, requestsUnderWay < Self.requestsMax, !waiting.isEmpty {
            nextJoinNanoseconds += interval
            post(waiting.removeFirst(), now: now)
        }
    }

    private func post(_ id: UInt32, now: UInt64) {
        guard let client = clients[id] else { return }
        clients[id]?.stage = .posting
        clients[id]?.beganNanoseconds = now
        switch options.signaling {
        case .janus: return joinJanus(id)
        case .room: return joinRoom(id)
        case .whip: break
        }
        let template =
            client.isPublisher ? options.whipPath : client.partner == nil ? options.whepPath : options.meetingPath
        let name = "load-\(client.partner ?? id)"
        let path = template.replacing("{room}", with: client.room).replacing("{peer}", with: name)
        var request = self.request("POST", target.prefix + path)
        request.headers.append(("Content-Type", "application/sdp"))
        request.body = offer(for: client).text
        requestsUnderWay += 1
        http.send(request) { [happenings] in happenings.push(.answered(id, $0)) }
    }

    private func request(_ method: String, _ path: String) -> HttpRequest {
        var request = HttpRequest(method, path)
        if let token = options.token { request.headers.append(("Authorization", "Bearer \(token)")) }
        return request
    }

    func offer(for client: Client) -> OfferText {
        let tracks = options.tracksPerSubscriber
        let purpose: OfferPurpose =
            client.isPublisher
            ? .publish(audio: options.sendsAudio, video: options.sendsVideo)
            : .subscribe(audio: options.sendsAudio ? tracks : 0, video: options.sendsVideo ? tracks : 0)
        var offer = OfferText(
            client.identity, purpose: purpose,
            takesTransportFeedback: client.isPublisher || options.givesTransportFeedback)
        offer.isSimulcast = options.isSimulcast
        offer.videoCodec = options.videoCodec
        return offer
    }

    func answered(_ id: UInt32, _ result: Result<HttpResponse, HttpFailure>) {
        guard let client = clients[id] else { return }
        let name = client.isPublisher ? "WHIP" : "WHEP"
        switch result {
        case .failure(let failure): fail(id, "\(name): \(failure)")
        case .success(let response):
            clients[id]?.location = response.header("location").map { path(ofLocation: $0) }
            if response.status == 503, retry(id, response) { return }
            guard response.status == 201 || response.status == 200 else {
                return fail(
                    id, "\(name): the SFU refused with status \(response.status): \(Self.firstLines(response.body))")
            }
            do throws(AnswerError) {
                engine.link.send(.open(try plan(client, AnswerFacts(response.body))))
                clients[id]?.stage = .connecting
            } catch { fail(id, "\(name): \(error)") }
        }
    }

    private static func firstLines(_ body: String) -> String {
        String(body.prefix(300)).split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    func plan(_ client: Client, _ facts: AnswerFacts) throws(AnswerError) -> PeerPlan {
        let (address, port) = try facts.address(preferring: target.host)
        var plan = PeerPlan(
            id: client.id, local: client.identity.ice, remote: facts.ice, remoteFingerprint: facts.fingerprint,
            address: address, port: port)
        plan.remoteIsDtlsClient = facts.remoteIsDtlsClient
        plan.media = facts.media
        plan.incoming = facts.incoming
        plan.payloads = facts.payloads
        plan.isMeasured = client.isMeasured
        plan.room = roomNumber(client.room)
        plan.except = client.partner ?? 0
        guard client.isPublisher else { return plan }
        guard !options.isSimulcast || facts.media.id(of: .rid) != 0 else {
            throw AnswerError("the SFU takes no simulcast: its answer has no extension for rids")
        }
        plan.publishing = publishing(client, facts)
        return plan
    }

    private func publishing(_ client: Client, _ facts: AnswerFacts) -> Publishing {
        var publishing = Publishing(number: client.id)
        publishing.room = roomNumber(client.room)
        for (kind, mid) in facts.accepted {
            let name = FixedBytes<16>(mid) ?? FixedBytes()
            if kind == .audio {
                publishing.audioSsrc = client.identity.audioSsrc
                publishing.audioMid = name
            } else {
                publishing.videoSsrc = client.identity.videoSsrc
                publishing.rtxSsrc = client.identity.rtxSsrc
                publishing.videoMid = name
            }
        }
        publishing.talkNanoseconds = UInt64(options.talkSeconds * 1e9)
        publishing.talkers = UInt32(options.publishers)
        publishing.videoBitsPerSecond = options.videoKilobits * 1000
        if options.isSimulcast { addLayers(&publishing) }
        publishing.burstNanoseconds = UInt64(options.burstMilliseconds * 1e6)
        publishing.framesPerSecond = options.framesPerSecond
        publishing.keyframeIntervalNanoseconds = UInt64(options.keyframeSeconds * 1e9)
        return publishing
    }
}

extension LoadRun {
    /// The lowest layer in place of the one, and the others behind it.
    private func addLayers(_ publishing: inout Publishing) {
        guard publishing.videoSsrc != 0 else { return }
        let whole = Double(publishing.videoBitsPerSecond)
        let (ssrc, rtxSsrc) = (publishing.videoSsrc, publishing.rtxSsrc)
        var layers: [SimulcastLayer] = zip(SimulcastLayer.names, SimulcastLayer.parts).enumerated().map {
            place, layer in
            let step = UInt32(place) * SimulcastLayer.ssrcsEach
            return SimulcastLayer(
                rid: FixedBytes(layer.0) ?? FixedBytes(), ssrc: ssrc &+ step, rtxSsrc: rtxSsrc &+ step,
                bitsPerSecond: Int(whole * layer.1))
        }
        let lowest = layers.removeFirst()
        publishing.rid = lowest.rid
        publishing.videoBitsPerSecond = lowest.bitsPerSecond
        publishing.layers = layers
    }
}

extension LoadRun {
    /// DELETE first: the SFU then stops sending, and nothing is under way when the socket closes.
    func leave(_ id: UInt32) {
        guard let client = clients[id] else { return }
        clients[id]?.stage = .leaving
        switch options.signaling {
        case .janus: return leaveJanus(client)
        case .room: return leaveRoom(id)
        case .whip: break
        }
        guard let location = client.location else { return forget(id) }
        requestsUnderWay += 1
        http.send(request("DELETE", location)) { [happenings] in happenings.push(.deleted(id, $0)) }
    }

    func deleted(_ id: UInt32, _ result: Result<HttpResponse, HttpFailure>) {
        switch result {
        case .success(let response) where response.isSuccess: break
        case .success(let response): failures["DELETE: status \(response.status)", default: 0] += 1
        case .failure(let failure): failures["DELETE: \(failure)", default: 0] += 1
        }
        forget(id)
    }

    func forget(_ id: UInt32) {
        left += 1
        clients[id] = nil
        // What the SFU sent before it heard of the leave is still under way.
        lingering.append((id, cl_now() + Self.lingerNanoseconds))
    }

    /// Closes the sockets of those who have left for long enough.
    func closeLingering(now: UInt64) {
        while let first = lingering.first, first.untilNanoseconds <= now {
            engine.link.send(.close(first.id))
            lingering.removeFirst()
        }
    }

    func leaveAll() {
        isEnding = true
        waiting.removeAll()
        let ids = clients.values.filter { $0.stage != .waiting }.map(\.id).sorted()
        for id in ids {
            pump(for: 10) { self.requestsUnderWay < Self.requestsMax }
            leave(id)
        }
        pump(for: 10) { self.requestsUnderWay == 0 }
        closeJanus()
        pump(for: 2) { self.lingering.isEmpty }
    }

    /// Subscribers come and go, at the rate that was asked for.
    func churn() throws(LoadError) {
        var added = 0
        var nextNanoseconds = cl_now()
        let interval = UInt64(1e9 / options.churnPerSecond)
        let seconds = Double(options.churn) / options.churnPerSecond + options.churnHoldSeconds + 60
        pump(for: seconds) {
            let now = cl_now()
            while added < options.churn, nextNanoseconds <= now {
                nextNanoseconds += interval
                add(room: roomName(added % options.rooms), isPublisher: false, isChurning: true)
                added += 1
            }
            for client in clients.values where client.isChurning {
                if client.stage == .failed || (client.stage == .receiving && client.leaveNanoseconds <= now) {
                    leave(client.id)
                }
            }
            return added == options.churn && lingering.isEmpty && !clients.values.contains { $0.isChurning }
        }
        for client in clients.values where client.isChurning { fail(client.id, "churn: not done in time") }
    }
}
