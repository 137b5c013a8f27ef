import Contract
import SessionDescription
import Testing

@testable import Load

/// The engine against a remote end in the same process: real sockets, checks, handshake and encryption.
@Suite struct EngineTests {
    /// A publisher that is its own subscriber.
    private func start(_ events: EventQueue<EngineEvent>) throws -> (EngineThread, Mirror, ClientIdentity) {
        let engine = try EngineThread(configuration: EngineConfiguration(), profiles: [.aes128Gcm]) { events.push($0) }
        let identity = ClientIdentity(fingerprint: engine.fingerprint)
        let mirror = try Mirror(remoteUfrag: identity.ice.ufrag, fingerprint: engine.fingerprint)
        var plan = PeerPlan(
            id: 5, local: identity.ice, remote: mirror.ice, remoteFingerprint: mirror.context.fingerprint,
            address: AnswerFacts.bytes(of: "127.0.0.1")!, port: mirror.port)
        plan.media.set(.mid, id: 4)
        plan.media.set(.transportCC, id: 3)
        var publishing = Publishing(number: 5)
        publishing.audioSsrc = identity.audioSsrc
        publishing.videoSsrc = identity.videoSsrc
        publishing.videoMid = FixedBytes("1")!
        publishing.framesPerSecond = 60
        plan.publishing = publishing
        plan.incoming = [IncomingStream(ssrc: Mirror.ssrc, kind: .video)]
        engine.link.send(.open(plan))
        return (engine, mirror, identity)
    }

    private func end(_ engine: EngineThread, _ events: EventQueue<EngineEvent>) -> (Snapshot?, events: [EngineEvent]) {
        engine.link.send(.play(false))
        engine.stop()
        let all = events.take(until: 0)
        for case .stopped(let snapshot) in all { return (snapshot, all) }
        return (nil, all)
    }

    @Test func everythingThatIsSentBackIsReceivedWhole() throws {
        let events = EventQueue<EngineEvent>()
        let (engine, mirror, _) = try start(events)
        while mirror.video.count < 60 { try #require(mirror.serve(), "the publisher fell silent") }
        let (snapshot, all) = end(engine, events)
        let totals = try #require(snapshot)
        #expect(mirror.video.map(\.sequence) == Array(0..<60))
        #expect(mirror.keyframes == 1 && mirror.audioCount > 0)
        #expect(totals.video.received > 0 && totals.video.received <= 60)
        #expect(totals.video.reordered == 0 && totals.video.duplicated == 0 && totals.video.corrupt == 0)
        #expect(totals.packets.notAuthentic == 0 && totals.packets.malformed == 0)
        #expect(all.contains { if case .connected(5, _) = $0 { true } else { false } })
        #expect(all.contains { if case .receiving(5, _) = $0 { true } else { false } })
    }

    @Test func whatTheRemoteEndDoesToPacketsIsTold() throws {
        let events = EventQueue<EngineEvent>()
        let (engine, mirror, _) = try start(events)
        // The tenth is kept back, the twentieth comes after the next, the thirtieth twice.
        mirror.plan = { number in
            switch number {
            case 10, 20: []
            case 21: [21, 20]
            case 30: [30, 30]
            default: [number]
            }
        }
        while mirror.video.count < 60 { try #require(mirror.serve(), "the publisher fell silent") }
        var last = Snapshot()
        while last.video.received < 60 {
            try #require(mirror.serve())
            for case .snapshot(let snapshot) in events.take(until: 0) { last = snapshot }
        }
        _ = end(engine, events)
        #expect(last.video.lost == 1)
        #expect(last.video.reordered == 1)
        #expect(last.video.duplicated == 1)
    }

    @Test func aRequestBringsAKeyframe() throws {
        let events = EventQueue<EngineEvent>()
        let (engine, mirror, identity) = try start(events)
        while mirror.keyframes < 1 { try #require(mirror.serve()) }
        mirror.requestKeyframe(of: identity.videoSsrc)
        while mirror.keyframes < 2 { try #require(mirror.serve()) }
        let totals = try #require(end(engine, events).0)
        #expect(totals.packets.keyframeRequests == 1)
        #expect(mirror.video.count < 600, "the keyframe came by the clock")
    }

    @Test func everyLayerIsSentUnderItsRidAndAnswersForItself() throws {
        let whole = Publishing(number: 3)
        var lowest = whole
        lowest.videoSsrc = 10
        let layer = SimulcastLayer(rid: FixedBytes("f")!, ssrc: 14, rtxSsrc: 15, bitsPerSecond: 900_000)
        let other = lowest.publishing(layer: layer, at: 1)
        #expect(other.audioSsrc == 0 && other.videoSsrc == 14 && other.rid == FixedBytes("f")!)
        #expect(Set([lowest.audioSource, lowest.videoSource, other.videoSource]).count == 3)
        let next = Publishing(number: 4)
        #expect(other.videoSource < next.audioSource, "no two publishers share a source")
    }

    @Test func anotherFingerprintEndsThePeer() throws {
        let events = EventQueue<EngineEvent>()
        let waker = Waker()
        let engine = try EngineThread(configuration: EngineConfiguration(), profiles: [.aes128Gcm]) {
            events.push($0)
            // Once it has given up the client sends nothing more that would end the mirror's wait.
            if case .lost = $0 { waker.wake() }
        }
        let identity = ClientIdentity(fingerprint: engine.fingerprint)
        let mirror = try Mirror(remoteUfrag: identity.ice.ufrag, fingerprint: engine.fingerprint)
        waker.port = mirror.port
        engine.link.send(
            .open(
                PeerPlan(
                    id: 9, local: identity.ice, remote: mirror.ice, remoteFingerprint: engine.fingerprint,
                    address: AnswerFacts.bytes(of: "127.0.0.1")!, port: mirror.port)))
        var reason: String?
        while reason == nil {
            try #require(mirror.serve(), "the client fell silent")
            for case .lost(9, let text) in events.take(until: 0) { reason = text }
        }
        _ = end(engine, events)
        #expect(reason?.contains("fingerprint") == true)
    }
}

@Suite struct StreamTableTests {
    @Test func everyStreamIsFoundUntilTheTableIsFull() {
        var table = StreamTable(capacity: 100)
        defer { table.deallocate() }
        // The worst for a hash: numbers that differ by much the same step.
        for number in 0..<100 { #expect(table.add(StreamState(ssrc: UInt32(number * 0x1_0000))) != nil) }
        #expect(table.add(StreamState(ssrc: 7)) == nil)
        for number in 0..<100 {
            #expect(table.find(UInt32(number * 0x1_0000))?.pointee.ssrc == UInt32(number * 0x1_0000))
        }
        #expect(table.find(7) == nil)
    }
}
