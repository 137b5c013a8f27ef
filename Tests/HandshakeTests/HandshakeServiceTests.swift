import Contract
import Glibc
import Memory
import Testing

@testable import Handshake

@Suite struct HandshakeServiceTests {
    @Test func theThreadAnswersThroughMailboxes() throws {
        let bell = try #require(Doorbell())
        let service = try HandshakeService.start(HandshakeConfiguration(sessionsMax: 8), outputBells: [bell])
        let context = try DtlsContext(profiles: [.aes128CmSha1])
        let peer = PeerHandle(shard: 0, index: 3, generation: 9)
        let client = try DtlsEndpoint(context: context, role: .client, expectedFingerprint: service.fingerprint)
        #expect(service.orders.push(.open(peer, fingerprint: context.fingerprint)))
        client.start(now: 0)

        var keys: SrtpKeys?
        while keys == nil {
            while let datagram = client.nextDatagram() { push(datagram, of: peer, to: service) }
            // No timeout: a thread that does not answer shows as a test that does not end.
            var wait = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
            #expect(poll(&wait, 1, -1) == 1)
            bell.clear()
            while let output = service.outputs[0].pop() {
                if output.kind == .keys { keys = output.keys }
                if output.kind == .datagram { take(output, by: client) }
                #expect(output.peer == peer && output.kind != .lost)
            }
        }
        #expect(client.keys?.sendKey == keys?.receiveKey)
        #expect(keys?.profile == .aes128CmSha1)
        service.stop()
        #expect(service.counters.established == 1)
        bell.close()
    }

    @Test func stopEndsAThreadThatSleeps() throws {
        let bell = try #require(Doorbell())
        let service = try HandshakeService.start(HandshakeConfiguration(sessionsMax: 1), outputBells: [bell])
        service.stop()
        #expect(service.counters.opened == 0)
        bell.close()
    }

    /// Order and datagram both came after the thread had looked for orders.
    @Test func anOrderIsSeenBeforeTheDatagramThatCameAfterIt() throws {
        let bell = try #require(Doorbell())
        let service = try HandshakeService(HandshakeConfiguration(sessionsMax: 1), [bell])
        let context = try DtlsContext(profiles: [.aes128CmSha1])
        let peer = PeerHandle(shard: 0, index: 3, generation: 9)
        let client = try DtlsEndpoint(context: context, role: .client, expectedFingerprint: service.fingerprint)
        client.start(now: 0)
        #expect(service.orders.push(.open(peer, fingerprint: context.fingerprint)))
        push(try #require(client.nextDatagram()), of: peer, to: service)
        #expect(!service.takeBatch(from: service.inputs[0]))
        #expect(service.outputs[0].pop()?.kind == .datagram)
        bell.close()
    }

    private func push(_ datagram: [UInt8], of peer: PeerHandle, to service: HandshakeService) {
        let place = service.inputs[0].reserve()!
        place.pointee.peer = peer
        place.pointee.bytes.count = datagram.count
        withUnsafeMutableBytes(of: &place.pointee.bytes.storage) { $0.copyBytes(from: datagram) }
        service.inputs[0].commit()
        service.inputBell.ring()
    }

    private func take(_ output: HandshakeOutput, by client: DtlsEndpoint) {
        let bytes = (0..<output.bytes.count).map { output.bytes.storage[$0] }
        bytes.withUnsafeBytes { client.receive($0, now: 0) }
    }
}
