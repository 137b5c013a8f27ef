import CChannelsTesting
import CSctp
import Channels
import Contract
import Memory
import Testing

@testable import Handshake

/// A browser's end: DTLS, and SCTP over it.
private final class Browser {
    let endpoint: DtlsEndpoint
    let association: OpaquePointer
    var messages: [[UInt8]] = []
    var isUp = false

    init(_ context: DtlsContext) throws {
        endpoint = try DtlsEndpoint(context: context, role: .client, expectedFingerprint: nil)
        precondition(endpoint.keepData())
        association = cs_open(endpoint.dataOwner, DtlsEndpoint.dataOutput, 5000, 5000, 1150, 65536)!
    }

    deinit { cs_close(association) }

    func receive(_ datagram: [UInt8], now: UInt64) {
        datagram.withUnsafeBytes { endpoint.receive($0, now: now) }
        endpoint.takeData { cs_receive(association, $0.baseAddress!, $0.count) }
    }

    func read() {
        var buffer = [UInt8](repeating: 0, count: 70_000)
        while case let event = cs_read(association, &buffer, buffer.count), event.kind != cs_nothing {
            if event.kind == cs_up { isUp = true }
            if event.kind == cs_down { return }
            if event.kind == cs_message, event.protocol != 50 {
                messages.append(Array(buffer.prefix(Int(event.byte_count))))
            }
        }
    }
}

/// Peers of one table, with data channels.
private final class ChannelHouse {
    let table: HandshakeTable
    let browsers: [Browser]
    var now: UInt64 = 1_000_000_000

    init(_ count: Int) throws {
        ct_set_time(now)
        let clients = try DtlsContext(profiles: [.aes128Gcm])
        let configuration = HandshakeConfiguration(sessionsMax: count, shardCount: 1, mailboxMax: 4096)
        table = HandshakeTable(
            configuration: configuration, context: try DtlsContext(profiles: [.aes128Gcm]))
        browsers = try (0..<count).map { _ in try Browser(clients) }
        for number in 0..<count {
            table.open(peer(number), fingerprint: clients.fingerprint, now: now)
            table.setChannels(peer(number), ChannelMembership(room: 1, id: FixedBytes("\(number)")!))
            browsers[number].endpoint.start(now: now)
        }
    }

    deinit { ct_set_time(0) }

    func peer(_ number: Int) -> PeerHandle { PeerHandle(shard: 0, index: UInt32(number), generation: 1) }

    func step() {
        now += 5_000_000
        ct_set_time(now)
        for (number, browser) in browsers.enumerated() {
            browser.endpoint.handleTimeout(now: now)
            while let datagram = browser.endpoint.nextDatagram() {
                datagram.withUnsafeBytes { table.receive($0, from: peer(number), now: now) }
            }
        }
        table.handleTimeouts(now: now)
        while let output = table.outputs[0].pop() {
            guard output.kind == .datagram else { continue }
            let bytes = (0..<output.bytes.count).map { output.bytes.storage[$0] }
            browsers[Int(output.peer.index)].receive(bytes, now: now)
        }
        for browser in browsers { browser.read() }
    }

    func steps(until isSo: () -> Bool) -> Bool {
        for _ in 0..<4000 {
            if isSo() { return true }
            step()
        }
        return false
    }
}

extension SctpTests {
    @Suite("Data channels over DTLS")
    struct OverDtlsTests {
        @Test func aMessageGoesFromBrowserToBrowserLongAfterTheHandshake() throws {
            let house = try ChannelHouse(3)
            #expect(house.steps { house.browsers.allSatisfy { $0.isUp } })
            // Past the time at which sessions without data channels are retired.
            house.now += 20_000_000_000
            house.step()
            let open = ChannelMessage.open(ChannelDelivery(), label: [65], protocol: []).bytes
            let delivery = cs_delivery()
            #expect(cs_send(house.browsers[0].association, 0, 50, open, open.count, delivery) == 0)
            for number in UInt8(0)..<100 {
                let bytes = [UInt8](repeating: number, count: 3000)
                #expect(
                    house.steps { cs_send(house.browsers[0].association, 0, 53, bytes, bytes.count, delivery) == 0 })
            }
            #expect(house.steps { house.browsers[1].messages.count == 100 && house.browsers[2].messages.count == 100 })
            #expect(house.browsers[1].messages.map { $0[0] } == Array(0..<100))
            #expect(house.table.counters.channels.messagesSent == 200)
            house.table.close(house.peer(1))
            #expect(house.table.counters.sessionsNow == 2 && house.table.relay.counters.membersNow == 2)
        }

        @Test func aPeerThatNegotiatedNoneHasNone() throws {
            let clients = try DtlsContext(profiles: [.aes128Gcm])
            let table = HandshakeTable(
                configuration: HandshakeConfiguration(sessionsMax: 1, shardCount: 1, mailboxMax: 64),
                context: try DtlsContext(profiles: [.aes128Gcm]))
            let peer = PeerHandle(shard: 0, index: 0, generation: 1)
            table.open(peer, fingerprint: clients.fingerprint, now: 0)
            #expect(table.relay.isEmpty)
            // Nobody by that name is open.
            table.setChannels(
                PeerHandle(shard: 0, index: 0, generation: 2), ChannelMembership(room: 1, id: FixedBytes()))
            #expect(table.relay.isEmpty)
        }
    }
}
