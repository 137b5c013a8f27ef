import Contract
import Handshake
import Memory
import Testing

/// A table with one client endpoint per peer, joined by hand.
private final class Clients {
    let table: HandshakeTable
    let context: DtlsContext
    var keys: [PeerHandle: SrtpKeys] = [:]
    var losses: [PeerHandle: PeerLoss] = [:]
    var endpoints: [PeerHandle: DtlsEndpoint] = [:]

    init(_ configuration: HandshakeConfiguration = HandshakeConfiguration(sessionsMax: 64)) throws {
        table = HandshakeTable(
            configuration: configuration, context: try DtlsContext(profiles: configuration.profiles))
        context = try DtlsContext(profiles: allProfiles)
    }

    func open(_ peer: PeerHandle, now: UInt64 = 0) throws {
        table.open(peer, fingerprint: context.fingerprint, now: now)
        let endpoint = try DtlsEndpoint(context: context, role: .client, expectedFingerprint: table.fingerprint)
        endpoint.start(now: now)
        endpoints[peer] = endpoint
    }

    /// Carries datagrams to and fro until nobody has any.
    func pump(now: UInt64 = 0) {
        var isBusy = true
        while isBusy {
            isBusy = false
            for (peer, endpoint) in endpoints {
                while let datagram = endpoint.nextDatagram() {
                    datagram.withUnsafeBytes { table.receive($0, from: peer, now: now) }
                    isBusy = true
                }
            }
            if takeOutputs(now: now) { isBusy = true }
            if table.hasWaiting { table.retry(now: now) }
        }
    }

    func takeOutputs(now: UInt64 = 0) -> Bool {
        var hasTaken = false
        for output in table.outputs {
            while let message = output.pop() {
                hasTaken = true
                take(message, now: now)
            }
        }
        return hasTaken
    }

    private func take(_ message: HandshakeOutput, now: UInt64) {
        switch message.kind {
        case .keys: keys[message.peer] = message.keys
        case .lost: losses[message.peer] = message.loss
        case .datagram:
            let bytes = (0..<message.bytes.count).map { message.bytes.storage[$0] }
            bytes.withUnsafeBytes { endpoints[message.peer]?.receive($0, now: now) }
        }
    }
}

private func peer(_ index: UInt32, shard: ShardIndex = 0, generation: UInt16 = 1) -> PeerHandle {
    PeerHandle(shard: shard, index: index, generation: generation)
}

@Suite struct HandshakeTableTests {
    @Test func peersOfSeveralShardsGetTheirKeys() throws {
        let clients = try Clients(HandshakeConfiguration(sessionsMax: 64, shardCount: 2))
        for index in 0..<20 { try clients.open(peer(UInt32(index), shard: ShardIndex(index % 2))) }
        clients.pump()
        #expect(clients.keys.count == 20)
        for (peer, endpoint) in clients.endpoints {
            #expect(endpoint.keys?.sendKey == clients.keys[peer]?.receiveKey)
            #expect(endpoint.keys?.receiveKey == clients.keys[peer]?.sendKey)
        }
        var rung: [Int] = []
        clients.table.takeShardsToRing { rung.append($0) }
        #expect(rung == [0, 1])
        clients.table.takeShardsToRing { _ in Issue.record("nothing new") }
        // Nothing is awaited but retirement.
        #expect(clients.table.deadlineNanoseconds == clients.table.configuration.retirementNanoseconds)
    }

    @Test func aRetiredPeerStillSaysAndHearsGoodbye() throws {
        let clients = try Clients()
        for index in 0..<2 { try clients.open(peer(UInt32(index))) }
        clients.pump()
        clients.table.handleTimeouts(now: clients.table.configuration.retirementNanoseconds)
        #expect(clients.table.deadlineNanoseconds == nil)
        #expect(clients.table.counters.sessionsNow == 2)
        clients.endpoints[peer(0)]?.close()
        clients.table.close(peer(1))
        clients.pump()
        #expect(clients.losses == [peer(0): .closedByPeer])
        #expect(clients.endpoints[peer(1)]?.state == .lost(.closedByPeer))
        #expect(clients.table.counters.sessionsNow == 0)
    }

    @Test func aThousandSessionsComeAndGo() throws {
        let clients = try Clients(HandshakeConfiguration(sessionsMax: 8, mailboxMax: 32))
        for round in 0..<1000 {
            let handle = peer(UInt32(round % 5), generation: UInt16(round))
            try clients.open(handle)
            clients.pump()
            #expect(clients.keys[handle] != nil)
            clients.table.close(handle)
            clients.pump()
            #expect(clients.endpoints[handle]?.state == .lost(.closedByPeer))
            clients.endpoints[handle] = nil
            clients.keys[handle] = nil
        }
        #expect(clients.table.counters.established == 1000)
        #expect(clients.table.counters.sessionsNow == 0)
        #expect(clients.table.counters.refused == 0)
    }

