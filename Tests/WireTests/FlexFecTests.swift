import Testing
import Wire

private func fec(_ payload: [UInt8]) throws(WireError) -> FlexFecHeader {
    try payload.inMemory { (buffer) throws(WireError) in
        try FlexFecHeader(parsing: buffer.bytes, payload: RtpPayload(offset: 0, length: buffer.count))
    }
}

private func mask(_ numbers: [Int]) -> FlexFecMask {
    var mask = FlexFecMask()
    for number in numbers { mask.insert(number) }
    return mask
}

@Suite struct FlexFecHeaders {
    /// Worked by hand after figure 9 of the draft: P and CC 1, M and type 0x21, 0x104 bytes, packets 0, 2 and 14 from 0x1000 on.
    static let short = "21 a1 0104 01020304 01000000 deadbeef 1000 d001"
    /// Packets 1, 15 and 45.
    static let middle = "00 00 0000 00000000 01000000 00000001 ffff 2000 c0000001"
    /// Packets 14, 46, 63, 64 and 108.
    static let long = "1f ff ffff ffffffff 01000000 00000001 0000 0001 00000000 c000300000000001"

    @Test func aMaskOf15PacketsIsReadBitByBit() throws {
        let header = try fec(bytes(Self.short + "aabb"))
        #expect(header.flags == 0x21 && header.markerAndType == 0xA1 && header.length == 0x104)
        #expect(header.timestamp == 0x0102_0304 && header.ssrc == 0xDEAD_BEEF && header.base == 0x1000)
        // 0xd001: the last part, then 1010000 00000001.
        #expect(header.mask == mask([0, 2, 14]) && header.bodyOffset == 20 && header.bodyLength == 2)
    }

    @Test func aMaskOf46PacketsIsReadBitByBit() throws {
        let header = try fec(bytes(Self.middle))
        #expect(header.mask == mask([1, 15, 45]) && header.bodyOffset == 24 && header.bodyLength == 0)
    }

    @Test func aMaskOf109PacketsIsReadBitByBit() throws {
        let header = try fec(bytes(Self.long))
        #expect(header.mask == mask([14, 46, 63, 64, 108]) && header.bodyOffset == 32 && header.flags == 0x1F)
    }

    @Test(arguments: [short, middle, long]) func whatIsReadIsWrittenAgain(_ hex: String) throws {
        let header = try fec(bytes(hex))
        #expect(try written { (writer) throws(WireError) in try header.write(to: &writer) } == bytes(hex))
        #expect(header.byteCount == bytes(hex).count)
    }

    @Test func everyMaskComesBack() throws {
        var generator = SeededGenerator(7)
        for _ in 0..<2000 {
            var header = FlexFecHeader()
            let extent = Int.random(in: 1...109, using: &generator)
            for number in 0..<extent where Bool.random(using: &generator) { header.mask.insert(number) }
            header.timestamp = .random(in: 0...UInt32.max, using: &generator)
            header.ssrc = .random(in: 0...UInt32.max, using: &generator)
            let again = try fec(try written { (writer) throws(WireError) in try header.write(to: &writer) })
            #expect(again.mask == header.mask && again.timestamp == header.timestamp && again.ssrc == header.ssrc)
            #expect((0..<109).count { again.mask.contains($0) } == header.mask.count)
        }
        #expect(!FlexFecMask().contains(-1) && !mask(Array(0..<109)).contains(109))
    }

    @Test func theLongestNeededMaskIsWritten() {
        for (last, bytes) in [(14, 20), (15, 24), (45, 24), (46, 32), (63, 32), (64, 32), (108, 32)] {
            var header = FlexFecHeader()
            header.mask.insert(last)
            #expect(header.byteCount == bytes, "\(last)")
        }
    }

    @Test(arguments: [
        ("a1 a1 0104 01020304 01000000 deadbeef 1000 d001", WireError.notRecognised),
        ("61 a1 0104 01020304 01000000 deadbeef 1000 d001", .notRecognised),
        ("21 a1 0104 01020304 02000000 deadbeef 1000 d001", .notRecognised),
        ("1f ff ffff ffffffff 01000000 00000001 0000 0001 00000000 4000300000000001", .malformed),
        ("00 00 0000 00000000 01000000 00000001 ffff 2000 4000000100000000000000", .truncated),
    ])
    func whatIsNotForOneStreamAndAMaskIsRefused(_ hex: String, _ error: WireError) {
        #expect(throws: error) { try fec(bytes(hex)) }
    }

    @Test func everyCutHeaderIsRefused() {
        for hex in [Self.short, Self.middle, Self.long] {
            for length in 0..<bytes(hex).count {
                #expect(throws: WireError.truncated) { try fec(Array(bytes(hex).prefix(length))) }
            }
        }
    }

    @Test func whatIsTakenInTwiceIsOutAgain() {
        var header = FlexFecHeader()
        header.combine(firstByte: 0x90, secondByte: 0xE0, timestamp: 0xFFFF_0000, length: 1000)
        #expect(header.flags == 0x10 && header.markerAndType == 0xE0 && header.length == 1000)
        header.combine(firstByte: 0xB0, secondByte: 0x60, timestamp: 0xFF00_0001, length: 24)
        #expect(header.flags == 0x20 && header.markerAndType == 0x80 && header.length == 1000 ^ 24)
        header.combine(firstByte: 0xB0, secondByte: 0x60, timestamp: 0xFF00_0001, length: 24)
        #expect(header.flags == 0x10 && header.timestamp == 0xFFFF_0000 && header.length == 1000)
    }
}
