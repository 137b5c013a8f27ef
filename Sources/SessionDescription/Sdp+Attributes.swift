/// Access to attributes by name, for the session and for media sections alike.
public protocol AttributeHolder {
    var attributes: [SdpAttribute] { get }
}

extension Sdp: AttributeHolder {}
extension MediaSection: AttributeHolder {}

extension AttributeHolder {
    public func attribute(_ name: String) -> SdpAttribute? { attributes.first { $0.name == name } }
    public func has(_ name: String) -> Bool { attribute(name) != nil }
    /// The value of the first attribute of that name.
    public func value(_ name: String) -> String? { attribute(name)?.value }
    public func values(_ name: String) -> [String] { attributes.filter { $0.name == name }.compactMap(\.value) }

    /// The direction if this holder states one; a media section without one inherits the session's.
    public var statedDirection: Direction? {
        for attribute in attributes where attribute.value == nil {
            if let direction = Direction(rawValue: attribute.name) { return direction }
        }
        return nil
    }

    /// RFC 8839 §5.6.
    public var iceOptions: [String] { fields(value("ice-options") ?? "") }
    public var candidates: [IceCandidate] { values("candidate").compactMap { IceCandidate($0) } }
    public var endOfCandidates: Bool { has("end-of-candidates") }
    public var extmapAllowMixed: Bool { has("extmap-allow-mixed") }
}

extension Sdp {
    /// RFC 8839 §5.3: a lite implementation never sends checks.
    public var iceLite: Bool { has("ice-lite") }

    /// The mids of each a=group:BUNDLE (RFC 9143 §8), in order.
    public var bundleGroups: [[String]] {
        values("group").map { fields($0) }.filter { $0.first == "BUNDLE" }.map { Array($0.dropFirst()) }
    }

    /// RFC 8866 §6.7: sendrecv when neither the section nor the session says otherwise.
    public func direction(of section: MediaSection) -> Direction {
        section.statedDirection ?? statedDirection ?? .sendrecv
    }
}

extension MediaSection {
    public var mid: String? { value("mid") }
    public var rtcpMux: Bool { has("rtcp-mux") }

    /// RFC 8830: stream and track of the first a=msid; "" where it is absent or not a token.
    public var msid: (streamID: String, trackID: String) {
        let parts = fields(value("msid") ?? "")
        func token(_ index: Int) -> String {
            index < parts.count && isToken(parts[index], bytesMax: 64) ? parts[index] : ""
        }
        return (token(0), token(1))
    }
}
