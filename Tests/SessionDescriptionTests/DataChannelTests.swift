import Contract
import SessionDescription
import Testing

@Suite struct DataChannelTests {
    private let sections: [OfferedSection] = [.receive(mid: "0", kind: .audio, rids: []), .data(mid: "1")]

    /// A browser's answer to `sections`, with another last section.
    private func answer(_ data: String) throws -> String {
        let sdp = try Sdp(parsing: offer(sections).text)
        let audio = sdp.sections[0].formats[0]
        return """
            v=0
            o=- 1 2 IN IP4 127.0.0.1
            s=-
            t=0 0
            a=group:BUNDLE 0 1
            m=audio 9 UDP/TLS/RTP/SAVPF \(audio)
            c=IN IP4 0.0.0.0
            a=rtpmap:\(audio) opus/48000/2
            a=ice-ufrag:abcd
            a=ice-pwd:abcdefghijklmnopqrstuvwx
            a=fingerprint:sha-256 \(Array(repeating: "AB", count: 32).joined(separator: ":"))
            a=setup:active
            a=mid:0
            a=sendonly
            a=rtcp-mux
            \(data)

            """.replacing("\n", with: "\r\n")
    }

    private static let accepted = """
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel
        c=IN IP4 0.0.0.0
        a=ice-ufrag:abcd
        a=ice-pwd:abcdefghijklmnopqrstuvwx
        a=setup:active
        a=mid:1
        a=sctp-port:5001
        a=max-message-size:262144
        """

    @Test func anOfferSaysWhatItTakes() throws {
        let sdp = try Sdp(parsing: offer(sections).text)
        #expect(sdp.sections[1].media == "application" && sdp.sections[1].proto == "UDP/DTLS/SCTP")
        #expect(sdp.sections[1].formats == ["webrtc-datachannel"] && sdp.sections[1].port == 9)
        #expect(sdp.sections[1].value("sctp-port") == "5000" && sdp.sections[1].value("max-message-size") == "65536")
        #expect(sdp.bundleGroups == [["0", "1"]] && !sdp.sections[1].has("rtcp-mux"))
    }

    @Test func anAnswerThatTakesItNamesItsPort() throws {
        let read = try offer(sections).readAnswer(answer(Self.accepted))
        #expect(read.sctpPort == 5001)
        #expect(read.sections[1].isAccepted && read.sections[1].kind == nil)
    }

    @Test func anAnswerThatDoesNotTakeItIsNoTrouble() throws {
        let refused = Self.accepted.replacing("application 9", with: "application 0")
        let read = try offer(sections).readAnswer(answer(refused))
        #expect(read.sctpPort == nil && !read.sections[1].isAccepted && read.sections[0].isAccepted)
    }

    @Test func nobodyOffersDataChannelsAlone() {
        #expect(throws: SdpError.self) { try offer([.data(mid: "0")]) }
    }
}
