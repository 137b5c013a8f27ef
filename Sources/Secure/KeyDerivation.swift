import CSecure
import Contract

/// RFC 3711 §4.3.1 and §4.3.2: what each derived key is for.
enum KeyLabel: UInt8 {
    case rtpEncryption = 0
    case rtpAuthentication = 1
    case rtpSalt = 2
    case rtcpEncryption = 3
    case rtcpAuthentication = 4
    case rtcpSalt = 5
}

/// The session keys of one of RTP and RTCP, as they are derived.
struct DerivedKeys: BitwiseCopyable {
    var encryption = InlineArray<32, UInt8>(repeating: 0)
    var authentication = InlineArray<20, UInt8>(repeating: 0)
    var salt = InlineArray<14, UInt8>(repeating: 0)

    mutating func wipe() {
        withUnsafeMutableBytes(of: &self) { cs_wipe($0.baseAddress, $0.count) }
    }
}

extension Cipher {
    /// `key` and `salt` have the lengths that the profile names.
    mutating func install(
        _ profile: SrtpProfile, key: UnsafeRawPointer, salt: UnsafeRawPointer, into memory: KeyMemory
    ) {
        var rtp = derive(profile, key, salt, .rtpEncryption, .rtpAuthentication, .rtpSalt)
        memory.header.pointee.rtpSalt = installSession(profile, &rtp, into: memory.rtp)
        rtp.wipe()
        var rtcp = derive(profile, key, salt, .rtcpEncryption, .rtcpAuthentication, .rtcpSalt)
        memory.header.pointee.rtcpSalt = installSession(profile, &rtcp, into: memory.rtcp)
        rtcp.wipe()
        memory.header.pointee.library = library
        memory.header.pointee.transform = Transform(profile)
    }

    /// What a handshake yields, of which the keys and salts are copied to have an address.
    mutating func install(
        _ profile: SrtpProfile, key: FixedBytes<32>, salt: FixedBytes<14>, into memory: KeyMemory
    ) {
        precondition(key.count == profile.keyBytes && salt.count == profile.saltBytes)
        var key = key.storage
        var salt = salt.storage
        withUnsafeMutableBytes(of: &key) { key in
            withUnsafeMutableBytes(of: &salt) { salt in
                install(profile, key: key.baseAddress!, salt: salt.baseAddress!, into: memory)
                cs_wipe(salt.baseAddress, salt.count)
            }
            cs_wipe(key.baseAddress, key.count)
        }
    }

    /// From now on packets pass as they are: RFC 3550 without RFC 3711.
    func installClear(into memory: KeyMemory) {
        memory.header.pointee.library = library
        memory.header.pointee.transform = .clear
    }

    func derive(
        _ profile: SrtpProfile, _ key: UnsafeRawPointer, _ salt: UnsafeRawPointer, _ encryption: KeyLabel,
        _ authentication: KeyLabel, _ saltLabel: KeyLabel
    ) -> DerivedKeys {
        var keys = DerivedKeys()
        withUnsafeMutableBytes(of: &keys.encryption) {
            derive(encryption, profile, key, salt, into: $0.baseAddress!, bytes: profile.keyBytes)
        }
        withUnsafeMutableBytes(of: &keys.authentication) {
            derive(authentication, profile, key, salt, into: $0.baseAddress!, bytes: $0.count)
        }
        withUnsafeMutableBytes(of: &keys.salt) {
            derive(saltLabel, profile, key, salt, into: $0.baseAddress!, bytes: profile.saltBytes)
        }
        return keys
    }

    /// RFC 3711 §4.3.1 with a key derivation rate of 0: key_id = label * 2^48, x = key_id XOR master_salt, and the key
    /// stream of AES-CM for x * 2^16 under the master key.
    func derive(
        _ label: KeyLabel, _ profile: SrtpProfile, _ key: UnsafeRawPointer, _ salt: UnsafeRawPointer,
        into derived: UnsafeMutableRawPointer, bytes: Int
    ) {
        let salt = Salt(readingMaster: salt, bytes: profile.saltBytes)
        cs_key_stream(tools, key, profile.keyBytes, salt.high ^ UInt64(label.rawValue), salt.low, derived, bytes)
    }

    /// Expands session keys for the library in use, and returns the salt as packets need it.
    func installSession(
        _ profile: SrtpProfile, _ keys: inout DerivedKeys, into session: OpaquePointer
    ) -> Salt {
        withUnsafeBytes(of: &keys.encryption) { encryption in
            withUnsafeBytes(of: &keys.authentication) { authentication in
                if profile == .aes128CmSha1 {
                    cs_session_set_cm(tools, session, encryption.baseAddress!, authentication.baseAddress!)
                } else {
                    cs_session_set_gcm(tools, session, encryption.baseAddress!, profile.keyBytes)
                }
            }
        }
        return withUnsafeBytes(of: &keys.salt) { Salt(reading: $0.baseAddress!, bytes: profile.saltBytes) }
    }
}
