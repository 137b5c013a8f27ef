import Contract
import Memory
import Testing
import Wire

@testable import Forward

/// A history with slots of its own.
private final class Shelf {
    var slots: SlotPool
    var graveyard: Graveyard
    var history: History
    let facts: UnsafeMutablePointer<PacketFacts>
    private let arena: Arena

    init(capacity: Int = 1200) {
        let bytes =
            SlotPool.byteCount(capacity: capacity, slotBytes: 64) + Graveyard.byteCount(capacity: capacity)
            + capacity * MemoryLayout<PacketFacts>.stride + History.capacity * 4 + 8192
        var arena = Arena(byteCount: bytes, useHugePages: false)!
        slots = SlotPool(arena: &arena, capacity: capacity, slotBytes: 64)
        graveyard = Graveyard(arena: &arena, capacity: capacity)
        facts = arena.take(repeating: PacketFacts(), count: capacity)
        history = History(ring: arena.take(UInt32.self, count: History.capacity))
        self.arena = arena
    }

    /// Whether it was taken.
    func put(_ sequence: UInt64, at nanoseconds: UInt64 = 0) -> Bool {
        guard history.verdict(for: sequence, facts: facts) == .kept, let slot = slots.take() else { return false }
        let index = slot.park()
        facts[Int(index)].sequence = sequence
        facts[Int(index)].arrivalNanoseconds = nanoseconds
        history.insert(index, sequence: sequence, graveyard: &graveyard)
        return true
    }

    func holds(_ sequence: UInt64) -> Bool { history.slot(for: sequence, facts: facts) != nil }

    func bury() { graveyard.empty(into: &slots) }
}

