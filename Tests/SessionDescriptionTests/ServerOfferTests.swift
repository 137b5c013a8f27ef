import Contract
import Testing

@testable import SessionDescription

let publishSections: [OfferedSection] = [
    .receive(mid: "0", kind: .audio, rids: []), .receive(mid: "1", kind: .video, rids: ["q", "h", "f"]),
]

let mixedSections: [OfferedSection] =
    publishSections + [
        .send(mid: "2", kind: .audio, stream: stream(2)), .send(mid: "3", kind: .video, stream: stream(3)),
        .send(mid: "4", kind: .video, stream: stream(4)),
    ]

let stoppedSections: [OfferedSection] = [
    .receive(mid: "0", kind: .audio, rids: []), .inactive(mid: "1", kind: .video, rids: ["q", "h", "f"]),
    .send(mid: "2", kind: .audio, stream: stream(2)), .stopped(mid: "3", kind: .video),
    .inactive(mid: "4", kind: .video),
]

func offer(_ sections: [OfferedSection], version: UInt64 = 1) throws(SdpError) -> ServerOffer {
    try ServerOffer(origin: SessionOrigin(id: 4711, version: version), local: local, sections: sections)
}

@Suite struct ServerOfferTests {
    private func written(_ sections: [OfferedSection]) throws -> Sdp { try Sdp(parsing: offer(sections).text) }

    @Test func theSessionSaysWhoWeAre() throws {
        let sdp = try written(mixedSections)
        #expect(sdp.lines.contains(SdpLine("o", "- 4711 1 IN IP4 127.0.0.1")))
        #expect(sdp.iceLite && sdp.extmapAllowMixed)
        #expect(sdp.bundleGroups == [["0", "1", "2", "3", "4"]])
        #expect(sdp.sections.map(\.mid) == ["0", "1", "2", "3", "4"])
        #expect(sdp.sections.map(\.statedDirection) == [.recvonly, .recvonly, .sendonly, .sendonly, .sendonly])
        #expect(sdp.sections.allSatisfy { $0.value("setup") == "actpass" && $0.rtcpMux && $0.has("rtcp-rsize") })
        #expect(sdp.sections.allSatisfy { $0.value("ice-ufrag") == local.ice.ufrag && $0.port == 9 })
    }

