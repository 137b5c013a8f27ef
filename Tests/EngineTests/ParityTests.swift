import Testing
import Wire

@testable import Forward

/// A packet in its own memory, with the transport-wide number where `numberOffset` says.
private struct Packet {
    var index: UInt64
    var header: [UInt8]
    var payload: [UInt8]
    var numberOffset = 0

    var isMarked: Bool { header[1] & 0x80 != 0 }
    /// As a receiver combines it.
    var plain: [UInt8] {
        var bytes = header + payload
        if numberOffset > 0 { bytes[numberOffset...numberOffset + 1] = [0, 0] }
        return bytes
    }
}

/// A group with memory of its own, and guards behind it.
private final class Bench {
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: ParityGroup.bodyStride + 64, alignment: 64)
    var group: ParityGroup

    init() {
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: ParityGroup.bodyStride)
        (memory + ParityGroup.bodyStride).initializeMemory(as: UInt8.self, repeating: 0xA5, count: 64)
        group = ParityGroup(body: memory)
    }

    deinit {
        for place in 0..<64 {
            precondition((memory + ParityGroup.bodyStride).load(fromByteOffset: place, as: UInt8.self) == 0xA5)
        }
        memory.deallocate()
    }

    func add(_ packet: Packet, share: UInt8 = 40) {
        packet.header.withUnsafeBytes { header in
            packet.payload.withUnsafeBytes { payload in
                let plain = PlainPacket(
                    index: packet.index, header: header.baseAddress!, headerBytes: header.count,
                    payload: payload.baseAddress ?? header.baseAddress!, payloadBytes: payload.count,
                    numberOffset: packet.numberOffset, isMarked: packet.isMarked)
                group.add(plain, share: share)
            }
        }
    }

    /// The payload of the packet of parity.
    var parity: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: group.byteCount)
        let group = group
        bytes.withUnsafeMutableBytes { group.write(to: $0.baseAddress!) }
        return bytes
    }
}

private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}

extension Packet {
    fileprivate static func random(_ index: UInt64, _ numbers: inout Numbers) -> Packet {
        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) } }
        let words = Int.random(in: 0...6, using: &numbers)
        let first: UInt8 = words > 0 ? 0x90 : 0x80
        var header = [first, UInt8.random(in: 0...255, using: &numbers), UInt8(index >> 8 & 255), UInt8(index & 255)]
        header += bytes(4) + [0x4C, 0, 0, 2]
        if words > 0 { header += [0xBE, 0xDE, 0, UInt8(words)] + bytes(words * 4) }
        let offset = words > 0 ? Int.random(in: 16...(14 + words * 4), using: &numbers) : 0
        return Packet(
            index: index, header: header, payload: bytes(.random(in: 0...1200, using: &numbers)), numberOffset: offset)
    }
}

/// What is missing of a group, by all others of it and its parity.
private func recover(_ parity: [UInt8], _ others: [Packet], missing: UInt64) throws -> [UInt8] {
    var header = try FlexFecHeader(
        parsing: parity.span.bytes, payload: RtpPayload(offset: 0, length: parity.count))
    var body = Array(parity[header.bodyOffset...])
    for other in others.map(\.plain) {
        header.combine(
            firstByte: other[0], secondByte: other[1], timestamp: other.span.bytes.uint32(at: 4),
            length: UInt16(other.count - 12))
        for place in 12..<other.count { body[place - 12] ^= other[place] }
    }
    let number = UInt16(truncatingIfNeeded: missing)
    var start: [UInt8] = [header.flags | 0x80, header.markerAndType, UInt8(number >> 8), UInt8(number & 255)]
    for shift in [24, 16, 8, 0] { start.append(UInt8(header.timestamp >> UInt32(shift) & 255)) }
    for shift in [24, 16, 8, 0] { start.append(UInt8(header.ssrc >> UInt32(shift) & 255)) }
    return start + body[..<Int(header.length)]
}

@Suite struct ParityTests {
    /// Two packets, combined by hand: P of the first, the marker of the second; 5 ^ 3 bytes behind the fixed header.
    @Test func twoPacketsAreCombinedAsTheDraftSays() {
        let bench = Bench()
        bench.add(
            Packet(
                index: 0x1_0041, header: [0xA0, 0x60, 0, 0x41, 0, 0, 0, 0x10, 0x4C, 0, 0, 2], payload: [1, 2, 3, 4, 1]))
        bench.add(
            Packet(
                index: 0x1_0043, header: [0x80, 0xE0, 0, 0x43, 0, 0, 1, 0x10, 0x4C, 0, 0, 2], payload: [0xF0, 2, 0xFF]))
        let header: [UInt8] = [
            0x20, 0x80, 0, 6, 0, 0, 1, 0, 1, 0, 0, 0, 0x4C, 0, 0, 2, 0, 0x41, 0xD0, 0,
        ]
        #expect(bench.parity == header + [0xF1, 0, 0xFC, 4, 1])
    }

    @Test func theTransportWideNumberCountsAsZero() {
        let bench = Bench()
        let header: [UInt8] = [
            0x90, 0x60, 0, 1, 0, 0, 0, 0, 0x4C, 0, 0, 2, 0xBE, 0xDE, 0, 1, 0x31, 0xAB, 0xCD, 0,
        ]
        bench.add(Packet(index: 1, header: header, payload: [9], numberOffset: 17))
        #expect(bench.parity[20...] == [0xBE, 0xDE, 0, 1, 0x31, 0, 0, 0, 9])
    }

