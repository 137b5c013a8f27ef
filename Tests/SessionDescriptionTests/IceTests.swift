import Testing

@testable import SessionDescription

@Suite struct IceTests {
    @Test func aHostCandidateIsReadAndWritten() throws {
        let line = "candidate:3143841505 1 udp 2122260223 127.0.0.1 53568 typ host generation 0 network-id 1"
        let candidate = try #require(IceCandidate(line))
        #expect(candidate.isUdp && candidate.priority == 2_122_260_223 && candidate.port == 53568)
        #expect(candidate.rest == ["generation", "0", "network-id", "1"])
        #expect("candidate:" + candidate.text == line)
        #expect(IceCandidate("a=" + line) == candidate)
    }

    @Test func otherTransportsAndNamesAreTold() throws {
        let tcp = try #require(IceCandidate("candidate:2 1 TCP 2105458943 ::1 9 typ host tcptype active"))
        #expect(!tcp.isUdp && tcp.transport == "tcp")
        let mdns = try #require(
            IceCandidate("candidate:1 1 udp 2113937151 8f0d7a4e-2b1c-4c8e-9d3e-0a1b2c3d4e5f.local 50000 typ host"))
        #expect(mdns.isMdns && mdns.isUdp)
    }

    @Test(arguments: [
        "", "candidate:", "candidate:1 1 udp 1 1.2.3.4 5 host", "candidate:1 1 udp 1 1.2.3.4 5 typ",
        "candidate:1 0 udp 1 1.2.3.4 5 typ host", "candidate:1 1 udp 4294967296 1.2.3.4 5 typ host",
        "candidate:1 1 udp 1 1.2.3.4 65536 typ host", "candidate:1 1 udp -1 1.2.3.4 5 typ host",
    ])
    func whatIsNoCandidateIsNil(line: String) { #expect(IceCandidate(line) == nil) }

    // RFC 8445 §5.1.2.1 and §6.1.2.3.
    @Test func aRestartMakesAllPairsBetterThanThoseBefore() {
        let tcp = (0..<100).map { IceCandidate.tcpPriority(index: $0, restarts: .max) }
        let first = (0..<100).map { IceCandidate.udpPriority(index: $0, restarts: 0) }
        let second = (0..<100).map { IceCandidate.udpPriority(index: $0, restarts: 1) }
        for priorities in [first, second] {
            #expect(priorities == priorities.sorted(by: >) && Set(priorities).count == 100)
        }
        #expect(tcp.max()! < first.min()! && first.max()! < second.min()!)
        #expect(IceCandidate.tcpPriority(index: 0, restarts: 0) < IceCandidate.tcpPriority(index: 500, restarts: 1))
        // Below whatever a client has of its own: host and peer reflexive by UDP; host and peer reflexive by TCP.
        #expect(IceCandidate.udpPriority(index: 0, restarts: .max) < 100 << 24)
        #expect(tcp.max()! < 80 << 24)
    }

    @Test func aFragmentIsRead() throws {
        let fragment = try IceFragment(
            parsing: """
                a=ice-ufrag:EsAw
                a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
                m=audio 9 RTP/AVP 0
                a=mid:0
                a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1
                a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host generation 0 ufrag EsAw network-id 2
                a=candidate:nonsense
                a=end-of-candidates
                """)
        #expect(fragment.ice == IceParameters(ufrag: "EsAw", password: "P2uYro0UCOQ4zxjKXaWCBui1"))
        #expect(fragment.candidates.map(\.candidate.address) == ["192.0.2.1", "198.51.100.2"])
        #expect(fragment.candidates.map(\.mid) == ["0", "0"])
        #expect(fragment.endOfCandidates)
        #expect(fragment.isRestart(ufrag: "Jqj9"))
        #expect(!fragment.isRestart(ufrag: "EsAw"))
    }

    @Test func aFragmentMayHoldLittle() throws {
        #expect(try IceFragment(parsing: "") == IceFragment(parsing: "\r\n"))
        let end = try IceFragment(parsing: "m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=end-of-candidates\r\n")
        #expect(end.ice == nil && end.endOfCandidates && end.candidates.isEmpty)
        #expect(!end.isRestart(ufrag: "abcd"))
    }

    @Test func aFragmentThatContradictsItselfIsRefused() {
        func reason(_ text: String) -> SdpError.Reason? {
            refusal { () throws(SdpError) in try IceFragment(parsing: text) }?.reason
        }
        #expect(reason("a=ice-ufrag:EsAw\n") == .iceCredentials)
        #expect(reason("a=ice-ufrag:Es\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\n") == .iceCredentials)
        #expect(reason("a=ice-ufrag:a:bc\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\n") == .iceCredentials)
        #expect(reason("m=a\na=ice-ufrag:EsAw\nm=b\na=ice-ufrag:EsAx\n") == .iceCredentials)
        #expect(reason("hello") == .syntax)
        #expect(reason(String(repeating: "m=a\n", count: 513)) == .tooLarge)
        #expect(reason(String(repeating: "a=x\n", count: 4097)) == .tooLarge)
    }

    @Test func aRestartIsAnsweredWithAllCandidates() throws {
        let text = try IceFragment.restartAnswer(local: local, media: "audio", mids: ["0", "1"])
        let fragment = try IceFragment(parsing: text)
        #expect(fragment.ice == local.ice)
        #expect(fragment.candidates.map(\.candidate.address) == ["192.0.2.7", "2001:db8::7"])
        #expect(fragment.candidates.map(\.mid) == ["0", "0"])
        #expect(fragment.endOfCandidates)
        #expect(text.hasPrefix("a=ice-lite\r\na=ice-options:trickle ice2\r\na=group:BUNDLE 0 1\r\n"))
    }

    @Test func aFingerprintIsReadAndWritten() throws {
        let text = "sha-256 " + (0..<32).map { $0 < 16 ? "0A" : "F\($0 % 10)" }.joined(separator: ":")
        #expect(try #require(Fingerprint(text)).text == text)
        #expect(Fingerprint(text.replacing("sha", with: "SHA"))?.text == text)
        #expect(Fingerprint(text + ":00") == nil)
        #expect(Fingerprint(text.replacing("sha-256", with: "sha-512")) == nil)
        #expect(Fingerprint(text.replacing("0A:0A", with: "0A:+A")) == nil)
    }
}
