import Secure
import Wire

/// Makes one datagram after the other into memory that the caller owns.
struct Forge {
    private let seeds: Seeds
    private let username: [UInt8]
    private let password: [UInt8]
    private let ssrcs: [UInt32]
    var random: Random

    init(seeds: Seeds, options: Options) {
        self.seeds = seeds
        username = Array(options.username.utf8)
        password = Array(options.password.utf8)
        ssrcs = options.ssrcs
        random = Random(seed: options.seed)
    }

    /// Returns the datagram's size. `memory` holds `Volley.bytesMax`.
    mutating func make(_ recipe: Recipe, into memory: UnsafeMutableRawBufferPointer) -> Int {
        switch recipe {
        case .random: return fill(memory, random.below(1500) + 1)
        case .empty: return 0
        case .tiny: return fill(memory, random.below(3) + 1)
        case .stun: return mutate(seeds.stun, into: memory)
        case .rtp: return mutate(seeds.rtp, into: memory)
        case .rtcp: return mutate(seeds.rtcp, into: memory)
        case .dtls: return mutate(seeds.dtls, into: memory)
        case .liveStunWrongKey: return check(key: Array("not the password, but as long".utf8), into: memory)
        case .liveStunChanged: return changedCheck(into: memory)
        case .liveStunRight: return check(key: password, into: memory)
        case .forgedMedia: return forgeMedia(into: memory)
        case .oversized: return oversize(into: memory)
        case .run: return mutate(random.isOne(in: 2) ? seeds.rtp : seeds.stun, into: memory)
        }
    }

    private mutating func fill(_ memory: UnsafeMutableRawBufferPointer, _ count: Int, from start: Int = 0) -> Int {
        for index in start..<count { memory[index] = random.byte() }
        return count
    }

    // MARK: mutations

    private mutating func mutate(_ corpus: [[UInt8]], into memory: UnsafeMutableRawBufferPointer) -> Int {
        let seed = corpus[random.below(corpus.count)]
        memory.copyBytes(from: seed)
        return mutate(memory, seed.count)
    }

    /// Some changes, one after the other; returns the new size. One in eight stays as it is.
    private mutating func mutate(_ memory: UnsafeMutableRawBufferPointer, _ size: Int) -> Int {
        var count = size
        for _ in 0..<random.below(8) where count > 0 {
            switch random.below(8) {
            case 0: memory[random.below(count)] ^= 1 << UInt8(random.below(8))
            case 1: memory[random.below(count)] = random.byte()
            case 2: memory[random.below(count)] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)]
            case 3: count = random.below(count + 1)
            case 4: count = fill(memory, min(count + random.below(64), 2000), from: count)
            case 5: setNumber(memory, count)
            case 6: count = cut(memory, count)
            default: count = double(memory, count)
            }
        }
        return count
    }

    /// A 16-bit field somewhere becomes a length that lies.
    private mutating func setNumber(_ memory: UnsafeMutableRawBufferPointer, _ count: Int) {
        guard count >= 2 else { return }
        let place = random.below(count - 1)
        let values: [UInt16] = [0, 1, 3, 4, 0x7FFF, 0x8000, 0xFFFC, 0xFFFF, UInt16(truncatingIfNeeded: count)]
        let value = values[random.below(values.count)]
        memory[place] = UInt8(value >> 8)
        memory[place + 1] = UInt8(value & 0xFF)
    }

    /// Takes a stretch out.
    private mutating func cut(_ memory: UnsafeMutableRawBufferPointer, _ count: Int) -> Int {
        let start = random.below(count)
        let length = random.below(count - start) + 1
        for index in start..<(count - length) { memory[index] = memory[index + length] }
        return count - length
    }

    /// Appends the datagram's beginning to its end.
    private mutating func double(_ memory: UnsafeMutableRawBufferPointer, _ count: Int) -> Int {
        let extra = min(random.below(count) + 1, 2000 - min(count, 2000))
        for index in 0..<extra { memory[count + index] = memory[index] }
        return count + extra
    }

    private mutating func oversize(into memory: UnsafeMutableRawBufferPointer) -> Int {
        let seed = seeds.rtp[random.below(seeds.rtp.count)]
        memory.copyBytes(from: seed)
        // What follows is what was there before: any bytes do.
        return 2049 + random.below(Volley.bytesMax - 2049)
    }

    // MARK: connectivity checks

    /// A Binding request of a controlling agent for the live peer.
    private mutating func check(key: [UInt8], into memory: UnsafeMutableRawBufferPointer) -> Int {
        let id = StunTransactionId(first: random.next(), last: UInt32(truncatingIfNeeded: random.next()))
        let (tieBreaker, nominates) = (random.next(), random.isOne(in: 2))
        do {
            var writer = try StunWriter(
                bindingRequest: id, username: username.span.bytes, priority: 0x6E00_1EFF, isControlling: true,
                tieBreaker: tieBreaker, useCandidate: nominates, into: ByteWriter(memory))
            let hmac = key.withUnsafeBytes {
                stunIntegrity(
                    key: $0.baseAddress!, keyBytes: key.count, message: memory.baseAddress!,
                    coveredBytes: writer.byteCount,
                    length: UInt16(writer.byteCount + 24 - 20))
            }
            writer.appendIntegrity(hmac)
            writer.appendFingerprint()
            return writer.byteCount
        } catch {
            return 0
        }
    }

    /// Half of them with a FINGERPRINT that is right again, so that what lies behind it is reached.
    private mutating func changedCheck(into memory: UnsafeMutableRawBufferPointer) -> Int {
        let count = check(key: password.isEmpty ? [1] : password, into: memory)
        guard count > 28 else { return count }
        if random.isOne(in: 2) { return mutate(memory, count) }
        for _ in 0...random.below(4) { memory[20 + random.below(count - 28)] = random.byte() }
        let crc = crc32(UnsafeRawBufferPointer(rebasing: memory[..<(count - 8)])) ^ 0x5354_554E
        memory.storeBytes(of: crc.bigEndian, toByteOffset: count - 4, as: UInt32.self)
        return count
    }

    // MARK: media

    private mutating func forgeMedia(into memory: UnsafeMutableRawBufferPointer) -> Int {
        let isRtcp = random.isOne(in: 4)
        let corpus = isRtcp ? seeds.rtcp : seeds.rtp
        let seed = corpus[random.below(corpus.count)]
        memory.copyBytes(from: seed)
        var count = fill(memory, seed.count + 16 + random.below(900), from: seed.count)
        if random.isOne(in: 4) { count = mutate(memory, count) }
        guard count >= 12 else { return count }
        let ssrc = ssrcs[random.below(ssrcs.count)].bigEndian
        memory.storeBytes(of: ssrc, toByteOffset: isRtcp ? 4 : 8, as: UInt32.self)
        return count
    }
}

/// CRC-32 of ITU V.42.
private func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 != 0 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
    }
    return ~crc
}
