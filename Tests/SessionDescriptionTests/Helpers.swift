import Contract

@testable import SessionDescription

let origin = SessionOrigin(id: 4711, version: 1)

let local = LocalTransport(
    ice: IceParameters(ufrag: "00000001abcdef", password: "0123456789abcdef0123456789"),
    fingerprint: Fingerprint(sha256: (0..<32).map { UInt8($0 * 8) })!,
    addresses: [HostAddress(ip: "192.0.2.7", port: 7000), HostAddress(ip: "2001:db8::7", port: 7000)])

func stream(_ number: UInt32) -> OutgoingStream {
    OutgoingStream(
        streamID: "stream\(number)", trackID: "track\(number)", cname: "cname\(number)",
        ssrc: 0x4D00_0000 | number << 1,
        rtxSsrc: 0x4D00_0001 | number << 1)
}

/// What `work` throws; nil when it does not throw.
func refusal<Value>(_ work: () throws(SdpError) -> Value) -> SdpError? {
    do {
        _ = try work()
        return nil
    } catch {
        return error
    }
}

extension String {
    /// Without Foundation.
    func replacing(_ old: String, with new: String) -> String {
        var result = ""
        var rest = self[...]
        while let range = rest.range(of: old) {
            result += rest[..<range.lowerBound] + new
            rest = rest[range.upperBound...]
        }
        return result + rest
    }

    /// Lines that begin with `prefix` taken out.
    func without(_ prefix: String) -> String {
        split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix(prefix) }.joined(
            separator: "\n")
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

extension LayerDescription {
    var name: String { rid.text }
}
