import CLoad
import Contract
import SessionDescription

/// Joins and leaves by the meeting protocol: one connection for each member, over which it publishes and receives.
extension LoadRun {
    private static var pingNanoseconds: UInt64 { 5_000_000_000 }

    /// A token of the server's own (`--dev`), unless one was given, then the socket.
    func joinRoom(_ id: UInt32) {
        guard let client = clients[id] else { return }
        requestsUnderWay += 1
        if let token = options.token { return openSocket(id, token: token) }
        let role = client.isPublisher ? "participant" : "listener"
        let path = "/dev/token?room=\(client.room)&name=load-\(id)&role=\(role)"
        http.send(HttpRequest("POST", target.prefix + path)) { [happenings] in happenings.push(.token(id, $0)) }
    }

    func tokenCame(_ id: UInt32, _ result: Result<HttpResponse, HttpFailure>) {
        switch result {
        case .success(let response) where response.isSuccess:
            guard let token = Self.token(in: response.body) else {
                return roomRefused(id, "no token in \(response.body)")
            }
            openSocket(id, token: token)
        case .success(let response) where response.status == 503 && retry(id, response): requestsUnderWay -= 1
        case .success(let response):
            roomRefused(id, "no token: status \(response.status); give one by --token, or start the server with --dev")
        case .failure(let failure): roomRefused(id, "no token: \(failure)")
        }
    }

    /// The value of "token" in an object of strings.
    static func token(in json: String) -> String? {
        guard let key = json.firstRange(of: "\"token\"") else { return nil }
        let parts = json[key.upperBound...].split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 && !parts[1].isEmpty ? String(parts[1]) : nil
    }

    private func openSocket(_ id: UInt32, token: String) {
        guard let roomTransport else { return roomRefused(id, "this program has no meeting protocol") }
        let socket = roomTransport.open { [happenings] in happenings.push(.room(id, $0)) }
        sockets[id] = socket
        socket.send(.join(token: token))
    }

    private func roomRefused(_ id: UInt32, _ reason: String) {
        if clients[id]?.stage == .posting { requestsUnderWay -= 1 }
        fail(id, "room: \(reason)")
        sockets.removeValue(forKey: id)?.close()
    }

    func heard(_ id: UInt32, _ word: RoomWord) {
        guard let client = clients[id], client.stage != .failed else { return }
        switch word {
        case .joined: break
        case .offer(let version, let sdp): take(sdp, version: version, client)
        case .refused(let reason): roomRefused(id, reason)
        case .closed(let reason):
            sockets[id] = nil
            if client.stage != .leaving, client.stage != .left { roomRefused(id, reason) }
        }
    }

    /// The first offer brings the connection about; later ones change what comes over it.
    private func take(_ sdp: String, version: UInt32, _ client: Client) {
        do throws(AnswerError) {
            let facts = try AnswerFacts(sdp, "offer", codec: options.videoCodec)
            var answer = AnswerText(client.identity, to: facts.description)
            answer.codec = options.videoCodec
            if client.isPublisher {
                answer.publishes = AnswerText.Publishing(
                    audio: options.sendsAudio, video: options.sendsVideo, isSimulcast: options.isSimulcast)
            }
            sockets[client.id]?.send(.answer(version: version, sdp: answer.text))
            guard client.stage == .posting else { return }
            requestsUnderWay -= 1
            clients[client.id]?.stage = .connecting
            var plan = try plan(client, facts)
            // The server's first two sections are those to publish in.
            plan.publishing?.audioMid = FixedBytes("0") ?? FixedBytes()
            plan.publishing?.videoMid = FixedBytes("1") ?? FixedBytes()
            plan.publishing?.payloads = facts.payloads
            engine.link.send(.open(plan))
            guard client.isPublisher else { return }
            if options.sendsAudio { sockets[client.id]?.send(.publish(.microphone)) }
            if options.sendsVideo { sockets[client.id]?.send(.publish(.camera)) }
        } catch { roomRefused(client.id, error.description) }
    }

    /// The server ends a session that is silent for half a minute.
    func pingRooms(now: UInt64) {
        guard now >= nextPingNanoseconds, !sockets.isEmpty else { return }
        nextPingNanoseconds = now + Self.pingNanoseconds
        for socket in sockets.values { socket.send(.ping) }
    }

    func leaveRoom(_ id: UInt32) {
        let socket = sockets.removeValue(forKey: id)
        socket?.send(.leave)
        socket?.close()
        forget(id)
    }
}
