import Contract
import SessionDescription
import Testing

@testable import Load

@Suite struct OfferTests {
    private let identity = ClientIdentity(fingerprint: FixedBytes((0..<32).map { UInt8($0) })!)

    private func local(ufrag: String = "abcd") -> LocalTransport {
        LocalTransport(
            ice: IceParameters(ufrag: ufrag, password: "0123456789012345678901"),
            fingerprint: Fingerprint(sha256: [UInt8](repeating: 0xAB, count: 32))!,
            addresses: [HostAddress(ip: "192.0.2.7", port: 7000), HostAddress(ip: "127.0.0.1", port: 7000)])
    }

    @Test func theServerReadsAPublishersOffer() throws {
        let text = OfferText(identity, purpose: .publish(audio: true, video: true), takesTransportFeedback: true).text
        let (offer, answer) = try whipAnswer(offer: text, origin: SessionOrigin(id: 1, version: 1), local: local())
        #expect(offer.remote.ice == identity.ice)
        #expect(offer.remote.fingerprint.sha256 == identity.fingerprint)
        #expect(offer.sections.map(\.kind) == [.audio, .video])
        #expect(offer.sections.map(\.codecs) == [[.opus], [.vp8]])
        #expect(offer.sections[1].layers.map(\.ssrc) == [identity.videoSsrc])
        #expect(offer.sections[1].layers.map(\.rtxSsrc) == [identity.rtxSsrc])
        #expect(offer.sections[0].layers.map(\.ssrc) == [identity.audioSsrc])
        #expect(answer.media.id(of: .transportCC) == 3 && answer.media.id(of: .audioLevel) == 1)
    }

    @Test func aPublisherUnderstandsTheAnswer() throws {
        let text = OfferText(identity, purpose: .publish(audio: true, video: true), takesTransportFeedback: true).text
        let answer = try whipAnswer(offer: text, origin: SessionOrigin(id: 1, version: 1), local: local()).answer
        let facts = try AnswerFacts(answer.text)
        #expect(facts.ice == local().ice)
        #expect(facts.fingerprint.array == [UInt8](repeating: 0xAB, count: 32))
        #expect(!facts.remoteIsDtlsClient)
        #expect(facts.accepted.map(\.kind) == [.audio, .video])
        #expect(facts.accepted.map(\.mid) == ["0", "1"])
        #expect(facts.media.id(of: .mid) == 4 && facts.media.id(of: .transportCC) == 3)
        #expect(facts.incoming.isEmpty)
    }

    @Test func theServerReadsThreeLayers() throws {
        var offered = OfferText(identity, purpose: .publish(audio: true, video: true), takesTransportFeedback: true)
        offered.isSimulcast = true
        let (offer, answer) = try whipAnswer(
            offer: offered.text, origin: SessionOrigin(id: 1, version: 1), local: local())
        #expect(offer.sections[1].layers.map(\.rid) == SimulcastLayer.names.map { FixedBytes($0)! })
        #expect(try AnswerFacts(answer.text).media.id(of: .rid) == 5)
    }

    @Test func aSubscriberLearnsTheStreams() throws {
        let offerText = OfferText(identity, purpose: .subscribe(audio: 1, video: 2), takesTransportFeedback: false).text
        let offer = try ClientOffer(reading: offerText)
        #expect(offer.sections.map(\.direction) == [.recvonly, .recvonly, .recvonly])
        let ssrcs: [(UInt32, UInt32)] = [(10, 0), (20, 21), (30, 31)]
        let streams: [OutgoingStream?] = ssrcs.map { ssrc, rtx in
            OutgoingStream(streamID: "s", trackID: "t\(ssrc)", cname: "c", ssrc: ssrc, rtxSsrc: rtx)
        }
        let answer = try whepAnswer(
            offer: offer, origin: SessionOrigin(id: 1, version: 1), local: local(), streams: streams)
        let facts = try AnswerFacts(answer.text)
        #expect(
            facts.incoming == [
                IncomingStream(ssrc: 10, kind: .audio), IncomingStream(ssrc: 20, kind: .video),
                IncomingStream(ssrc: 21, kind: .rtx), IncomingStream(ssrc: 30, kind: .video),
                IncomingStream(ssrc: 31, kind: .rtx),
            ])
        #expect(facts.media.id(of: .transportCC) == 0)
    }

    @Test func aStreamOfParityIsNotExpected() throws {
        let stream = OutgoingStream(streamID: "s", trackID: "t", cname: "c", ssrc: 20, rtxSsrc: 21, fecSsrc: 22)
        let offer = try ServerOffer(
            origin: SessionOrigin(id: 1, version: 1), local: local(),
            sections: [.send(mid: "0", kind: .video, stream: stream)])
        #expect(offer.text.contains("FEC-FR 20 22"))
        #expect(
            try AnswerFacts(offer.text).incoming == [
                IncomingStream(ssrc: 20, kind: .video), IncomingStream(ssrc: 21, kind: .rtx),
            ])
    }

    @Test func theCandidateAtTheAskedHostIsPreferred() throws {
        let text = OfferText(identity, purpose: .subscribe(audio: 1, video: 1), takesTransportFeedback: false).text
        let offer = try ClientOffer(reading: text)
        let answer = try offer.answer(
            origin: SessionOrigin(id: 1, version: 1), local: local(), slots: offer.publishSlots.map { _ in .inactive })
        let facts = try AnswerFacts(answer.text)
        func last(_ host: String) throws -> UInt8 { try facts.address(preferring: host).0[15] }
        #expect(try last("127.0.0.1") == 1)
        #expect(try last("192.0.2.7") == 7)
        #expect(try last("localhost") == 1)
        #expect(try last("sfu.example") == 7)
        #expect(try facts.address(preferring: "localhost").port == 7000)
    }

    @Test func uselessAnswersAreNamed() {
        #expect(throws: AnswerError.self) { try AnswerFacts("hello") }
        #expect(throws: AnswerError.self) { try AnswerFacts("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n") }
        #expect(throws: AnswerError.self) {
            try AnswerFacts(
                "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n")
        }
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080", "127.0.0.1", 8080, ""), ("http://sfu.example", "sfu.example", 80, ""),
        ("http://[::1]:9000/a/b/", "::1", 9000, "/a/b"), ("HTTP://host/x", "host", 80, "/x"),
    ]) func targetsAreRead(_ url: String, _ host: String, _ port: Int, _ prefix: String) throws {
        let target = try #require(HttpTarget(url))
        #expect(target.host == host && target.port == port && target.prefix == prefix)
    }

    @Test(arguments: ["https://host", "host:80", "http://", "http://h:0", "http://h:x", "http://[::1", "http://a:1:2"])
    func wrongTargetsAreRefused(_ url: String) {
        #expect(HttpTarget(url) == nil)
    }

    @Test func locationsMayBeAbsolute() {
        #expect(path(ofLocation: "/whip/a/b") == "/whip/a/b")
        #expect(path(ofLocation: "http://h:1/whip/a?b") == "/whip/a?b")
        #expect(path(ofLocation: "res/1") == "/res/1")
    }
}
