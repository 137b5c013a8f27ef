import Contract
import Testing
import Wire

/// mid 1, abs-send-time 2, transport-cc 3, audio level 4, rid 5, orientation 6, dependency descriptor 7.
let testMap: MediaMap = {
    var map = MediaMap()
    map.set(HeaderExtension.mid, id: 1)
    map.set(HeaderExtension.absSendTime, id: 2)
    map.set(HeaderExtension.transportCC, id: 3)
    map.set(HeaderExtension.audioLevel, id: 4)
    map.set(HeaderExtension.rid, id: 5)
    map.set(HeaderExtension.videoOrientation, id: 6)
    map.set(HeaderExtension.dependencyDescriptor, id: 7)
    return map
}()

func packet(extensionBlock hex: String) -> [UInt8] { bytes("9060 0001 00000002 00000003") + bytes(hex) }

func extensions(_ packet: [UInt8]) throws(WireError) -> HeaderExtensions {
    try packet.inMemory { (buffer) throws(WireError) in
        try HeaderExtensions(parsing: buffer.bytes, header: try RtpHeader(parsing: buffer.bytes), map: testMap)
    }
}

@Suite struct HeaderExtensionParsing {
    /// The shape of RFC 8285 §4.2's example: lengths 1, 2 (with padding behind) and 4.
    @Test func readsTheOneByteForm() throws {
        let packet = packet(extensionBlock: "bede0003 40 85 31 abcd 0000 23 01020304")
        let found = try extensions(packet)
        #expect(packet.inMemory { found.audioLevel(in: $0.bytes) }.map { $0.level == 5 && $0.hasVoice } == true)
        #expect(packet.inMemory { found.transportSequence(in: $0.bytes) } == 0xabcd)
        #expect(found.value(.absSendTime).length == 4)
        #expect(packet.inMemory { found.absSendTime(in: $0.bytes) } == nil)
        #expect(!found.has(.mid))
    }

    /// The shape of RFC 8285 §4.3's example: lengths 0, 1 (with padding behind) and 4.
    @Test func readsTheTwoByteForm() throws {
        let packet = packet(extensionBlock: "10000003 0600 0401 7f 00 0104 30313233 00")
        let found = try extensions(packet)
        #expect(found.has(.videoOrientation) && found.value(.videoOrientation).length == 0)
        #expect(packet.inMemory { found.videoOrientation(in: $0.bytes) } == nil)
        #expect(packet.inMemory { found.audioLevel(in: $0.bytes) }.map { $0.level == 127 && !$0.hasVoice } == true)
        #expect(packet.inMemory { found.name(.mid, in: $0.bytes) }.text == "0123")
        #expect(packet.inMemory { found.matches(.mid, FixedBytes("0123")!, in: $0.bytes) })
        #expect(!packet.inMemory { found.matches(.mid, FixedBytes("0124")!, in: $0.bytes) })
        #expect(!packet.inMemory { found.matches(.rid, FixedBytes(), in: $0.bytes) })
    }

    @Test func readsAbsSendTimeAndOrientation() throws {
        let packet = packet(extensionBlock: "bede0002 22 123456 60 0d 0000")
        let found = try extensions(packet)
        #expect(packet.inMemory { found.absSendTime(in: $0.bytes) } == 0x12_3456)
        let turn = packet.inMemory { found.videoOrientation(in: $0.bytes) }
        #expect(turn?.rotation == 1 && turn?.isFlipped == true && turn?.isBackCamera == true)
    }

    @Test func idFifteenEndsTheOneByteForm() throws {
        let found = try extensions(packet(extensionBlock: "bede0002 f0 00 40 01 00000000"))
        #expect(!found.has(.audioLevel))
    }

    @Test func ofTwoValuesUnderOneIdTheFirstCounts() throws {
        let packet = packet(extensionBlock: "bede0001 40 01 40 02")
        let found = try extensions(packet)
        #expect(packet.inMemory { found.audioLevel(in: $0.bytes) }?.level == 1)
    }

    @Test func aValueMayFillTheBlockToItsEnd() throws {
        #expect(try extensions(packet(extensionBlock: "bede0001 42 010203")).value(.audioLevel).length == 3)
    }

    @Test(arguments: ["bede0001 43 010203", "bede0001 ee 010203", "10000001 0403 0102", "10000001 00000004"])
    func aValueThatLeavesTheBlockIsRefused(_ hex: String) {
        #expect(throws: WireError.malformed) { try extensions(packet(extensionBlock: hex)) }
    }

    @Test func anotherProfileHasNoValues() throws {
        let found = try extensions(packet(extensionBlock: "beef0001 40010000"))
        #expect(HeaderExtension.allCases.allSatisfy { !found.has($0) })
    }
}

@Suite struct HeaderExtensionWriting {
    @Test(arguments: [false, true])
    func whatIsWrittenComesBack(_ twoByteForm: Bool) throws {
        let descriptor = (0..<16).map { UInt8($0) }
        let packet = try written { (writer) throws(WireError) in
            try RtpHeader(payloadType: 96, sequenceNumber: 1, timestamp: 2, ssrc: 3, hasExtension: true).write(
                to: &writer)
            let block = try ExtensionWriter(begin: &writer, twoByteForm: twoByteForm)
            try block.put(1, FixedBytes<16>("audio")!, to: &writer)
            try block.put24(2, 0xAABBCC, to: &writer)
            try block.put(3, 0x1234 as UInt16, to: &writer)
            try block.put(4, AudioLevel(level: 33, hasVoice: true).byte, to: &writer)
            try descriptor.inMemory { (buffer) throws(WireError) in
                try block.put(7, from: buffer.bytes, offset: 0, length: 16, to: &writer)
            }
            try block.finish(&writer)
        }
        #expect(packet.count % 4 == 0)
        let header = try rtp(packet)
        #expect(header.headerLength == packet.count)
        let found = try extensions(packet)
        packet.inMemory { buffer in
            #expect(found.name(.mid, in: buffer.bytes).text == "audio")
            #expect(found.absSendTime(in: buffer.bytes) == 0xAABBCC)
            #expect(found.transportSequence(in: buffer.bytes) == 0x1234)
            #expect(found.audioLevel(in: buffer.bytes)?.level == 33)
            let place = found.value(.dependencyDescriptor)
            #expect(Array(buffer[Int(place.offset)..<Int(place.offset) + Int(place.length)]) == descriptor)
        }
    }

    @Test func theOneByteFormRefusesWhatItCannotCarry() {
        #expect(throws: WireError.tooLarge) {
            try written { (writer) throws(WireError) in
                try ExtensionWriter(begin: &writer).put(15, 1 as UInt8, to: &writer)
            }
        }
        #expect(throws: WireError.tooLarge) {
            try written { (writer) throws(WireError) in
                try ExtensionWriter(begin: &writer).put(1, FixedBytes<16>(), to: &writer)
            }
        }
    }

    @Test func aFullBufferIsRefused() {
        for capacity in 1..<9 {
            #expect(throws: WireError.bufferFull) {
                try written(capacity) { (writer) throws(WireError) in
                    try ExtensionWriter(begin: &writer).put(1, 1 as UInt8, to: &writer)
                }
            }
        }
    }
}
