import Contract
import SessionDescription

/// What the server says of its own end of every peer connection.
struct Announcement: Sendable {
    let addresses: [HostAddress]
    let fingerprint: Fingerprint

    /// `port`: what clients send to. `fingerprint` holds 32 bytes.
    init(addresses: [String], port: UInt16, takesTcp: Bool, fingerprint: FixedBytes<32>) {
        self.addresses = addresses.map { HostAddress(ip: $0, port: port, takesTcp: takesTcp) }
        guard let fingerprint = Fingerprint(sha256: fingerprint.array) else {
            preconditionFailure("a SHA-256 fingerprint has 32 bytes")
        }
        self.fingerprint = fingerprint
    }

    func transport(_ credentials: LocalCredentials) -> LocalTransport {
        LocalTransport(
            ice: IceParameters(ufrag: credentials.ufrag, password: credentials.password), fingerprint: fingerprint,
            addresses: addresses, restarts: credentials.restarts)
    }
}

extension SessionOrigin {
    /// RFC 8829 §5.2.1: a random number that fits a signed 64-bit integer.
    static func random() -> SessionOrigin { SessionOrigin(id: .random(in: 1...(1 << 62)), version: 1) }
}

extension SdpError {
    var apiError: ApiError {
        switch reason {
        case .tooLarge: ApiError(status: .payloadTooLarge, code: "TOO_LARGE", message: description)
        case .invalidArgument: .internalError
        case _ where isMalformed: .badRequest(description, code: "SDP_MALFORMED")
        // RFC 9725 §4.2.1: an offer that is well-formed and cannot be served.
        default: ApiError(status: .unprocessableEntity, code: "SDP_REFUSED", message: description)
        }
    }
}
