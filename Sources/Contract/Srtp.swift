/// SRTP protection profiles in our order of preference, with their IANA DTLS-SRTP numbers.
@frozen
public enum SrtpProfile: UInt16, CaseIterable, BitwiseCopyable, Sendable {
    /// AEAD_AES_128_GCM (RFC 7714)
    case aes128Gcm = 0x0007
    /// AEAD_AES_256_GCM (RFC 7714)
    case aes256Gcm = 0x0008
    /// SRTP_AES128_CM_HMAC_SHA1_80 (RFC 5764)
    case aes128CmSha1 = 0x0001

    /// Master key length in bytes.
    @inlinable public var keyBytes: Int { self == .aes256Gcm ? 32 : 16 }
    /// Master salt length in bytes.
    @inlinable public var saltBytes: Int { self == .aes128CmSha1 ? 14 : 12 }
    /// Authentication tag length in bytes, for SRTP and SRTCP alike.
    @inlinable public var tagBytes: Int { self == .aes128CmSha1 ? 10 : 16 }
}

/// The keying material that one DTLS handshake yields for the server: what it decrypts and what it encrypts with.
@frozen
public struct SrtpKeys: BitwiseCopyable, Sendable {
    public var profile: SrtpProfile
    /// The client's write key and salt: for packets that arrive.
    public var receiveKey: FixedBytes<32>
    public var receiveSalt: FixedBytes<14>
    /// The server's write key and salt: for packets that leave.
    public var sendKey: FixedBytes<32>
    public var sendSalt: FixedBytes<14>

    public init(
        profile: SrtpProfile, receiveKey: FixedBytes<32>, receiveSalt: FixedBytes<14>, sendKey: FixedBytes<32>,
        sendSalt: FixedBytes<14>
    ) {
        precondition(receiveKey.count == profile.keyBytes && sendKey.count == profile.keyBytes)
        precondition(receiveSalt.count == profile.saltBytes && sendSalt.count == profile.saltBytes)
        self.profile = profile
        self.receiveKey = receiveKey
        self.receiveSalt = receiveSalt
        self.sendKey = sendKey
        self.sendSalt = sendSalt
    }
}
