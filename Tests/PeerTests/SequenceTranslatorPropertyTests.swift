import Peer
import Testing

/// One random life of a consumer, checked against tables that remember every packet.
private struct Life {
    var random: Seeded
    var translator: SequenceTranslator
    var originOf: [UInt64: PacketOrigin] = [:]
    var outgoingOf: [UInt32: [UInt64: UInt64]] = [:]
    var heads: [UInt32: UInt64] = [1: 70_000, 2: 3_000_000, 3: 900_000]
    var source: UInt32 = 1
    var first: UInt64

    init(seed: UInt64) {
        random = Seeded(seed)
        let start = UInt16.random(in: 0..<32768, using: &random)
        first = UInt64(start)
        translator = SequenceTranslator(firstOutgoing: start)
        translator.switchSource(1, at: 70_000)
    }

    mutating func forward(_ sequence: UInt64, _ source: UInt32) -> UInt64? {
        guard let outgoing = translator.forward(sequence, source: source) else { return nil }
        let origin = PacketOrigin(source: source, sequence: sequence)
        let earlier = originOf.updateValue(origin, forKey: outgoing)
        #expect(earlier == nil || earlier == origin, "one number for two packets")
        let known = outgoingOf[source, default: [:]].updateValue(outgoing, forKey: sequence)
        #expect(known == nil || known == outgoing, "two numbers for one packet")
        return outgoing
    }

    mutating func switchSource() {
        source = UInt32.random(in: 1...3, using: &random)
        heads[source]! += UInt64.random(in: 1..<2000, using: &random)
        translator.switchSource(source, at: heads[source]!)
    }

    mutating func checkOrigins() {
        for back in 1...300 as ClosedRange<UInt64> where translator.next > first + back {
            let outgoing = translator.next - back
            let extended = translator.extend(outgoing: UInt16(truncatingIfNeeded: outgoing))
            #expect(extended == outgoing)
            guard let origin = translator.origin(ofOutgoing: outgoing), let sent = originOf[outgoing] else { continue }
            #expect(origin == sent)
        }
    }
}

@Suite struct SequenceTranslatorPropertyTests {
    /// Skips and switches alone: what is forwarded is contiguous.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func inOrderIsContiguous(seed: UInt64) {
        var life = Life(seed: seed)
        var expected = life.first
        let skipPercent = Int.random(in: 0..<90, using: &life.random)
        for _ in 0..<5_000 {
            if life.random.chance(1) { life.switchSource() }
            let sequence = life.heads[life.source]!
            life.heads[life.source]! += 1
            if life.random.chance(skipPercent) {
                #expect(life.translator.skip(sequence, source: life.source) == nil)
            } else {
                #expect(life.forward(sequence, life.source) == expected)
                expected += 1
            }
            #expect(life.translator.next == expected)
        }
        life.checkOrigins()
    }

    /// Loss, reordering, duplicates and stragglers of other sources: no number is used twice.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func noNumberIsUsedTwice(seed: UInt64) {
        var life = Life(seed: seed &* 77)
        var skipped: [UInt32: Set<UInt64>] = [:]
        for round in 0..<10_000 {
            if life.random.chance(1) { life.switchSource() }
            let source = life.random.chance(95) ? life.source : UInt32.random(in: 1...3, using: &life.random)
            var sequence = life.heads[source]!
            if source == life.source && life.random.chance(70) {
                life.heads[source]! += life.random.chance(3) ? UInt64.random(in: 1..<800, using: &life.random) : 1
            } else {
                sequence -= UInt64.random(in: 1..<700, using: &life.random)
            }
            if skipped[source, default: []].contains(sequence) {
                #expect(life.translator.forward(sequence, source: source) == nil, "skipped, and forwarded after all")
            } else if life.random.chance(30) && life.outgoingOf[source]?[sequence] == nil {
                let hole = life.translator.skip(sequence, source: source)
                if hole == nil { skipped[source, default: []].insert(sequence) }
                if let hole { #expect(life.originOf[hole] == nil, "a hole that was filled before") }
            } else {
                _ = life.forward(sequence, source)
            }
            if round % 500 == 0 { life.checkOrigins() }
        }
        #expect(life.originOf.count > 1000)
    }
}
