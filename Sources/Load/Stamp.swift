/// What every media payload of a publisher carries behind its codec's own bytes, so that a subscriber can tell after
/// decryption what was lost, reordered, duplicated or changed, and how long it took.
///
/// 32 bytes: "MRLD", source, sequence (8), time (8), length, check; then a pattern that follows from source and sequence.
public struct Stamp: BitwiseCopyable, Equatable, Sendable {
    /// Which publisher and which of its tracks.
    public var source: UInt32
    /// Counts the packets of this source from 0.
    public var sequence: UInt64
    /// CLOCK_MONOTONIC when the burst was handed to the kernel.
    public var sentNanoseconds: UInt64

    public static let byteCount = 32
    static let magic: UInt32 = 0x4D52_4C44

    public init(source: UInt32, sequence: UInt64, sentNanoseconds: UInt64) {
        self.source = source
        self.sequence = sequence
        self.sentNanoseconds = sentNanoseconds
    }

    /// Fills `length` bytes at `place`; `length` is 32 or more.
    public func write(to place: UnsafeMutableRawPointer, length: Int) {
        precondition(length >= Self.byteCount)
        place.storeBytes(of: Self.magic.bigEndian, as: UInt32.self)
        place.storeBytes(of: source.bigEndian, toByteOffset: 4, as: UInt32.self)
        place.storeBytes(of: sequence.bigEndian, toByteOffset: 8, as: UInt64.self)
        place.storeBytes(of: sentNanoseconds.bigEndian, toByteOffset: 16, as: UInt64.self)
        place.storeBytes(of: UInt32(length).bigEndian, toByteOffset: 24, as: UInt32.self)
        place.storeBytes(of: check(length: length).bigEndian, toByteOffset: 28, as: UInt32.self)
        var word = seed
        var offset = Self.byteCount
        while offset + 8 <= length {
            place.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            word &+= Self.step
            offset += 8
        }
        while offset < length {
            place.storeBytes(of: UInt8(truncatingIfNeeded: word), toByteOffset: offset, as: UInt8.self)
            word >>= 8
            offset += 1
        }
    }

    /// What became of a payload.
    public enum Reading: Equatable, Sendable {
        case stamp(Stamp)
        /// Too short or without the mark: not from a publisher of ours.
        case foreign
        /// Ours, with other bytes than were sent.
        case corrupt
    }

    /// Reads and checks every byte of `length` bytes at `place`.
    public static func read(from place: UnsafeRawPointer, length: Int) -> Reading {
        guard length >= byteCount, UInt32(bigEndian: place.loadUnaligned(as: UInt32.self)) == magic else {
            return .foreign
        }
        let stamp = Stamp(
            source: UInt32(bigEndian: place.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
            sequence: UInt64(bigEndian: place.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            sentNanoseconds: UInt64(bigEndian: place.loadUnaligned(fromByteOffset: 16, as: UInt64.self)))
        let stated = UInt32(bigEndian: place.loadUnaligned(fromByteOffset: 24, as: UInt32.self))
        let check = UInt32(bigEndian: place.loadUnaligned(fromByteOffset: 28, as: UInt32.self))
        guard Int(stated) == length, check == stamp.check(length: length), stamp.patternHolds(place, length) else {
            return .corrupt
        }
        return .stamp(stamp)
    }

    private func patternHolds(_ place: UnsafeRawPointer, _ length: Int) -> Bool {
        var word = seed
        var difference: UInt64 = 0
        var offset = Self.byteCount
        while offset + 8 <= length {
            difference |= place.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ word
            word &+= Self.step
            offset += 8
        }
        while offset < length {
            difference |= UInt64(place.load(fromByteOffset: offset, as: UInt8.self) ^ UInt8(truncatingIfNeeded: word))
            word >>= 8
            offset += 1
        }
        return difference == 0
    }

    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    private var seed: UInt64 { Self.mix(sequence ^ UInt64(source) << 32) }

    private func check(length: Int) -> UInt32 {
        let mixed = Self.mix(seed ^ sentNanoseconds &* 3 ^ UInt64(length) << 40)
        return UInt32(truncatingIfNeeded: mixed >> 32)
    }

    /// The finishing step of SplitMix64.
    static func mix(_ value: UInt64) -> UInt64 {
        var value = value &+ step
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
