import Contract

/// One media section after offer and answer.
public struct NegotiatedSection: Sendable {
    public var mid: String
    /// Nil for data channels, and for anything else that is not RTP audio or video, which is never accepted.
    public var kind: MediaKind?
    /// False when either side gave it port 0.
    public var isAccepted: Bool
    /// The client's: `sends` means that the client publishes here.
    public var direction: Direction
    /// What both sides know, in the order of preference of the side that answers.
    public var codecs: [Codec]
    /// What the client sends here, the lowest layer first: 1...3, and none when it does not send.
    public var layers: [LayerDescription]
    /// From the client's a=msid; "" when absent.
    public var streamID: String
    public var trackID: String

    /// What of one another process needs: what the client sends in it.
    public init(mid: String, kind: MediaKind, isAccepted: Bool, layers: [LayerDescription]) {
        self.init(
            mid: mid, kind: kind, isAccepted: isAccepted, direction: layers.isEmpty ? .inactive : .sendonly, codecs: [],
            layers: layers, streamID: "", trackID: "")
    }

    init(
        mid: String, kind: MediaKind?, isAccepted: Bool, direction: Direction, codecs: [Codec],
        layers: [LayerDescription], streamID: String, trackID: String
    ) {
        self.mid = mid
        self.kind = kind
        self.isAccepted = isAccepted
        self.direction = direction
        self.codecs = codecs
        self.layers = layers
        self.streamID = streamID
        self.trackID = trackID
    }

    /// For `OpenProducer` and `OpenConsumer`.
    public var midBytes: FixedBytes<16> { FixedBytes(mid) ?? FixedBytes() }

    static func data(mid: String, isAccepted: Bool) -> NegotiatedSection {
        var section = rejected(mid: mid, kind: nil)
        section.isAccepted = isAccepted
        return section
    }

    static func rejected(mid: String, kind: MediaKind?) -> NegotiatedSection {
        NegotiatedSection(
            mid: mid, kind: kind, isAccepted: false, direction: .inactive, codecs: [], layers: [], streamID: "",
            trackID: "")
    }
}

/// A stream that the server sends in a section.
public struct OutgoingStream: Equatable, Sendable {
    /// For a=msid (RFC 8830): tokens of at most 64 characters. The browser makes a MediaStream of each stream id.
    public var streamID: String
    public var trackID: String
    /// RFC 7022: streams with the same CNAME are played in sync.
    public var cname: String
    public var ssrc: UInt32
    /// 0 for none.
    public var rtxSsrc: UInt32
    /// Of the stream that protects this one (FlexFEC), where the client takes that; 0 for none.
    public var fecSsrc: UInt32

    public init(
        streamID: String, trackID: String, cname: String, ssrc: UInt32, rtxSsrc: UInt32, fecSsrc: UInt32 = 0
    ) {
        self.streamID = streamID
        self.trackID = trackID
        self.cname = cname
        self.ssrc = ssrc
        self.rtxSsrc = rtxSsrc
        self.fecSsrc = fecSsrc
    }

    func check() throws(SdpError) {
        for token in [streamID, trackID, cname] {
            guard isToken(token, bytesMax: 64) else {
                throw SdpError(.invalidArgument, found: token, expected: "a token of 1...64 characters (RFC 8866 §9)")
            }
        }
    }
}

extension LocalTransport {
    func check() throws(SdpError) {
        guard ice.isValid else {
            throw SdpError(.invalidArgument, expected: "an own ufrag of 4...256 and a password of 22...256 characters")
        }
        for address in addresses where !isToken(address.ip.replacingColons, bytesMax: 64) {
            throw SdpError(.invalidArgument, found: address.ip, expected: "an IP address")
        }
    }
}

extension String {
    /// Colons of IPv6 are no token characters.
    fileprivate var replacingColons: String {
        String(decoding: utf8.map { $0 == Byte.colon ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
    }
}

func checkMid(_ mid: String, line: Int) throws(SdpError) {
    guard isToken(mid, bytesMax: 16) else {
        throw SdpError(.missingMid, line: line, found: mid, expected: "a=mid with a token of 1...16 characters")
    }
}