    @Test func whateverIsMissingComesBack() throws {
        var numbers = Numbers(state: 3)
        let bench = Bench()
        for round in 0..<300 {
            let first = UInt64.random(in: 0...0x2_0000, using: &numbers)
            let span = Int.random(in: 1...ParityGroup.spanMax, using: &numbers)
            let further = (0..<span).dropFirst().filter { _ in Bool.random(using: &numbers) }.shuffled(using: &numbers)
            let all = ([0] + further).map { Packet.random(first + UInt64($0), &numbers) }
            for packet in all { bench.add(packet) }
            #expect(bench.group.count == all.count)
            let missing = all.randomElement(using: &numbers)!
            let others = all.filter { $0.index != missing.index }
            #expect(try recover(bench.parity, others, missing: missing.index) == missing.plain, "round \(round)")
            if Bool.random(using: &numbers) { bench.group.settle() } else { bench.group.clear() }
        }
    }

    @Test func whatComesBehindTheBeginningIsLeftOut() {
        let bench = Bench()
        var numbers = Numbers(state: 5)
        bench.add(Packet.random(100, &numbers))
        let before = bench.parity
        bench.add(Packet.random(99, &numbers))
        #expect(bench.parity == before && bench.group.count == 1)
    }

    @Test func aLeapBeginsANewGroup() {
        let bench = Bench()
        var numbers = Numbers(state: 6)
        bench.add(Packet.random(100, &numbers))
        bench.add(Packet.random(1000, &numbers))
        #expect(bench.group.count == 1 && bench.group.header.base == 1000)
    }

    @Test func whatIsTooLongIsNotProtected() {
        let bench = Bench()
        let header = [UInt8](repeating: 0x80, count: 12)
        bench.add(Packet(index: 1, header: header, payload: Array(repeating: 1, count: ParityGroup.bodyBytesMax + 1)))
        #expect(bench.group.count == 0 && !bench.group.isDue)
        bench.add(Packet(index: 2, header: header, payload: Array(repeating: 1, count: ParityGroup.bodyBytesMax)))
        #expect(bench.group.count == 1 && bench.parity.count == 20 + ParityGroup.bodyBytesMax)
    }

    /// Pictures of six packets at this share.
    private func packetsOfParity(share: UInt8, pictures: Int) -> (sent: Int, atEnds: Int) {
        let bench = Bench()
        var (sent, atEnds) = (0, 0)
        for index in 0..<UInt64(pictures * 6) {
            let isLast = index % 6 == 5
            let header: [UInt8] = [0x80, isLast ? 0xE0 : 0x60, 0, 0, 0, 0, 0, 0, 0x4C, 0, 0, 2]
            bench.add(Packet(index: index, header: header, payload: [1]), share: share)
            guard bench.group.isDue else { continue }
            bench.group.settle()
            sent += 1
            if isLast { atEnds += 1 }
        }
        return (sent, atEnds)
    }

    @Test func aSixthIsSentAsAPacketBehindEachPictureOfSix() {
        let (sent, atEnds) = packetsOfParity(share: 43, pictures: 100)
        #expect((99...101).contains(sent) && atEnds >= 95, "\(sent), \(atEnds) at ends")
    }

    @Test func overTimeAShareIsKept() {
        for share in [14, 25, 39, 60, 77] as [UInt8] {
            let (sent, atEnds) = packetsOfParity(share: share, pictures: 200)
            let wanted = 1200 * Int(share) / 256
            #expect(abs(sent - wanted) <= 2, "\(share): \(sent), \(wanted)")
            #expect(atEnds * 2 >= min(sent, 200), "\(share): \(atEnds) of \(sent)")
        }
    }
}

@Suite struct ProtectionTests {
    private func protection() -> Protection {
        var protection = Protection()
        protection.set(payloadType: 118)
        return protection
    }

    @Test func aCleanLinkHasNone() {
        var protection = protection()
        for _ in 0..<20 { protection.note(packets: 150, fractionLost: 0, roundTripNanoseconds: 100_000_000) }
        #expect(protection.share == 0 && protection.budget(1000) == 1000 && protection.cost(1000) == 1000)
    }

    @Test func aTenthLostTakesAQuarterMore() {
        var protection = protection()
        for _ in 0..<8 { protection.note(packets: 150, fractionLost: 26, roundTripNanoseconds: 100_000_000) }
        #expect((66...70).contains(protection.share))
        #expect(abs(Int(protection.cost(protection.budget(1_000_000))) - 1_000_000) < 10)
    }

    @Test func moreLossIsBelievedSoonAndLessSlowly() {
        var protection = protection()
        protection.note(packets: 150, fractionLost: 13, roundTripNanoseconds: 0)
        #expect(protection.share > 0)
        var reports = 0
        while protection.share > 0, reports < 100 {
            protection.note(packets: 150, fractionLost: 0, roundTripNanoseconds: 0)
            reports += 1
        }
        #expect((5...20).contains(reports), "\(reports)")
    }

    @Test func fewPacketsSayLittle() {
        var protection = protection()
        protection.note(packets: 3, fractionLost: 85, roundTripNanoseconds: 0)
        #expect(protection.share == 0 && protection.loss == 0)
        protection.note(packets: 197, fractionLost: 0, roundTripNanoseconds: 0)
        #expect(protection.share == 0 && protection.loss < 500)
    }

    @Test func whoIsNearIsServedByRetransmissions() {
        var protection = protection()
        for _ in 0..<5 { protection.note(packets: 150, fractionLost: 26, roundTripNanoseconds: 5_000_000) }
        #expect(protection.share == 0 && protection.loss > 5000)
    }

    @Test func theShareEndsAt30Percent() {
        #expect(
            Protection.share(at: 65535) == 77 && Protection.share(at: 655) == 14 && Protection.share(at: 3277) == 38)
    }
}
