import Testing

@testable import Load

@Suite struct StampTests {
    private func written(_ stamp: Stamp, length: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        bytes.withUnsafeMutableBytes { stamp.write(to: $0.baseAddress!, length: length) }
        return bytes
    }

    private func read(_ bytes: [UInt8]) -> Stamp.Reading {
        bytes.withUnsafeBytes { Stamp.read(from: $0.baseAddress!, length: $0.count) }
    }

    @Test(arguments: [32, 33, 39, 40, 41, 80, 1088, 1100]) func comesBackAsItWent(length: Int) {
        let stamp = Stamp(source: 7, sequence: 1 << 40, sentNanoseconds: 123_456_789_012)
        #expect(read(written(stamp, length: length)) == .stamp(stamp))
    }

    @Test func everyChangedByteIsSeen() {
        let bytes = written(Stamp(source: 3, sequence: 99, sentNanoseconds: 5), length: 77)
        for place in 4..<bytes.count {
            var changed = bytes
            changed[place] ^= 0x10
            #expect(read(changed) == .corrupt, "byte \(place)")
        }
    }

    @Test func aCutOrLengthenedPayloadIsCorrupt() {
        let bytes = written(Stamp(source: 3, sequence: 99, sentNanoseconds: 5), length: 77)
        #expect(read(Array(bytes.dropLast())) == .corrupt)
        #expect(read(bytes + [0]) == .corrupt)
    }

    @Test func otherPeoplesPayloadsAreForeign() {
        #expect(read([UInt8](repeating: 0xAA, count: 100)) == .foreign)
        #expect(read([0x4D, 0x52]) == .foreign)
    }

    @Test func patternsDifferBetweenPackets() {
        let first = written(Stamp(source: 1, sequence: 1, sentNanoseconds: 5), length: 64)
        let second = written(Stamp(source: 1, sequence: 2, sentNanoseconds: 5), length: 64)
        #expect(first[32...] != second[32...])
    }
}
