import Contract
import Testing

@testable import SessionDescription

private func protected(_ number: UInt32) -> OutgoingStream {
    var stream = stream(number)
    stream.fecSsrc = stream.ssrc | 0x0200_0000
    return stream
}

private let sections: [OfferedSection] =
    publishSections + [
        .send(mid: "2", kind: .audio, stream: stream(2)), .send(mid: "3", kind: .video, stream: protected(3)),
        .send(mid: "4", kind: .video, stream: protected(4)),
    ]

/// A browser's answer with FlexFEC in every section of video, under this payload type.
private func answer(_ payloadType: Int, after line: String = "a=rtcp-rsize") -> String {
    AnswerSamples.chromiumAnswerMixed
        .replacing("SAVPF 96 97", with: "SAVPF 96 97 \(payloadType)")
        .replacing(line, with: "\(line)\na=rtpmap:\(payloadType) flexfec-03/90000")
}

@Suite struct FecTests {
    @Test func whatIsSentIsOfferedWithAStreamThatProtectsIt() throws {
        let sdp = try Sdp(parsing: offer(sections).text)
        let video = sdp.sections[3]
        #expect(video.formats.last == "118" && video.values("rtpmap").contains("118 flexfec-03/90000"))
        #expect(video.values("fmtp").contains("118 repair-window=10000000"))
        #expect(
            video.values("ssrc-group") == ["FID \(0x4D00_0006) \(0x4D00_0007)", "FEC-FR \(0x4D00_0006) \(0x4F00_0006)"])
        #expect(
            video.values("ssrc").map { $0.split(separator: " ")[0] } == [
                "\(0x4D00_0006)", "\(0x4D00_0007)", "\(0x4F00_0006)",
            ])
    }

    @Test func whatClientsPublishIsNot() throws {
        let sdp = try Sdp(parsing: offer(sections).text)
        for place in 0..<3 {
            #expect(
                !sdp.sections[place].formats.contains("118") && !sdp.sections[place].has("ssrc-group") || place == 2)
        }
        #expect(try !offer(mixedSections).text.contains("flexfec"))
    }

    @Test func whoTakesItIsSentIt() throws {
        let read = try offer(sections).readAnswer(answer(118))
        #expect(read.media.fecPayloadType == 118)
        #expect(
            read.sections.map(\.codecs.count)
                == (try offer(mixedSections).readAnswer(
                    AnswerSamples.chromiumAnswerMixed
                ).sections.map(\.codecs.count)))
    }

    @Test func whoNamesAnotherNumberGetsThat() throws {
        #expect(try offer(sections).readAnswer(answer(49)).media.fecPayloadType == 49)
    }

    @Test func whoDoesNotTakeItIsNotSentIt() throws {
        #expect(try offer(sections).readAnswer(AnswerSamples.chromiumAnswerMixed).media.fecPayloadType == 255)
        #expect(try offer(mixedSections).readAnswer(answer(118)).media.fecPayloadType == 255)
        // 64...95 cannot be told from RTCP.
        #expect(try offer(sections).readAnswer(answer(80)).media.fecPayloadType == 255)
    }

    @Test func aNumberThatMeansSomethingElseIsRefused() {
        let text = answer(49).replacing("m=audio 9 UDP/TLS/RTP/SAVPF 111", with: "m=audio 9 UDP/TLS/RTP/SAVPF 49 111")
            .replacing("a=rtpmap:111 opus", with: "a=rtpmap:49 opus/48000/2\na=rtpmap:111 opus")
        let error = refusal { () throws(SdpError) in try offer(sections).readAnswer(text) }
        #expect(error?.reason == .payloadTypeConflict)
    }

    @Test(arguments: [("chromium", Samples.chromiumRecvonly, 49 as UInt8), ("wrtc", Samples.wrtcRecvonly, 43)])
    func anOfferThatNamesItIsAnsweredWithIt(name: String, text: String, payloadType: UInt8) throws {
        let client = try ClientOffer(reading: text)
        let answer = try client.answer(
            origin: origin, local: local, slots: client.subscribeSlots([stream(1), protected(2)]))
        let video = try Sdp(parsing: answer.text).sections[1]
        #expect(answer.media.fecPayloadType == payloadType && video.formats.last == "\(payloadType)")
        #expect(video.values("rtpmap").contains("\(payloadType) flexfec-03/90000"))
        #expect(video.values("ssrc-group").last == "FEC-FR \(0x4D00_0004) \(0x4F00_0004)")
        let plain = try client.answer(
            origin: origin, local: local, slots: client.subscribeSlots([stream(1), stream(2)]))
        #expect(plain.media.fecPayloadType == 255 && !plain.text.contains("flexfec"))
    }

    @Test func anOfferWithoutItIsAnsweredWithout() throws {
        let client = try ClientOffer(reading: Samples.firefoxRecvonly)
        let slots = client.subscribeSlots([stream(1), protected(2)])
        let answer = try client.answer(origin: origin, local: local, slots: slots)
        #expect(answer.media.fecPayloadType == 255 && !answer.text.contains("FEC-FR"))
    }
}
