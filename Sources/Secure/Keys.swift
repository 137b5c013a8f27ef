import Contract

/// What one direction of one peer is encrypted with.
///
/// A view of memory that the caller provides, `byteCount` bytes at `alignment`, zeroed or used by a key before. Copying
/// the view does not copy the key. The memory must outlive every use; wipe it when the peer has gone.
@frozen
public struct SealingKey: BitwiseCopyable {
    @usableFromInline let start: UnsafeMutableRawPointer
    var memory: KeyMemory { @_noLocks get { KeyMemory(start: start) } }

    public static var byteCount: Int { @_noLocks get { KeyMemory.byteCount } }
    /// What sealing RTP reads of it, from `place` on.
    public static var rtpByteCount: Int { @_noLocks get { KeyMemory.headerBytes + KeyMemory.sessionBytes } }
    @inlinable
    public static var alignment: Int { 64 }
    /// Where the key lies, for prefetching.
    @inlinable
    public var place: UnsafeRawPointer { UnsafeRawPointer(start) }

    @inlinable
    public init(at memory: UnsafeMutableRawPointer) {
        precondition(Int(bitPattern: memory) & (Self.alignment &- 1) == 0)
        start = memory
    }

    /// Derives and expands the session keys for RTP and RTCP (RFC 3711 §4.3) from a master key and a master salt of the
    /// lengths that the profile names. Only a cipher of the same library as `cipher` can use them. Allocates nothing.
    public func install(
        profile: SrtpProfile, key: UnsafeRawPointer, keyBytes: Int, salt: UnsafeRawPointer, saltBytes: Int,
        by cipher: inout Cipher
    ) {
        precondition(keyBytes == profile.keyBytes && saltBytes == profile.saltBytes)
        cipher.install(profile, key: key, salt: salt, into: memory)
    }

    /// Installs the sending half of what a handshake yielded.
    public func install(_ keys: SrtpKeys, by cipher: inout Cipher) {
        cipher.install(keys.profile, key: keys.sendKey, salt: keys.sendSalt, into: memory)
    }

    /// What leaves is plain RTP. Say it of nothing but a transport whose owner asked for it.
    public func installClear(by cipher: inout Cipher) { cipher.installClear(into: memory) }

    public var isInstalled: Bool { @_noLocks get { memory.isInstalled } }

    /// Overwrites the keys with zeros; nothing is installed after that. Call `Cipher.finish` before.
    @_noLocks
    public func wipe() { memory.wipe() }
}

/// What one direction of one peer is decrypted with. See `SealingKey`, which it mirrors.
@frozen
public struct OpeningKey: BitwiseCopyable {
    @usableFromInline let start: UnsafeMutableRawPointer
    var memory: KeyMemory { @_noLocks get { KeyMemory(start: start) } }

    public static var byteCount: Int { @_noLocks get { KeyMemory.byteCount } }
    @inlinable
    public static var alignment: Int { 64 }

    @inlinable
    public init(at memory: UnsafeMutableRawPointer) {
        precondition(Int(bitPattern: memory) & (Self.alignment &- 1) == 0)
        start = memory
    }

    /// See `SealingKey.install(profile:key:keyBytes:salt:saltBytes:by:)`.
    public func install(
        profile: SrtpProfile, key: UnsafeRawPointer, keyBytes: Int, salt: UnsafeRawPointer, saltBytes: Int,
        by cipher: inout Cipher
    ) {
        precondition(keyBytes == profile.keyBytes && saltBytes == profile.saltBytes)
        cipher.install(profile, key: key, salt: salt, into: memory)
    }

    /// Installs the receiving half of what a handshake yielded.
    public func install(_ keys: SrtpKeys, by cipher: inout Cipher) {
        cipher.install(keys.profile, key: keys.receiveKey, salt: keys.receiveSalt, into: memory)
    }

    /// What arrives is plain RTP. Say it of nothing but a transport whose owner asked for it.
    public func installClear(by cipher: inout Cipher) { cipher.installClear(into: memory) }

    public var isInstalled: Bool { @_noLocks get { memory.isInstalled } }

    /// Overwrites the keys with zeros; nothing is installed after that.
    @_noLocks
    public func wipe() { memory.wipe() }
}
