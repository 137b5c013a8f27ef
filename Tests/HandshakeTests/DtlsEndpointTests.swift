import Contract
import Handshake
import Testing

@Suite struct DtlsEndpointTests {
    @Test(arguments: allProfiles) func bothEndsHoldTheSameKeys(profile: SrtpProfile) throws {
        let (client, server) = try makePair(clientProfiles: [profile])
        VirtualLink(client: client, server: server).run()
        #expect(agree(client, server))
        #expect(server.keys?.profile == profile)
        #expect(server.retransmissions == 0 && client.retransmissions == 0)
        #expect(server.deadlineNanoseconds == nil && client.deadlineNanoseconds == nil)
    }

    @Test func serverPicksTheProfileByItsOwnOrder() throws {
        // Chromium names the SHA1 profile first.
        let (client, server) = try makePair(clientProfiles: [.aes128CmSha1, .aes256Gcm, .aes128Gcm])
        VirtualLink(client: client, server: server).run()
        #expect(server.keys?.profile == .aes128Gcm)
        #expect(agree(client, server))
    }

    @Test func everyHandshakeHasKeysOfItsOwn() throws {
        let (client, server) = try makePair()
        VirtualLink(client: client, server: server).run()
        let (client2, server2) = try makePair()
        VirtualLink(client: client2, server: server2).run()
        #expect(server.keys?.sendKey != server2.keys?.sendKey)
    }

    @Test func noCommonProfileFailsBothEnds() throws {
        let (client, server) = try makePair(serverProfiles: [.aes128Gcm], clientProfiles: [.aes128CmSha1])
        VirtualLink(client: client, server: server).run()
        #expect(server.state == .lost(.handshakeFailed))
        #expect(client.state == .lost(.handshakeFailed))
        #expect(server.keys == nil && client.keys == nil)
    }

    @Test func anotherCertificateIsAMismatch() throws {
        let context = try DtlsContext(profiles: allProfiles)
        let stranger = try DtlsContext(profiles: allProfiles)
        let expected = try DtlsContext(profiles: allProfiles).fingerprint
        let server = try DtlsEndpoint(context: context, role: .server, expectedFingerprint: expected)
        let client = try DtlsEndpoint(context: stranger, role: .client, expectedFingerprint: context.fingerprint)
        VirtualLink(client: client, server: server).run()
        #expect(server.state == .lost(.fingerprintMismatch))
        #expect(server.keys == nil)
        // Told by an alert, so that it need not wait for its timer.
        #expect(client.state == .lost(.handshakeFailed))
    }

    @Test func aClientChecksTheServersCertificateToo() throws {
        let context = try DtlsContext(profiles: allProfiles)
        let expected = try DtlsContext(profiles: allProfiles).fingerprint
        let clientContext = try DtlsContext(profiles: allProfiles)
        let server = try DtlsEndpoint(context: context, role: .server, expectedFingerprint: clientContext.fingerprint)
        let client = try DtlsEndpoint(context: clientContext, role: .client, expectedFingerprint: expected)
        VirtualLink(client: client, server: server).run()
        #expect(client.state == .lost(.fingerprintMismatch))
        #expect(server.state == .lost(.handshakeFailed))
    }

    @Test func aClientWithoutCertificateIsRefused() throws {
        let context = try DtlsContext(profiles: allProfiles)
        let bare = try DtlsContext(profiles: allProfiles, hasCertificate: false)
        let server = try DtlsEndpoint(context: context, role: .server, expectedFingerprint: context.fingerprint)
        let client = try DtlsEndpoint(context: bare, role: .client, expectedFingerprint: nil)
        VirtualLink(client: client, server: server).run()
        #expect(server.state == .lost(.handshakeFailed))
        #expect(server.keys == nil)
    }

    @Test func closeTellsTheOtherEnd() throws {
        let (client, server) = try makePair()
        let link = VirtualLink(client: client, server: server)
        link.run()
        client.close()
        link.run()
        #expect(server.state == .lost(.closedByPeer))
        #expect(server.nextDatagram() == nil)
    }

    @Test(arguments: [true, false]) func aRetiredEndHearsOnlyAnAuthenticGoodbye(isServerRetired: Bool) throws {
        let (client, server) = try makePair()
        VirtualLink(client: client, server: server).run()
        let (retired, other) = isServerRetired ? (server, client) : (client, server)
        retired.retire()
        #expect(retired.isRetired && retired.keys != nil)
        other.close()
        let goodbye = try #require(other.nextDatagram())
        for index in [0, 4, 5, 13, 22, goodbye.count - 1] {
            var forged = goodbye
            forged[index] ^= 1
            forged.withUnsafeBytes { retired.receive($0, now: 2_000_000_000) }
            goodbye.dropLast().withUnsafeBytes { retired.receive($0, now: 2_000_000_000) }
            #expect(retired.state == .established)
        }
        goodbye.withUnsafeBytes { retired.receive($0, now: 2_000_000_000) }
        #expect(retired.state == .lost(.closedByPeer))
    }

    @Test func retiringBeforeTheHandshakeIsOverDoesNothing() throws {
        let (client, server) = try makePair()
        server.retire()
        #expect(!server.isRetired)
        VirtualLink(client: client, server: server).run()
        #expect(agree(client, server))
    }

    @Test func garbageChangesNothing() throws {
        let (client, server) = try makePair()
        var random = SeededRandom(state: 7)
        for round in 0..<500 {
            let bytes = (0..<Int(random.next() % 1500)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            bytes.withUnsafeBytes { server.receive($0, now: UInt64(round)) }
            #expect(server.nextDatagram() == nil)
        }
        VirtualLink(client: client, server: server).run()
        #expect(agree(client, server))
        for _ in 0..<500 {
            let bytes = [22, 254, 253] + (0..<60).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            bytes.withUnsafeBytes { server.receive($0, now: 2_000_000_000) }
        }
        #expect(server.state == .established)
    }

    @Test func emptyProfilesAreRefused() {
        #expect(throws: HandshakeError.contextRefused) { try DtlsContext(profiles: []) }
    }
}
