import CSecure
import Contract

/// What lies in the memory of a `SealingKey` or an `OpeningKey`: this header, then the expanded keys for RTP and for RTCP.
struct KeyHeader: BitwiseCopyable {
    /// The library that expanded the keys, whose ciphers alone can use them; 0 while no key is installed.
    var library: UInt16
    var transform: Transform
    var rtpSalt: Salt
    var rtcpSalt: Salt
}

/// What a profile comes down to for a packet. Without a raw value: comparing such enumerations calls a generic function,
/// which the packet path may not.
enum Transform: BitwiseCopyable {
    case counterMode
    case gcm
    /// Plain RTP: nothing is encrypted. Only `installClear` makes it.
    case clear

    init(_ profile: SrtpProfile) { self = profile == .aes128CmSha1 ? .counterMode : .gcm }

    var tagBytes: Int {
        @_noLocks get {
            switch self {
            case .counterMode: 10
            case .gcm: 16
            case .clear: 0
            }
        }
    }

    var isCounterMode: Bool {
        @_noLocks get {
            switch self {
            case .counterMode: true
            case .gcm, .clear: false
            }
        }
    }

    var isClear: Bool {
        @_noLocks get {
            switch self {
            case .clear: true
            case .counterMode, .gcm: false
            }
        }
    }
}

/// Finds its way in a key's memory.
struct KeyMemory {
    // Computed: a stored static property is initialised under a lock.
    static var headerBytes: Int { @_noLocks get { 64 } }
    static var sessionBytes: Int { @_noLocks get { 1088 } }
    static var byteCount: Int { @_noLocks get { headerBytes + 2 * sessionBytes } }

    let start: UnsafeMutableRawPointer

    @_noLocks
    init(start: UnsafeMutableRawPointer) { self.start = start }

    var header: UnsafeMutablePointer<KeyHeader> { @_noLocks get { start.assumingMemoryBound(to: KeyHeader.self) } }
    var rtp: OpaquePointer { @_noLocks get { OpaquePointer(start + Self.headerBytes) } }
    var rtcp: OpaquePointer { @_noLocks get { OpaquePointer(start + (Self.headerBytes + Self.sessionBytes)) } }

    var isInstalled: Bool { @_noLocks get { header.pointee.library != 0 } }

    @_noLocks
    func wipe() { cs_wipe(start, Self.byteCount) }
}
