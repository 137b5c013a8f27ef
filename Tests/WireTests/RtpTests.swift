import Contract
import Testing
import Wire

func rtp(_ packet: [UInt8]) throws(WireError) -> RtpHeader {
    try packet.inMemory { (buffer) throws(WireError) in try RtpHeader(parsing: buffer.bytes) }
}

func payload(_ packet: [UInt8]) throws(WireError) -> RtpPayload {
    let header = try rtp(packet)
    return try packet.inMemory { (buffer) throws(WireError) in try RtpPayload(of: header, in: buffer.bytes) }
}

@Suite struct Classifying {
    @Test func eachFirstByteNamesItsProtocol() {
        let kinds = (0...255).map { PacketKind.classify(firstByte: UInt8($0)) }
        #expect(kinds[0] == .stun && kinds[3] == .stun && kinds[4] == .unknown)
        #expect(kinds[16] == .zrtp && kinds[19] == .zrtp && kinds[20] == .dtls && kinds[63] == .dtls)
        #expect(kinds[64] == .turnChannel && kinds[79] == .turnChannel && kinds[80] == .unknown)
        #expect(
            kinds[127] == .unknown && kinds[128] == .rtpOrRtcp && kinds[191] == .rtpOrRtcp && kinds[192] == .unknown)
    }

    @Test func rtcpIsToldFromRtp() {
        let types = (0...255).filter { PacketKind.isRtcp(secondByte: UInt8($0)) }
        #expect(types == Array(192...223))
    }
}

@Suite struct RtpParsing {
    static let packet = bytes("b2 e0 1234 00010203 deadbeef 11111111 22222222 bede0001 10ff0000 aabbcc 000003")

    @Test func readsEveryField() throws {
        let header = try rtp(Self.packet)
        #expect(header.marker && header.payloadType == 96 && header.sequenceNumber == 0x1234)
        #expect(header.timestamp == 0x0001_0203 && header.ssrc == 0xdead_beef && header.csrcCount == 2)
        #expect(header.hasExtension && header.extensionProfile == 0xbede)
        #expect(header.extensionOffset == 24 && header.extensionLength == 4 && header.headerLength == 28)
        let payload = try WireTests.payload(Self.packet)
        #expect(payload.offset == 28 && payload.length == 3 && payload.paddingLength == 3)
    }

    @Test func aPacketOfPaddingOnlyHasNoPayload() throws {
        let payload = try WireTests.payload(bytes("a060 1234 00010203 deadbeef 00000004"))
        #expect(payload.length == 0 && payload.paddingLength == 4)
    }

    @Test(arguments: [
        "a060 1234 00010203 deadbeef 00000000", "a060 1234 00010203 deadbeef 00000005", "a060 1234 00010203 deadbeef",
    ])
    func unlawfulPaddingIsRefused(_ hex: String) {
        #expect(throws: WireError.malformed) { try payload(bytes(hex)) }
    }

    @Test func everyCutHeaderIsRefused() {
        Self.packet.everyPrefix { buffer in
            guard buffer.count < 28 else { return }
            #expect(throws: WireError.truncated) { try RtpHeader(parsing: buffer.bytes) }
        }
    }

    @Test func anotherVersionIsRefused() {
        #expect(throws: WireError.notRecognised) { try rtp(bytes("4060 1234 00010203 deadbeef")) }
    }

    @Test func theFixedHeaderComesBackAsWritten() throws {
        let header = RtpHeader(payloadType: 111, sequenceNumber: 65535, timestamp: 7, ssrc: 9, marker: true)
        let again = try rtp(try written { (writer) throws(WireError) in try header.write(to: &writer) })
        #expect(again.payloadType == 111 && again.sequenceNumber == 65535 && again.timestamp == 7 && again.ssrc == 9)
        #expect(again.marker && !again.hasExtension && !again.hasPadding && again.headerLength == 12)
    }

    @Test func anRtxPayloadBeginsWithTheOriginalSequence() throws {
        let packet = bytes("8061 1234 00010203 deadbeef abcd 55")
        let payload = try WireTests.payload(packet)
        #expect(packet.inMemory { Rtx.originalSequence(payload, in: $0.bytes) } == 0xabcd)
        let probe = bytes("a061 1234 00010203 deadbeef 0002")
        let empty = try WireTests.payload(probe)
        #expect(probe.inMemory { Rtx.originalSequence(empty, in: $0.bytes) } == nil)
    }
}

@Suite struct RedParsing {
    /// Two redundant Opus blocks of 2 and 3 bytes, 1920 and 960 ticks old, and a primary of 1.
    static let packet = bytes("803f 0001 00010203 deadbeef ef1e0002 ef0f0003 6f a1a2 b1b2b3 c1")

    @Test func walksTheBlocks() throws {
        let payload = try WireTests.payload(Self.packet)
        let blocks = try Self.packet.inMemory { buffer in
            var cursor = try RedBlocks(parsing: buffer.bytes, payload: payload)
            #expect(cursor.count == 3)
            var blocks: [RedBlock] = []
            while let block = cursor.next(in: buffer.bytes) { blocks.append(block) }
            return blocks
        }
        #expect(blocks.map(\.payloadType) == [111, 111, 111])
        #expect(blocks.map(\.timestampOffset) == [1920, 960, 0])
        #expect(blocks.map(\.length) == [2, 3, 1])
        #expect(blocks.map { Self.packet[$0.offset] } == [0xa1, 0xb1, 0xc1])
        #expect(blocks.map(\.isPrimary) == [false, false, true])
    }

    @Test func everyCutOfTheHeadersOrBlocksIsRefused() {
        Self.packet.everyPrefix { buffer in
            guard buffer.count >= 12, buffer.count < Self.packet.count - 1 else { return }
            #expect(throws: WireError.truncated) {
                let header = try RtpHeader(parsing: buffer.bytes)
                _ = try RedBlocks(parsing: buffer.bytes, payload: try RtpPayload(of: header, in: buffer.bytes))
            }
        }
    }
}