    @Test func candidatesStandInTheFirstSectionByPreference() throws {
        let sdp = try written(mixedSections)
        #expect(
            sdp.sections[0].values("candidate") == [
                "1 1 udp 1593901055 192.0.2.7 7000 typ host", "2 1 udp 1593900799 2001:db8::7 7000 typ host",
            ])
        #expect(sdp.sections[0].endOfCandidates)
        #expect(sdp.sections.dropFirst().allSatisfy { $0.candidates.isEmpty })
    }

    @Test func simulcastIsAskedForLowToHigh() throws {
        let sdp = try written(publishSections)
        #expect(sdp.sections[0].value("simulcast") == nil)
        #expect(sdp.sections[1].value("simulcast") == "recv q;h;f")
        #expect(sdp.sections[1].values("rid") == ["q recv", "h recv", "f recv"])
    }

    @Test func aStreamCarriesItsNames() throws {
        let sdp = try written(mixedSections)
        #expect(sdp.sections[3].value("msid") == "stream3 track3")
        #expect(sdp.sections[3].value("ssrc-group") == "FID \(0x4D00_0006) \(0x4D00_0007)")
        #expect(sdp.sections[3].values("ssrc") == ["\(0x4D00_0006) cname:cname3", "\(0x4D00_0007) cname:cname3"])
    }

    @Test func aStreamWithoutRtxHasNoGroup() throws {
        var audio = stream(2)
        audio.rtxSsrc = 0
        let sdp = try written([.send(mid: "a", kind: .audio, stream: audio)])
        #expect(!sdp.sections[0].has("ssrc-group"))
        #expect(sdp.sections[0].values("ssrc").count == 1)
    }

    @Test func aStoppedSectionKeepsItsPlaceOutsideTheGroup() throws {
        let sdp = try written(stoppedSections)
        #expect(sdp.bundleGroups == [["0", "1", "2", "4"]])
        #expect(sdp.sections.map(\.port) == [9, 9, 9, 0, 9])
        #expect(sdp.sections[3].mid == "3")
        #expect(sdp.sections[1].statedDirection == .inactive)
        // A browser would forget its encodings without it.
        #expect(sdp.sections[1].value("simulcast") == "recv q;h;f")
    }

    @Test func theFirstSectionKeepsTheTransportWhenItIsStopped() throws {
        let offer = try offer([.stopped(mid: "0", kind: .audio), .send(mid: "1", kind: .video, stream: stream(1))])
        let sdp = try Sdp(parsing: offer.text)
        #expect(sdp.sections[0].port == 9)
        #expect(sdp.sections[0].statedDirection == .inactive)
        #expect(sdp.bundleGroups == [["0", "1"]])
        #expect(offer.sections[0] == .inactive(mid: "0", kind: .audio))
    }

    @Test func theMapIsWhatEveryOfferSays() throws {
        let sdp = try written(mixedSections)
        for section in sdp.sections {
            let kind = try #require(MediaKind(media: section.media))
            let codecs = try PayloadFormats(section).codecs(kind: kind)
            #expect(codecs.map(\.codec) == CodecTable.codecs.filter { $0.isAudio == (kind == .audio) })
            for entry in codecs {
                #expect(ServerOffer.mediaMap.codecOfPayloadType[Int(entry.payloadType)] == entry.codec)
                #expect(
                    ServerOffer.mediaMap.rtxPayloadTypeOfCodec[Int(entry.codec.rawValue)] == entry.rtxPayloadType ?? 255
                )
            }
            let extensions = section.extensions(kind: kind)
            #expect(extensions.map(\.kind) == ExtensionTable.kinds(kind))
            #expect(extensions.allSatisfy { ServerOffer.mediaMap.id(of: $0.kind) == $0.id })
        }
    }

    @Test func noNumberIsUsedTwice() {
        let payloadTypes = CodecTable.entries.flatMap { [$0.payloadType, $0.rtxPayloadType].compactMap { $0 } }
        #expect(Set(payloadTypes).count == payloadTypes.count)
        #expect(payloadTypes.allSatisfy { (96...127).contains($0) })
        let ids = HeaderExtension.allCases.map { ExtensionTable.id($0) }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { (1...14).contains($0) })
        #expect(Set(CodecTable.codecs) == Set(Codec.allCases).subtracting([.none]))
    }

    @Test func codecsCanBeChosen() throws {
        let offer = try ServerOffer(origin: origin, local: local, sections: mixedSections, codecs: [.opus, .av1, .vp8])
        let sections = try Sdp(parsing: offer.text).sections
        #expect(sections[0].formats == ["111"])
        #expect(sections[1].formats == ["112", "113", "96", "97"])
    }

    @Test func whatSdpCannotHoldIsRefused() {
        func reason(_ sections: [OfferedSection]) -> SdpError.Reason? {
            refusal { () throws(SdpError) in try offer(sections) }?.reason
        }
        var bad = stream(1)
        bad.streamID = "a b"
        #expect(reason([.send(mid: "0", kind: .video, stream: bad)]) == .invalidArgument)
        bad.streamID = "a\r\na=x"
        #expect(reason([.send(mid: "0", kind: .video, stream: bad)]) == .invalidArgument)
        bad.streamID = ""
        #expect(reason([.send(mid: "0", kind: .video, stream: bad)]) == .invalidArgument)
        #expect(reason([.receive(mid: "0", kind: .video, rids: ["a", "a"])]) == .invalidArgument)
        #expect(reason([.receive(mid: "0", kind: .video, rids: ["a", "b", "c", "d"])]) == .invalidArgument)
        #expect(reason([.receive(mid: "0", kind: .video, rids: ["a;b"])]) == .invalidArgument)
        #expect(reason([.inactive(mid: "0", kind: .video), .inactive(mid: "0", kind: .audio)]) == .duplicateMid)
        #expect(reason([.inactive(mid: "", kind: .video)]) == .missingMid)
        #expect(reason([]) == .noSections)
        #expect(reason((0...512).map { .inactive(mid: "\($0)", kind: .audio) }) == .tooLarge)
        #expect(reason((0..<512).map { .inactive(mid: "\($0)", kind: .audio) }) == nil)
    }
}