    @Test func pastTheLimitAPeerIsRefused() throws {
        let clients = try Clients(HandshakeConfiguration(sessionsMax: 2))
        for index in 0..<3 { try clients.open(peer(UInt32(index))) }
        clients.pump()
        #expect(clients.losses == [peer(2): .handshakeFailed])
        #expect(clients.keys.count == 2)
        #expect(clients.table.counters.refused == 1)
        clients.table.close(peer(0))
        try clients.open(peer(3))
        clients.pump()
        #expect(clients.keys[peer(3)] != nil)
    }

    @Test func datagramsOfUnknownPeersAreCounted() throws {
        let clients = try Clients()
        try clients.open(peer(1, generation: 2))
        for stranger in [peer(2), peer(1, generation: 1), peer(1, shard: 9, generation: 2)] {
            [22, 254, 253].withUnsafeBytes { clients.table.receive($0, from: stranger, now: 0) }
        }
        #expect(clients.table.counters.unknownPeer == 3)
    }

    @Test func anOrderForAShardThatDoesNotExistIsRefused() throws {
        let clients = try Clients()
        clients.table.open(peer(0, shard: 7), fingerprint: clients.context.fingerprint, now: 0)
        #expect(clients.table.counters.refused == 1)
        #expect(clients.table.counters.sessionsNow == 0)
    }

    @Test func aNewGenerationTakesThePlaceOfTheOld() throws {
        let clients = try Clients()
        try clients.open(peer(1, generation: 1))
        try clients.open(peer(1, generation: 2))
        clients.table.close(peer(1, generation: 1))
        clients.pump()
        #expect(clients.keys[peer(1, generation: 1)] == nil)
        #expect(clients.keys[peer(1, generation: 2)] != nil)
        #expect(clients.table.counters.sessionsNow == 1)
    }

    @Test func aPeerThatNeverSpeaksIsGivenUp() throws {
        let clients = try Clients(HandshakeConfiguration(sessionsMax: 4, handshakeNanosecondsMax: 5_000_000_000))
        try clients.open(peer(1), now: 1000)
        #expect(clients.table.deadlineNanoseconds == 5_000_001_000)
        clients.table.handleTimeouts(now: 5_000_000_999)
        #expect(clients.table.counters.sessionsNow == 1)
        clients.table.handleTimeouts(now: 5_000_001_000)
        _ = clients.takeOutputs()
        #expect(clients.losses == [peer(1): .handshakeFailed])
        #expect(clients.table.counters.sessionsNow == 0)
        #expect(clients.table.counters.timedOut == 1)
    }

    @Test func anUnansweredFlightIsSentAgain() throws {
        let clients = try Clients()
        try clients.open(peer(1))
        let hello = try #require(clients.endpoints[peer(1)]?.nextDatagram())
        hello.withUnsafeBytes { clients.table.receive($0, from: peer(1), now: 0) }
        #expect(clients.table.counters.datagramsSent == 1)
        while clients.table.outputs[0].pop() != nil {}
        let deadline = try #require(clients.table.deadlineNanoseconds)
        clients.table.handleTimeouts(now: deadline)
        #expect(clients.table.counters.datagramsSent == 2)
        #expect(clients.table.counters.retransmissions == 1)
        clients.pump(now: deadline)
        #expect(clients.keys[peer(1)] != nil)
    }

    @Test func whatAFullMailboxRefusesWaits() throws {
        let clients = try Clients(HandshakeConfiguration(sessionsMax: 64, mailboxMax: 2))
        for index in 0..<40 { try clients.open(peer(UInt32(index))) }
        clients.pump()
        #expect(clients.keys.count == 40)
        #expect(clients.table.counters.outputsDelayed > 0)
        for endpoint in clients.endpoints.values { endpoint.close() }
        clients.pump()
        #expect(clients.losses.count == 40)
        #expect(clients.table.counters.sessionsNow == 0)
        #expect(!clients.table.hasWaiting)
    }

    @Test func aWrongFingerprintIsToldToTheShard() throws {
        let clients = try Clients()
        try clients.open(peer(1))
        clients.table.open(peer(1), fingerprint: clients.table.fingerprint, now: 0)
        clients.pump()
        #expect(clients.losses == [peer(1): .fingerprintMismatch])
        #expect(clients.endpoints[peer(1)]?.state == .lost(.handshakeFailed))
        #expect(clients.table.counters.fingerprintMismatches == 1)
    }
}
