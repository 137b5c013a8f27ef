import Charts
import Testing
import Wire

@testable import Load

@Suite struct VideoFrameTests {
    @Test(arguments: [1, 60, 1100, 1101, 6250, 25_000, 6601]) func aFrameIsCutIntoPacketsThatDifferByAByte(
        frameBytes: Int
    ) {
        let cut = FrameCut(frameBytes: frameBytes, payloadBytesMax: 1100)
        let sizes = (0..<cut.packets).map { cut.bytes(ofPacket: $0) }
        #expect(sizes.max()! - sizes.min()! <= 1 && sizes.max()! <= 1100)
        #expect(sizes == sizes.sorted())
        #expect(sizes.reduce(0, +) == max(frameBytes, 48))
    }

    @Test(arguments: [true, false]) func theSfuSeesWhatItLooksFor(isKeyframe: Bool) throws {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = bytes.withUnsafeMutableBytes {
            VideoFrame.write(
                to: $0.baseAddress!, isFirst: true, isKeyframe: isKeyframe, pictureId: 0x1234, tl0PictureIndex: 9)
        }
        let descriptor = try bytes.withUnsafeBytes {
            try Vp8Descriptor(parsing: $0.bytes, payload: RtpPayload(offset: 0, length: 64))
        }
        #expect(descriptor.beginsFrame && descriptor.isKeyframeStart == isKeyframe)
        #expect(descriptor.pictureId == 0x1234 && descriptor.tl0PictureIndex == 9 && descriptor.temporalId == 0)
        #expect(descriptor.dataOffset + VideoFrame.headerBytes(isKeyframe: isKeyframe) == count)
        if isKeyframe { #expect(descriptor.width == 1280 && descriptor.height == 720) }
    }

    @Test(arguments: VideoCodec.allCases) func theStampIsFoundBehindWhatTheCodecSays(codec: VideoCodec) throws {
        for (isFirst, isLast, isKeyframe) in [
            (true, false, true), (true, true, true), (false, false, true), (false, true, false), (true, false, false),
        ] {
            var bytes = [UInt8](repeating: 0, count: 64)
            let part = FramePart(isFirst: isFirst, isLast: isLast, isKeyframe: isKeyframe, pictureId: 77)
            let count = bytes.withUnsafeMutableBytes { VideoFrame.write(codec, to: $0.baseAddress!, part) }
            let payload = RtpPayload(offset: 0, length: 64)
            let found = try #require(bytes.withUnsafeBytes { VideoFrame.stamp(in: $0, payload, codec) })
            #expect(found.offset == count && found.beginsKeyframe == (isFirst && isKeyframe))
        }
    }

    @Test func anSfuSeesKeyframesOfOtherCodecs() throws {
        for isKeyframe in [true, false] {
            var bytes = [UInt8](repeating: 0, count: 64)
            let part = FramePart(isFirst: true, isLast: false, isKeyframe: isKeyframe, pictureId: 77)
            let payload = RtpPayload(offset: 0, length: 64)
            _ = bytes.withUnsafeMutableBytes { VideoFrame.write(.vp9, to: $0.baseAddress!, part) }
            let vp9 = try bytes.withUnsafeBytes { try Vp9Descriptor(parsing: $0.bytes, payload: payload) }
            #expect(vp9.beginsFrame && vp9.isKeyframeStart == isKeyframe)
            _ = bytes.withUnsafeMutableBytes { VideoFrame.write(.h264, to: $0.baseAddress!, part) }
            let h264 = try bytes.withUnsafeBytes { try H264Payload(parsing: $0.bytes, payload: payload) }
            #expect(h264.beginsFrame && h264.isKeyframeStart == isKeyframe)
            _ = bytes.withUnsafeMutableBytes { VideoFrame.write(.av1, to: $0.baseAddress!, part) }
            let av1 = try bytes.withUnsafeBytes { try Av1Payload(parsing: $0.bytes, payload: payload) }
            #expect(av1.beginsFrame && av1.isKeyframeStart == isKeyframe)
        }
    }

    @Test func metricsAreSummedOverShards() {
        let text = """
            # HELP millrace_shard_forwarded_total x
            millrace_shard_forwarded_total{shard="0"} 5
            millrace_shard_forwarded_total{shard="1"} 7
            millrace_shard_drops_total{shard="0",reason="waiting_for_keyframe"} 3
            millrace_shard_drops_total{shard="1",reason="waiting_for_keyframe"} 1
            millrace_shard_drops_total{shard="1",reason="rtp_malformed"} 2
            millrace_process_resident_bytes 1024
            nonsense
            """
        let metrics = Metrics(parsing: text)
        #expect(metrics.isMillrace && metrics.shard("forwarded_total") == 12)
        #expect(metrics.departureDrops == 4 && metrics.arrivalDrops == 2)
        #expect(metrics.process("resident_bytes") == 1024)
        #expect(!Metrics(parsing: "up 1").isMillrace)
    }

    @Test func numbersAreRounded() {
        #expect(
            fixed(1.005, 1) == "1.0" && fixed(0.05, 1) == "0.1" && fixed(-2.345, 2) == "-2.35" && fixed(7, 0) == "7")
        #expect(milliseconds(1_234_567) == "1.23 ms" && milliseconds(123_456_789) == "123 ms")
    }
}
