import Contract
import SessionDescription
import Testing

@testable import Load

/// Janus' side of the HTTP API, as far as a test needs it: remembers what it was asked, answers when it is told to.
private final class FakeJanus {
    private(set) var asked: [(request: HttpRequest, number: UInt64)] = []

    func link() -> JanusLink { JanusLink(path: "/janus") { [self] in asked.append(($0, $1)) } }

    func answer(_ link: JanusLink, _ place: Int, _ body: String, status: Int = 200) {
        link.take(asked[place].number, .success(HttpResponse(status: status, headers: [], body: body)))
    }

    func transaction(_ place: Int) -> String {
        let body = asked[place].request.body
        guard let start = body.firstRange(of: "\"transaction\":\"") else { return "" }
        return String(body[start.upperBound...].prefix { $0 != "\"" })
    }
}

@Suite struct JanusTests {
    private func opened() throws -> (FakeJanus, JanusLink) {
        let janus = FakeJanus()
        let link = janus.link()
        var isOpen = false
        link.open { isOpen = $0 == nil }
        janus.answer(link, 0, #"{"janus":"success","transaction":"load-1","data":{"id":77}}"#)
        try #require(isOpen)
        try #require(janus.asked.count == 2)
        #expect(janus.asked[1].request.path == "/janus/77?maxev=50")
        return (janus, link)
    }

    @Test func anAcknowledgedRequestIsSettledByItsEvent() throws {
        let (janus, link) = try opened()
        var sdp: String?
        link.ask(5, JanusRequest.Body(request: "join")) { sdp = (try? $0.get())?.jsep?.sdp }
        janus.answer(link, 2, #"{"janus":"ack","transaction":"\#(janus.transaction(2))"}"#)
        #expect(sdp == nil)
        let event =
            #"{"janus":"event","transaction":"\#(janus.transaction(2))","jsep":{"type":"offer","sdp":"v=0"},"#
            + #""plugindata":{"data":{"videoroom":"attached","room":1}}}"#
        janus.answer(link, 1, "[\(event)]")
        #expect(sdp == "v=0")
        #expect(janus.asked.count == 4, "it goes on listening")
    }

    @Test func aRefusalOfThePluginIsAFailureWithItsWords() throws {
        let (janus, link) = try opened()
        var words = ""
        link.ask(5, JanusRequest.Body(request: "join")) {
            if case .failure(let failure) = $0 { words = failure.description }
        }
        let refusal = #"{"videoroom":"event","error_code":428,"error":"No such feed (5)"}"#
        janus.answer(
            link, 2,
            #"{"janus":"event","transaction":"\#(janus.transaction(2))","plugindata":{"data":\#(refusal)}}"#)
        #expect(words == "No such feed (5) (428)")
    }

    @Test func whatIsNotJanusIsSaid() {
        let janus = FakeJanus()
        let link = janus.link()
        var words = ""
        link.open { words = $0?.description ?? "" }
        janus.answer(link, 0, "<html>")
        #expect(words.contains("not Janus' API"))
    }
}

@Suite struct AnswerTests {
    private let offer = [
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE a v", "a=ice-lite",
        "a=fingerprint:sha-256 " + Array(repeating: "AB", count: 32).joined(separator: ":"),
        "m=audio 9 UDP/TLS/RTP/SAVPF 100", "c=IN IP4 127.0.0.1", "a=sendonly", "a=mid:a", "a=rtcp-mux",
        "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=setup:actpass", "a=rtpmap:100 opus/48000/2",
        "a=ssrc:11 cname:x", "a=candidate:1 1 udp 20 fe80::1 5001 typ host",
        "a=candidate:2 1 udp 10 192.0.2.2 5000 typ host",
        "m=video 9 UDP/TLS/RTP/SAVPF 101 35", "c=IN IP4 127.0.0.1", "a=sendonly", "a=mid:v", "a=rtcp-mux",
        "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=setup:actpass", "a=rtpmap:101 VP8/90000",
        "a=rtcp-fb:101 nack", "a=rtpmap:35 H265/90000", "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:9 urn:3gpp:video-orientation", "a=ssrc:12 cname:x",
    ].joined(separator: "\r\n")

    @Test func anOfferTellsWhatAnAnswerTells() throws {
        let facts = try AnswerFacts(offer, "offer")
        #expect(facts.isLite && !facts.remoteIsDtlsClient)
        #expect(facts.payloads.audio == 100 && facts.payloads.video == 101)
        #expect(facts.incoming.map(\.ssrc) == [11, 12])
        let (address, port) = try facts.address(preferring: "127.0.0.1")
        #expect(AnswerFacts.text(of: address) == "192.0.2.2" && port == 5000)
    }

    @Test func theAnswerTakesEverySectionWithTheCodecsThatAreKnown() throws {
        let identity = ClientIdentity(fingerprint: FixedBytes<32>())
        var answer = AnswerText(identity, to: try AnswerFacts(offer, "offer").description)
        answer.candidate = IceCandidate(host: HostAddress(ip: "192.0.2.2", port: 7), index: 0)
        let sdp = try Sdp(parsing: answer.text)
        #expect(sdp.bundleGroups == [["a", "v"]])
        #expect(sdp.sections.map(\.formats) == [["100"], ["101"]])
        #expect(sdp.sections.allSatisfy { $0.value("setup") == "active" && $0.statedDirection == .recvonly })
        #expect(sdp.sections[1].values("extmap") == ["4 urn:ietf:params:rtp-hdrext:sdes:mid"])
        #expect(sdp.sections[1].values("rtcp-fb") == ["101 nack"])
        #expect(sdp.sections[0].candidates.map(\.port) == [7])
    }

    @Test func errorsNameTheDescriptionThatIsWrong() {
        #expect(throws: AnswerError("the offer has no a=ice-ufrag and a=ice-pwd")) {
            try AnswerFacts(
                "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", "offer")
        }
    }
}
