import Testing

@testable import SessionDescription

@Suite struct ParserTests {
    @Test(arguments: Samples.all.map(\.name))
    func aRealDescriptionComesOutAsItWentIn(name: String) throws {
        let text = try #require(Samples.all.first { $0.name == name }?.text)
        let description = try Sdp(parsing: text)
        #expect(try Sdp(parsing: description.text) == description)
        // Attributes follow the other lines here, which is also how every client writes them.
        #expect(description.text == Samples.wire(text))
    }

    @Test func lineEndsDoNotMatter() throws {
        let text = Samples.chromiumPublishVp8Simulcast
        #expect(try Sdp(parsing: text) == Sdp(parsing: Samples.wire(text)))
    }

    @Test(arguments: Samples.offers.map(\.name))
    func aCutDescriptionIsRefusedOrReadButNeverCrashes(name: String) throws {
        let bytes = Array(try #require(Samples.offers.first { $0.name == name }?.text).utf8)
        var refused = 0
        for length in stride(from: 0, to: bytes.count, by: 23) {
            let text = String(decoding: bytes[..<length], as: UTF8.self)
            if refusal({ () throws(SdpError) in try ClientOffer(reading: text) }) != nil { refused += 1 }
        }
        #expect(refused > 10)
    }

    @Test(arguments: [
        ("", SdpError.Reason.missingLine, 0), ("s=-\n", .missingLine, 1), ("v=0\ns=-\n", .missingLine, 0),
        ("v=0\no=-\nhello\n", .syntax, 3), ("v=0\no=-\nA=x\n", .syntax, 3), ("v=0\no=-\na=\n", .syntax, 3),
        ("v=0\no=-\na=:x\n", .syntax, 3), ("v=0\no=-\nm=audio 9\n", .syntax, 3),
        ("v=0\no=-\nm=audio 65536 RTP/SAVPF 0\n", .syntax, 3), ("v=0\no=-\nm=audio +9 RTP/SAVPF 0\n", .syntax, 3),
        ("v=0\no=-\na=mid:a\u{0}b\n", .syntax, 3), ("v=0\no=-\n\na=mid:a\rb\n", .syntax, 4),
    ])
    func anErrorNamesItsLine(text: String, reason: SdpError.Reason, line: Int) throws {
        let error = try #require(refusal { () throws(SdpError) in try Sdp(parsing: text) })
        #expect(error.reason == reason)
        #expect(error.line == line)
        #expect(error.isMalformed)
    }

    @Test func anErrorReadsAsASentence() throws {
        let error = try #require(refusal { () throws(SdpError) in try Sdp(parsing: "v=0\no=-\nhello") })
        #expect(error.description == "SDP line 3: expected a small letter, an equals sign and a value, found \"hello\"")
    }

    @Test func boundsAreKept() throws {
        let head = "v=0\no=-\n"
        let attribute = "a=x\n"
        let section = "m=audio 9 X 0\n"
        func parse(_ text: String) -> SdpError? { refusal { () throws(SdpError) in try Sdp(parsing: text) } }
        #expect(parse(head + String(repeating: attribute, count: 4096)) == nil)
        #expect(parse(head + String(repeating: attribute, count: 4097))?.reason == .tooLarge)
        #expect(parse(head + String(repeating: section, count: 512)) == nil)
        #expect(parse(head + String(repeating: section, count: 513))?.reason == .tooLarge)
        #expect(parse(head + "a=" + String(repeating: "x", count: 131_072))?.reason == .tooLarge)
    }

    @Test func whatIsQuotedInAnErrorIsCut() throws {
        let text = "v=0\no=-\n" + String(repeating: "x", count: 100_000)
        let error = try #require(refusal { () throws(SdpError) in try Sdp(parsing: text) })
        #expect(error.found.utf8.count == 80)
    }

    @Test func attributesAreFoundByName() throws {
        let description = try Sdp(parsing: Samples.firefoxPublishVp8Simulcast)
        #expect(description.bundleGroups == [["0", "1"]])
        #expect(description.iceOptions == ["trickle"])
        #expect(!description.iceLite)
        let video = description.sections[1]
        #expect(video.mid == "1")
        #expect(video.rtcpMux && video.extmapAllowMixed && video.endOfCandidates)
        // Stated by the section, against a=sendrecv of the session.
        #expect(description.direction(of: video) == .sendonly)
        #expect(video.candidates.count == 8)
        #expect(video.candidates.filter { $0.isUdp && $0.component == 1 }.map(\.address) == ["127.0.0.1", "::1"])
        #expect(try Sdp(parsing: Samples.serverAnswerToChromiumPublish).iceLite)
    }
}
