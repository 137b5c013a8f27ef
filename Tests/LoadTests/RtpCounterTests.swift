import CLoad
import Driver
import Glibc
import Testing

@testable import Load

/// Nil when this process may use bpf(2).
private let counter: RtpCounter? = try? RtpCounter.make()

/// A sender and a counted receiver on loopback.
private final class Pair {
    let sender: Int32
    let receiver: Int32
    let port: UInt16
    private let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: Int(CL_MESSAGES * CL_MESSAGE_BYTES))
    static let audio: UInt8 = 111
    static let video: UInt8 = 96
    static let repair: UInt8 = 97

    init(counted: Bool = true) throws {
        let loopback = AnswerFacts.bytes(of: "127.0.0.1")!
        // Each is connected to the other, as an SFU and its client are.
        let (first, firstPort) = try Self.reserve(loopback)
        let (second, secondPort) = try Self.reserve(loopback)
        (sender, receiver, port) = (first, second, secondPort)
        try Self.aim(first, loopback, secondPort)
        try Self.aim(second, loopback, firstPort)
        if counted, let counter {
            try #require(counter.attach(receiver, port: port, audioType: Self.audio, repairType: Self.repair))
        }
    }

    deinit {
        cl_close(sender)
        cl_close(receiver)
        memory.deallocate()
    }

    private static func reserve(_ address: InlineArray<16, UInt8>) throws -> (Int32, UInt16) {
        var (towards, own) = (address, InlineArray<16, UInt8>(repeating: 0))
        var port: UInt16 = 0
        let socket = withUnsafeMutableBytes(of: &towards) { towards in
            withUnsafeMutableBytes(of: &own) {
                cl_socket_reserve(
                    towards.assumingMemoryBound(to: UInt8.self).baseAddress!, 1 << 20,
                    $0.assumingMemoryBound(to: UInt8.self).baseAddress!, &port)
            }
        }
        try #require(socket >= 0)
        return (socket, port)
    }

    private static func aim(_ socket: Int32, _ address: InlineArray<16, UInt8>, _ port: UInt16) throws {
        var address = address
        let error = withUnsafeMutableBytes(of: &address) {
            cl_socket_aim(socket, $0.assumingMemoryBound(to: UInt8.self).baseAddress!, port)
        }
        try #require(error == 0)
    }

    func send(_ bytes: [UInt8], segment: Int = 0) { #expect(cl_send(sender, bytes, bytes.count, UInt16(segment)) == 0) }

    /// Sizes of what came through; loopback delivers before a send returns.
    func received() -> [Int] {
        var details = [cl_received](repeating: cl_received(), count: Int(CL_MESSAGES))
        let count = cl_receive(receiver, memory, &details)
        return count <= 0 ? [] : details[..<Int(count)].map { Int($0.byte_count) }
    }

    var counts: RtpCounts { counter!.counts(of: port) }
}

private func rtp(_ payloadType: UInt8, bytes: Int) -> [UInt8] {
    [0x80, 0x80 | payloadType] + [UInt8](repeating: 7, count: bytes - 2)
}

@Suite(.enabled(if: counter != nil, "this process may not use bpf(2)")) struct RtpCounterTests {
    @Test func mediaIsCountedByKindAndDroppedAfterASample() throws {
        let pair = try Pair()
        pair.send(rtp(Pair.video, bytes: 1000))
        #expect(pair.received() == [1000], "the first comes through")
        #expect(pair.counts == RtpCounts())
        pair.send(rtp(Pair.video, bytes: 1000))
        pair.send(rtp(Pair.audio, bytes: 100))
        pair.send(rtp(Pair.repair, bytes: 500))
        #expect(pair.received() == [])
        let counts = pair.counts
        #expect(counts.packets == 3 && counts.audio == 1 && counts.repairs == 1)
        #expect(counts.bytes == 1600 && counts.datagrams == 3)
    }

    @Test func aRunIsOneDatagramOfSeveralPackets() throws {
        let pair = try Pair()
        pair.send(rtp(Pair.audio, bytes: 50))
        _ = pair.received()
        pair.send(rtp(Pair.video, bytes: 900) + rtp(Pair.video, bytes: 900) + rtp(Pair.audio, bytes: 90), segment: 900)
        #expect(pair.received() == [])
        #expect(pair.counts.packets == 3 && pair.counts.audio == 1 && pair.counts.datagrams == 1)
        #expect(pair.counts.bytes == 1890)
    }

    @Test func theLongestRunIsCountedWhole() throws {
        let pair = try Pair()
        pair.send(rtp(Pair.audio, bytes: 50))
        _ = pair.received()
        pair.send((0..<64).flatMap { _ in rtp(Pair.audio, bytes: 100) }, segment: 100)
        #expect(pair.counts.packets == 64 && pair.counts.audio == 64)
    }

    @Test func whatIsNoMediaPasses() throws {
        let pair = try Pair()
        let stun: [UInt8] = [0x00, 0x01, 0x00, 0x00] + [UInt8](repeating: 0, count: 16)
        let dtls: [UInt8] = [22, 0xFE, 0xFD] + [UInt8](repeating: 0, count: 20)
        let rtcp: [UInt8] = [0x80, 200] + [UInt8](repeating: 0, count: 26)
        let feedback: [UInt8] = [0x81, 206] + [UInt8](repeating: 0, count: 10)
        for bytes in [stun, dtls, rtcp, feedback, [0x80]] { pair.send(bytes) }
        #expect(pair.received() == [20, 23, 28, 12, 1])
        #expect(pair.counts.packets == 0)
    }

    @Test func aRunWithSomethingElseInItPassesUncounted() throws {
        let pair = try Pair()
        pair.send(rtp(Pair.audio, bytes: 50))
        _ = pair.received()
        let rtcp: [UInt8] = [0x80, 200] + [UInt8](repeating: 0, count: 26)
        pair.send(rtp(Pair.video, bytes: 28) + rtcp, segment: 28)
        #expect(pair.received() == [56])
        #expect(pair.counts.packets == 0)
    }

    @Test func oneOf256ComesThrough() throws {
        let pair = try Pair()
        for _ in 0..<1024 { pair.send(rtp(Pair.video, bytes: 60)) }
        #expect(pair.received().count == 4)
        #expect(pair.counts.packets == 1020)
    }

    @Test func eachSocketIsCountedForItself() throws {
        let (first, second) = (try Pair(), try Pair())
        for _ in 0..<3 { first.send(rtp(Pair.audio, bytes: 60)) }
        second.send(rtp(Pair.audio, bytes: 60))
        #expect(first.counts.audio == 2 && second.counts.audio == 0)
    }
}

@Suite struct CountedSumsTests {
    @Test func oneWhoPublishesTooIsNotToGetItsOwn() {
        let sums = PlannedSums(audio: 100, video: 300, each: [3: (audio: 40, video: 100)])
        #expect(sums.total(except: 0) == (100, 300))
        #expect(sums.total(except: 3) == (60, 200))
    }

    @Test func whatIsCountedIsReceived() {
        var sums = CountedSums()
        (sums.audio, sums.video, sums.bytes, sums.missingAudio) = (5, 20, 9000, 2)
        var snapshot = Snapshot()
        snapshot.video.received = 1
        sums.add(to: &snapshot)
        #expect(snapshot.audio.received == 5 && snapshot.video.received == 21)
        #expect(snapshot.video.receivedBytes == 9000 && snapshot.packets.rtpReceived == 25)
        #expect(snapshot.audio.lost == 0, "while publishers play, what is missing may be under way")
        sums.addLosses(to: &snapshot)
        #expect(snapshot.audio.lost == 2)
    }
}
