import Contract
import Testing

@testable import Forward

/// A burst of one producer, given as (payload bytes, frame, layer).
private func levelled(_ packets: [(bytes: UInt16, frame: UInt32, layer: UInt8)]) -> [UInt8] {
    let facts = UnsafeMutablePointer<PacketFacts>.allocate(capacity: packets.count)
    defer { facts.deallocate() }
    for (place, packet) in packets.enumerated() {
        (facts + place).initialize(to: PacketFacts())
        facts[place].payloadOffset = 12
        facts[place].payloadBytes = packet.bytes
        facts[place].timestamp = packet.frame
        facts[place].layer = packet.layer
        facts[place].next = place + 1 < packets.count ? UInt32(place + 1) : endOfChain
    }
    Levelling.level(from: 0, facts: facts)
    return packets.indices.map { facts[$0].levelling }
}

@Suite struct LevellingTests {
    @Test func theShorterPacketsOfAFrameGetAByte() {
        #expect(levelled([(1089, 1, 0), (1089, 1, 0), (1090, 1, 0)]) == [1, 1, 0])
        #expect(levelled([(886, 1, 0), (886, 1, 0), (885, 1, 0)]) == [0, 0, 1])
        #expect(levelled([(900, 1, 0), (901, 1, 0), (900, 1, 0)]) == [1, 0, 1])
    }

    @Test func equalPacketsAndLonePacketsStayAsTheyAre() {
        #expect(levelled([(1000, 1, 0), (1000, 1, 0)]) == [0, 0])
        #expect(levelled([(1000, 1, 0)]) == [0])
    }

    @Test func moreThanOneByteIsNeverAdded() {
        #expect(levelled([(841, 1, 0), (841, 1, 0), (836, 1, 0)]) == [0, 0, 0])
        #expect(levelled([(900, 1, 0), (901, 1, 0), (902, 1, 0)]) == [1, 0, 0])
    }

    @Test func framesAndLayersAreLevelledEachForItself() {
        #expect(levelled([(900, 1, 0), (901, 2, 0)]) == [0, 0])
        #expect(levelled([(900, 1, 0), (500, 1, 1), (901, 1, 0), (501, 1, 1)]) == [1, 1, 0, 0])
    }

    @Test func aSlotThatIsFullIsNotPadded() {
        let whole = UInt16(Limits.slotBytes - 12)
        #expect(levelled([(whole, 1, 0), (whole - 1, 1, 0)]) == [0, 1])
        #expect(levelled([(whole, 1, 0), (whole + 1, 1, 0)]) == [0, 0])
    }
}
