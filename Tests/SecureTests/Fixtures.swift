import Contract

@testable import Secure

/// Bytes of a hexadecimal text; blanks are skipped.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }
    var bytes: [UInt8] = []
    var at = digits.startIndex
    while at < digits.endIndex {
        let next = digits.index(at, offsetBy: 2)
        bytes.append(UInt8(digits[at..<next], radix: 16)!)
        at = next
    }
    return bytes
}

/// SplitMix64: the same tests every time.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}

/// Memory for a key. A key does not keep it: hold on to it with `withExtendedLifetime`.
final class KeyStorage {
    let memory: UnsafeMutableRawPointer
    init() {
        memory = .allocate(byteCount: SealingKey.byteCount, alignment: SealingKey.alignment)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: SealingKey.byteCount)
    }
    deinit { memory.deallocate() }
}

/// Master key and salt of one direction.
struct Master {
    var profile: SrtpProfile
    var key: [UInt8]
    var salt: [UInt8]

    init(_ profile: SrtpProfile, using random: inout Seeded) {
        self.profile = profile
        key = random.bytes(profile.keyBytes)
        salt = random.bytes(profile.saltBytes)
    }
}

/// One end with its own cipher and a key in each direction, working on arrays.
final class End {
    private let sealing = KeyStorage()
    private let opening = KeyStorage()
    let profile: SrtpProfile
    var cipher: Cipher

    init(_ master: Master, _ library: CipherLibrary) {
        profile = master.profile
        cipher = Cipher(library: library)!
        sealingKey.install(
            profile: profile, key: master.key, keyBytes: master.key.count, salt: master.salt,
            saltBytes: master.salt.count, by: &cipher)
        openingKey.install(
            profile: profile, key: master.key, keyBytes: master.key.count, salt: master.salt,
            saltBytes: master.salt.count, by: &cipher)
    }

    /// Session keys as they are in the vectors of RFC 7714, without derivation; for RTP and RTCP alike.
    init(session key: [UInt8], salt: [UInt8], _ profile: SrtpProfile, _ library: CipherLibrary) {
        self.profile = profile
        cipher = Cipher(library: library)!
        var derived = DerivedKeys()
        for at in key.indices { derived.encryption[at] = key[at] }
        for at in salt.indices { derived.salt[at] = salt[at] }
        for memory in [sealingKey.memory, openingKey.memory] {
            memory.header.pointee.rtpSalt = cipher.installSession(profile, &derived, into: memory.rtp)
            memory.header.pointee.rtcpSalt = cipher.installSession(profile, &derived, into: memory.rtcp)
            memory.header.pointee.transform = Transform(profile)
            memory.header.pointee.library = cipher.library
        }
    }

    var sealingKey: SealingKey { SealingKey(at: sealing.memory) }
    var openingKey: OpeningKey { OpeningKey(at: opening.memory) }

    func seal(_ packet: [UInt8], headerLength: Int, index: UInt64) -> [UInt8] {
        var out = Array(packet.prefix(headerLength)) + [UInt8](repeating: 0xee, count: packet.count - headerLength + 32)
        let length = out.withUnsafeMutableBytes { out in
            packet.withUnsafeBytes { packet in
                defer { cipher.finish() }
                return cipher.sealRtp(
                    sealingKey, out: out.baseAddress!, headerLength: headerLength,
                    payload: packet.baseAddress! + headerLength, payloadLength: packet.count - headerLength,
                    ssrc: ssrc(of: packet, at: 8), index: index)
            }
        }
        precondition(out[length...].allSatisfy { $0 == 0xee }, "wrote past the end")
        return Array(out.prefix(length))
    }

    func sealInPlace(_ packet: [UInt8], headerLength: Int, index: UInt64) -> [UInt8] {
        var out = packet + [UInt8](repeating: 0xee, count: 32)
        let length = out.withUnsafeMutableBytes { out in
            defer { cipher.finish() }
            return cipher.sealRtp(
                sealingKey, out: out.baseAddress!, headerLength: headerLength,
                payload: out.baseAddress! + headerLength, payloadLength: packet.count - headerLength,
                ssrc: ssrc(of: UnsafeRawBufferPointer(out), at: 8), index: index)
        }
        return Array(out.prefix(length))
    }

    func open(_ packet: [UInt8], headerLength: Int, index: UInt64) -> [UInt8]? {
        var out = [UInt8](repeating: 0, count: packet.count)
        let length = out.withUnsafeMutableBytes { out in
            packet.withUnsafeBytes { packet in
                cipher.openRtp(
                    openingKey, packet: packet.baseAddress!, length: packet.count, headerLength: headerLength,
                    ssrc: ssrc(of: packet, at: 8), index: index, out: out.baseAddress!)
            }
        }
        return length.map { Array(out.prefix($0)) }
    }

    func openInPlace(_ packet: [UInt8], headerLength: Int, index: UInt64) -> [UInt8]? {
        var packet = packet
        let length = packet.withUnsafeMutableBytes { packet in
            cipher.openRtp(
                openingKey, packet: packet.baseAddress!, length: packet.count, headerLength: headerLength,
                ssrc: ssrc(of: UnsafeRawBufferPointer(packet), at: 8), index: index, out: packet.baseAddress!)
        }
        return length.map { Array(packet.prefix($0)) }
    }

    func sealRtcp(_ packet: [UInt8], index: UInt32) -> [UInt8] {
        var out = packet + [UInt8](repeating: 0xee, count: Cipher.rtcpTrailerBytesMax + 4)
        let length = out.withUnsafeMutableBytes {
            cipher.sealRtcp(sealingKey, packet: $0.baseAddress!, length: packet.count, index: index)
        }
        precondition(out[length...].allSatisfy { $0 == 0xee }, "wrote past the end")
        return Array(out.prefix(length))
    }

    func openRtcp(_ packet: [UInt8], window: inout ReplayWindow) -> (OpenedRtcp, [UInt8]) {
        var packet = packet
        let result = packet.withUnsafeMutableBytes {
            cipher.openRtcp(openingKey, packet: $0.baseAddress!, length: $0.count, window: &window)
        }
        if case .opened(let length) = result { packet.removeLast(packet.count - length) }
        return (result, packet)
    }
}

func ssrc(of packet: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
    UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
}

let libraries: [CipherLibrary] = [.ipsecMB, .openSSL].filter { isAvailable($0) }

private func isAvailable(_ library: CipherLibrary) -> Bool {
    if Cipher(library: library) != nil { return true }
    return false
}
