/// Why a session description was refused. `description` is a sentence for the person who sent it.
public struct SdpError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Reason: String, CaseIterable, Sendable {
        /// Longer than the bound on text, sections or attributes.
        case tooLarge
        /// A line that is not SDP (RFC 8866), or a value that is not what its attribute says.
        case syntax
        case missingLine
        case noSections
        case missingMid
        case duplicateMid
        case notBundled
        case rtcpMuxMissing
        case iceCredentials
        case fingerprint
        case setup
        case payloadTypeConflict
        case extensionConflict
        /// The answer's media sections are not those of the offer.
        case sectionMismatch
        /// No media section can be used.
        case nothingAccepted
        /// What the server itself wanted to write is not valid.
        case invalidArgument
    }

    public let reason: Reason
    /// The line in the text, counted from 1; 0 when the error is about the text as a whole.
    public let line: Int
    /// What stands there, cut to 80 bytes; may be empty.
    public let found: String
    public let expected: String

    init(_ reason: Reason, line: Int = 0, found: String = "", expected: String) {
        self.reason = reason
        self.line = line
        self.found = String(decoding: found.utf8.prefix(80), as: UTF8.self)
        self.expected = expected
    }

    /// Whether the text is not SDP at all, as opposed to SDP that cannot be served: HTTP 400 against 422.
    public var isMalformed: Bool { reason == .syntax || reason == .tooLarge || reason == .missingLine }

    public var description: String {
        let place = line > 0 ? "SDP line \(line)" : "SDP"
        let quoted = found.isEmpty ? "" : ", found \"\(found)\""
        return "\(place): expected \(expected)\(quoted)"
    }
}
