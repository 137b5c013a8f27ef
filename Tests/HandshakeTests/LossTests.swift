import Contract
import Foundation
import Handshake
import Testing

@Suite struct LossTests {
    @Test(arguments: [300, 576, 1200]) func smallDatagramsFragmentTheFlights(datagramBytesMax: Int) throws {
        let (client, server) = try makePair(datagramBytesMax: datagramBytesMax)
        let link = VirtualLink(client: client, server: server)
        link.run()
        #expect(agree(client, server))
        #expect(link.datagramBytesMaxSeen <= datagramBytesMax)
        #expect(link.sentCount[false]! >= (datagramBytesMax < 600 ? 3 : 2))
    }

    @Test(arguments: [(300, true), (300, false), (1200, true), (1200, false)])
    func anyOneDatagramMayBeLost(datagramBytesMax: Int, fromClient: Bool) throws {
        for index in 0..<12 {
            let (client, server) = try makePair(datagramBytesMax: datagramBytesMax)
            let link = VirtualLink(client: client, server: server)
            link.isLost = { $0 == fromClient && $1 == index }
            link.run()
            #expect(agree(client, server), "lost datagram \(index)")
        }
    }

    @Test func aLostFinalFlightIsRepeatedWhenTheClientAsks() throws {
        let (client, server) = try makePair()
        let link = VirtualLink(client: client, server: server)
        // The server's first datagram is ServerHello and so on; the second is its Finished.
        link.isLost = { fromClient, index in !fromClient && (1...3).contains(index) }
        link.run()
        #expect(agree(client, server))
        #expect(client.retransmissions == 3)
        #expect(server.retransmissions == 0)
    }

    @Test(arguments: 0..<60) func lossReorderingAndDuplicationAreSurvived(seed: Int) throws {
        let (client, server) = try makePair(datagramBytesMax: seed % 2 == 0 ? 400 : 1200)
        let mood = NetworkMood(loss: 15, duplication: 15, reordering: 30)
        let link = VirtualLink(client: client, server: server, mood: mood, seed: UInt64(seed))
        link.run()
        #expect(agree(client, server), "seed \(seed)")
    }

    /// Chromium 156's hello (DTLS 1.3 and 1.2, a post-quantum key share) is longer than a datagram.
    @Test(arguments: [[0, 1], [1, 0], [0, 0, 1, 1], [1, 1, 0], [0, 1, 0, 1]])
    func chromiumsHelloInTwoDatagramsIsAnswered(order: [Int]) throws {
        let datagrams = try corpusDatagrams("chromiumHello")
        #expect(datagrams.map(\.count) == [1200, 263])
        let (_, server) = try makePair()
        for index in order { datagrams[index].withUnsafeBytes { server.receive($0, now: 1) } }
        let answer = try #require(server.nextDatagram())
        // A handshake record that begins with ServerHello, of DTLS 1.2.
        #expect(answer[0] == 22 && answer[13] == 2 && Array(answer[25...26]) == [0xFE, 0xFD])
        #expect(server.state == .handshaking)
        #expect(server.nextDatagram() == nil)
    }

    @Test func halfAHelloIsNotAnswered() throws {
        let datagrams = try corpusDatagrams("chromiumHello")
        let (_, server) = try makePair()
        for _ in 0..<3 { datagrams[1].withUnsafeBytes { server.receive($0, now: 1) } }
        #expect(server.nextDatagram() == nil)
        #expect(server.deadlineNanoseconds == nil)
    }

    @Test func aHelloInFragmentsMayArriveBackwardsAndTwice() throws {
        let (client, server) = try makePair()
        client.start(now: 0)
        let fragments = splitHandshake(try #require(client.nextDatagram()), at: 100)
        for fragment in fragments.reversed() + fragments {
            fragment.withUnsafeBytes { server.receive($0, now: 1) }
        }
        #expect(server.nextDatagram() != nil)
        #expect(server.state == .handshaking)
    }

    @Test func retransmissionsSlowDown() throws {
        let (client, _) = try makePair()
        client.start(now: 0)
        _ = client.nextDatagram()
        var waits: [UInt64] = []
        var now: UInt64 = 0
        for _ in 0..<7 {
            let deadline = try #require(client.deadlineNanoseconds)
            waits.append((deadline - now) / 1_000_000)
            now = deadline
            client.handleTimeout(now: now)
            #expect(client.nextDatagram() != nil)
            #expect(client.nextDatagram() == nil)
        }
        #expect(waits == [250, 500, 1000, 2000, 4000, 4000, 4000])
    }
}

/// Splits a datagram that holds one handshake record with one whole message into two fragments of it (RFC 6347 §4.2.3),
/// each in a record and datagram of its own.
func splitHandshake(_ datagram: [UInt8], at offset: Int) -> [[UInt8]] {
    let header = Array(datagram[0..<13])
    let message = Array(datagram[13..<25])
    let body = Array(datagram[25...])
    return [(0, body[..<offset]), (offset, body[offset...])].enumerated().map { index, part in
        var record = header
        record[10] = UInt8(index)
        record[11] = UInt8((part.1.count + 12) >> 8)
        record[12] = UInt8((part.1.count + 12) & 0xFF)
        var fragment = message
        for byte in 0..<3 {
            fragment[6 + byte] = UInt8(part.0 >> (16 - 8 * byte) & 0xFF)
            fragment[9 + byte] = UInt8(part.1.count >> (16 - 8 * byte) & 0xFF)
        }
        return record + fragment + part.1
    }
}

/// The datagrams of a seed of the fuzzer, which keeps each behind two bytes of length.
func corpusDatagrams(_ name: String) throws -> [[UInt8]] {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    var rest = [UInt8](try Data(contentsOf: tests.appendingPathComponent("Corpus/dtls/\(name)")))[...]
    var datagrams: [[UInt8]] = []
    while let high = rest.popFirst(), let low = rest.popFirst() {
        let count = Int(high) << 8 | Int(low)
        datagrams.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
    }
    return datagrams
}
