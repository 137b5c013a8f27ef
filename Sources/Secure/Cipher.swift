import CSecure
import Contract

/// Which library encrypts.
public enum CipherLibrary: Sendable {
    /// Intel's on x86-64, OpenSSL elsewhere.
    case automatic
    case ipsecMB
    case openSSL
}

/// Encrypts and decrypts the packets of one thread. Made once, at start: nothing allocates or locks afterwards.
public struct Cipher: ~Copyable {
    let tools: OpaquePointer
    let library: UInt16

    /// Nil when the library is not built in for this processor, or memory is short. `.automatic` is always there.
    public init?(library: CipherLibrary = .automatic) {
        let number = Self.number(of: library)
        guard let tools = cs_cipher_make(Int32(number)) else { return nil }
        self.tools = tools
        self.library = UInt16(number)
    }

    deinit { cs_cipher_free(tools) }

    /// Whether Intel's library is the one in use.
    public var usesIpsecMB: Bool { Int(library) == Int(CS_LIBRARY_IPSEC_MB) }

    private static func number(of library: CipherLibrary) -> Int {
        let ipsec = Int(CS_LIBRARY_IPSEC_MB)
        switch library {
        case .ipsecMB: return ipsec
        case .openSSL: return Int(CS_LIBRARY_OPENSSL)
        case .automatic: return cs_library_available(Int32(ipsec)) ? ipsec : Int(CS_LIBRARY_OPENSSL)
        }
    }

    /// Computes the tags that `sealRtp` has put off. Call it before the packets of a burst leave, and before the memory
    /// they lie in or a key they were sealed with changes.
    @_noLocks
    public mutating func finish() { cs_finish(tools) }

    /// Traps on a key that was never installed: a packet must not leave without encryption.
    @_noLocks
    func header(of memory: KeyMemory) -> KeyHeader {
        let header = memory.header.pointee
        precondition(header.library == library, "the key was not installed, or by a cipher of another library")
        return header
    }
}