@Suite struct HistoryTests {
    @Test func aPacketIsKeptUntilFiveHundredAndTwelveLater() {
        let shelf = Shelf()
        for number in 1000..<1512 as Range<UInt64> { #expect(shelf.put(number)) }
        #expect(shelf.holds(1000))
        #expect(shelf.put(1512))
        #expect(!shelf.holds(1000) && shelf.holds(1001))
        shelf.bury()
        #expect(shelf.slots.freeCount == 1200 - 512)
    }

    @Test func aSecondCopyIsADuplicate() {
        let shelf = Shelf()
        #expect(shelf.put(50) && !shelf.put(50))
        #expect(shelf.history.verdict(for: 50, facts: shelf.facts) == .duplicate)
    }

    @Test func aLatePacketIsKeptInItsPlace() {
        let shelf = Shelf()
        #expect(shelf.put(100) && shelf.put(105) && shelf.put(103) && shelf.put(98))
        #expect(shelf.holds(98) && shelf.holds(103) && !shelf.holds(104))
    }

    @Test func whatIsTooOldIsRefused() {
        let shelf = Shelf()
        #expect(shelf.put(2000))
        #expect(shelf.history.verdict(for: 2000 - 512, facts: shelf.facts) == .tooOld)
        #expect(shelf.put(2000 - 511))
    }

    @Test func aLeapEmptiesTheRing() {
        let shelf = Shelf()
        for number in 1...500 as ClosedRange<UInt64> { #expect(shelf.put(number)) }
        #expect(shelf.put(1_000_000))
        shelf.bury()
        #expect(shelf.slots.freeCount == 1199)
    }

    @Test func whatExpiredIsNotTakenAgain() {
        let shelf = Shelf()
        for number in 10..<20 as Range<UInt64> { #expect(shelf.put(number, at: number * 1000)) }
        shelf.history.expire(before: 15_000, facts: shelf.facts, graveyard: &shelf.graveyard)
        #expect(!shelf.holds(14) && shelf.holds(15))
        #expect(!shelf.put(14) && !shelf.put(9))
        shelf.history.expire(before: .max, facts: shelf.facts, graveyard: &shelf.graveyard)
        #expect(!shelf.put(19) && shelf.put(20))
        shelf.bury()
        #expect(shelf.slots.freeCount == 1199)
    }

    @Test func anotherSourceBeginsWhereItLikes() {
        let shelf = Shelf()
        #expect(shelf.put(70_000))
        shelf.history.expire(before: .max, facts: shelf.facts, graveyard: &shelf.graveyard)
        shelf.history.removeAll(graveyard: &shelf.graveyard)
        #expect(shelf.put(3))
    }
}

@Suite struct RunBuilderTests {
    private final class Bench {
        var builder = RunBuilder()
        var departures: Departures
        private let arena: Arena

        init(_ capacity: Int) {
            var arena = Arena(byteCount: Departures.byteCount(capacity: capacity) + 4096, useHugePages: false)!
            departures = Departures(arena: &arena, capacity: capacity)
            self.arena = arena
        }

        func place(_ bytes: Int) -> Bool {
            let here = Endpoint(ipv4: 0x7F00_0001, port: 9)
            return builder.place(for: bytes, destination: here, departures: &departures) != nil
        }

        func put(_ bytes: Int) -> Bool {
            guard place(bytes) else { return false }
            builder.append(bytes)
            return true
        }

        func close() { builder.close(&departures) }

        var runs: [Run] { (0..<departures.count).map { departures[$0] } }
        var freeCount: Int { departures.freeCount }
    }

    @Test func equalPacketsAndOneShorterMakeOneRun() {
        let bench = Bench(4)
        for bytes in [500, 500, 500, 300] { #expect(bench.put(bytes)) }
        bench.close()
        #expect(bench.runs.count == 1)
        #expect(bench.runs[0].segments == 4 && bench.runs[0].segmentBytes == 500 && bench.runs[0].byteCount == 1800)
    }

    @Test func aLongerPacketOrOneBehindAShorterBeginsARun() {
        let bench = Bench(8)
        for bytes in [300, 500, 400, 400] { #expect(bench.put(bytes)) }
        bench.close()
        #expect(bench.runs.map(\.segments) == [1, 2, 1])
    }

    @Test func aRunHasSixtyFourSegmentsAtMost() {
        let bench = Bench(4)
        for _ in 0..<65 { #expect(bench.put(100)) }
        bench.close()
        #expect(bench.runs.map(\.segments) == [64, 1])
    }

    @Test func aRunFitsOneSendOfTheKernels() {
        let bench = Bench(4)
        for _ in 0..<60 { #expect(bench.put(1400)) }
        bench.close()
        #expect(bench.runs.allSatisfy { $0.byteCount <= UInt32(Departures.runBytesMax) })
        #expect(bench.runs.reduce(0) { $0 + Int($1.segments) } == 60)
    }

    @Test func withoutACellNothingIsPlaced() {
        let bench = Bench(1)
        #expect(bench.put(100))
        #expect(!bench.put(200))
        #expect(bench.runs.count == 1 && bench.freeCount == 0)
    }

    @Test func anEmptyRunGivesItsCellBack() {
        let bench = Bench(1)
        #expect(bench.place(100))
        bench.close()
        #expect(bench.runs.isEmpty && bench.freeCount == 1)
    }
}

@Suite struct HeaderRewriterTests {
    private func rewrite(_ values: [[UInt8]], ids: [UInt8]) -> [UInt8] {
        var facts = PacketFacts()
        var packet: [UInt8] = [UInt8](repeating: 0, count: 12)
        for (place, value) in values.enumerated() where !value.isEmpty {
            facts.extensions[place] = ExtensionPlace(offset: UInt16(packet.count), length: UInt8(value.count))
            packet += value
        }
        var carried = CarriedIds()
        for (place, id) in ids.enumerated() { carried.ids[place] = id }
        let header = OutgoingHeader(payloadType: 96, isMarked: true, sequence: 0xABCD, timestamp: 0x0102_0304, ssrc: 77)
        var out = [UInt8](repeating: 0xEE, count: 600)
        let count = HeaderRewriter.write(header, facts: facts, packet: packet, ids: carried, to: &out)
        #expect(count == HeaderRewriter.headerBytes(facts, ids: carried))
        return Array(out[..<count])
    }

    @Test func withoutExtensionsTheHeaderHasTwelveBytes() {
        let bytes = rewrite([[], [], [], [], []], ids: [1, 2, 3, 4, 5])
        #expect(bytes == [0x80, 0xE0, 0xAB, 0xCD, 1, 2, 3, 4, 0, 0, 0, 77])
    }

    @Test func valuesTravelUnderTheSubscribersIds() throws {
        let bytes = rewrite([[0x2A], [1], [], [], []], ids: [9, 0, 0, 0, 0])
        let header = try RtpHeader(parsing: bytes.span.bytes)
        var map = MediaMap()
        map.set(.audioLevel, id: 9)
        map.set(.videoOrientation, id: 3)
        let found = try HeaderExtensions(parsing: bytes.span.bytes, header: header, map: map)
        #expect(header.headerLength == bytes.count && header.sequenceNumber == 0xABCD && header.marker)
        #expect(found.audioLevel(in: bytes.span.bytes)?.level == 0x2A)
        #expect(!found.has(.videoOrientation))
    }

    @Test(arguments: [1, 15, 16, 17, 60, 255])
    func longValuesMakeTheTwoByteForm(_ length: Int) throws {
        let value = (0..<length).map { UInt8($0 & 0xFF) }
        let bytes = rewrite([[7], [], [], [], value], ids: [2, 0, 0, 0, 14])
        let header = try RtpHeader(parsing: bytes.span.bytes)
        #expect(header.extensionProfile == (length > 16 ? 0x1000 : 0xBEDE))
        var map = MediaMap()
        map.set(.audioLevel, id: 2)
        map.set(.dependencyDescriptor, id: 14)
        let found = try HeaderExtensions(parsing: bytes.span.bytes, header: header, map: map)
        let place = found.value(.dependencyDescriptor)
        #expect(Array(bytes[Int(place.offset)..<Int(place.offset) + Int(place.length)]) == value)
        #expect(found.audioLevel(in: bytes.span.bytes)?.level == 7)
    }
}
