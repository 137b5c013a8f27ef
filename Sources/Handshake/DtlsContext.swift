import CSecure
import Contract

/// Why DTLS could not be set up.
public enum HandshakeError: Error, Equatable {
    /// OpenSSL refused the configuration or could not make a certificate.
    case contextRefused
    /// OpenSSL had no memory for an endpoint, or the datagram size is out of its range.
    case endpointRefused
    /// The process has no descriptor left for a doorbell.
    case noDoorbell
    /// pthread_create's error number.
    case noThread(Int32)
}

/// What many DTLS endpoints share: the suites, the SRTP profiles and one certificate. One thread at a time uses it and
/// its endpoints.
///
/// The certificate is self-signed, ECDSA P-256, made anew for each context and valid for a year: WebRTC trusts
/// fingerprints told by the signaling, not issuers (RFC 8827 §6.5).
public final class DtlsContext {
    let handle: OpaquePointer
    /// SHA-256 of the certificate, for a=fingerprint; empty without one.
    public let fingerprint: FixedBytes<32>

    /// `profiles`, best first; a server picks by this order. A context without a certificate is of use in tests only.
    public init(profiles: [SrtpProfile], hasCertificate: Bool = true) throws(HandshakeError) {
        let names = profiles.map(\.opensslName).joined(separator: ":")
        var digest = [UInt8](repeating: 0, count: 32)
        guard !profiles.isEmpty, let handle = cd_context_new(names, hasCertificate ? 1 : 0, &digest) else {
            throw .contextRefused
        }
        self.handle = handle
        fingerprint = hasCertificate ? FixedBytes(digest)! : FixedBytes()
    }

    /// With the certificate and key of another process: what its `identity` was.
    public init(profiles: [SrtpProfile], identity: [UInt8]) throws(HandshakeError) {
        let names = profiles.map(\.opensslName).joined(separator: ":")
        var digest = [UInt8](repeating: 0, count: 32)
        guard !profiles.isEmpty, let handle = cd_context_with(names, identity, identity.count, &digest) else {
            throw .contextRefused
        }
        self.handle = handle
        fingerprint = FixedBytes(digest)!
    }

    /// The certificate and its private key, for a process that takes over; empty without one.
    var identity: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = cd_context_identity(handle, &bytes, bytes.count)
        return Array(bytes.prefix(count))
    }

    deinit { cd_context_free(handle) }
}

extension SrtpProfile {
    var opensslName: String {
        switch self {
        case .aes128Gcm: "SRTP_AEAD_AES_128_GCM"
        case .aes256Gcm: "SRTP_AEAD_AES_256_GCM"
        case .aes128CmSha1: "SRTP_AES128_CM_SHA1_80"
        }
    }
}
