import Contract
import Testing

@Suite struct IdentifierTests {
    @Test(arguments: [0, 1, 2, 255, 32_767, 0xFF_FFFF] as [UInt32])
    func aConsumersSsrcsNameIt(index: UInt32) {
        let consumer = ConsumerIndex(index)
        #expect(ConsumerSsrc.consumer(of: ConsumerSsrc.media(consumer)) == consumer)
        #expect(ConsumerSsrc.consumer(of: ConsumerSsrc.rtx(consumer)) == consumer)
        #expect(!ConsumerSsrc.isRtx(ConsumerSsrc.media(consumer)))
        #expect(ConsumerSsrc.isRtx(ConsumerSsrc.rtx(consumer)))
    }

    @Test(arguments: [0, 1, 0x4A00_0000, 0x4E00_0000, 0xFFFF_FFFF] as [UInt32])
    func aStrangersSsrcNamesNobody(ssrc: UInt32) {
        #expect(ConsumerSsrc.consumer(of: ssrc) == nil)
    }

    @Test func aUfragBeginsWithShardAndPeer() {
        #expect(IceCredentials.ufragPrefix(shard: 3, peer: 0xABC) == "03000abc")
    }
}

@Suite struct MediaMapTests {
    @Test func theFirstPayloadTypeOfACodecIsSentWith() {
        var map = MediaMap()
        map.set(.vp8, payloadType: 96)
        map.set(.vp8, payloadType: 120)
        map.setRtx(payloadType: 97, repairing: 96)
        map.setRtx(payloadType: 121, repairing: 120)
        #expect(map.payloadTypeOfCodec[Int(Codec.vp8.rawValue)] == 96)
        #expect(map.rtxPayloadTypeOfCodec[Int(Codec.vp8.rawValue)] == 97)
        #expect(map.codecOfPayloadType[120] == .vp8)
        #expect(map.repairedPayloadType[121] == 120)
    }

    @Test func anExtensionIsFoundBothWays() {
        var map = MediaMap()
        map.set(.transportCC, id: 3)
        #expect(map.id(of: .transportCC) == 3)
        #expect(map.extensionOfId[3] == HeaderExtension.transportCC.rawValue)
        #expect(map.id(of: .mid) == 0)
    }
}

@Suite struct FixedBytesTests {
    @Test func whatIsTooLongIsRefused() {
        #expect(FixedBytes<4>("abcd")?.text == "abcd")
        #expect(FixedBytes<4>("abcde") == nil)
    }

    @Test func equalityLooksAtTheBytesInUseOnly() {
        var left = FixedBytes<4>("ab")!
        left.storage[3] = 9
        #expect(left == FixedBytes<4>("ab")!)
        #expect(left != FixedBytes<4>("ac")!)
    }
}
