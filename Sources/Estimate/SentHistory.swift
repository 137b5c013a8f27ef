/// One packet that left under a transport-wide number. Eight bytes, so that a subscriber's history stays small.
@frozen
public struct SentPacket: BitwiseCopyable, Sendable {
    /// Modulo 2^32: over an hour.
    public var sentMicroseconds: UInt32 = 0
    public var bytes: UInt16 = 0
    /// The probe that it was part of; 0 for none.
    public var cluster: UInt8 = 0
    public var fate: Fate = .none

    @frozen
    public enum Fate: UInt8, BitwiseCopyable, Sendable {
        /// No packet is here.
        case none
        case underWay
        /// The last feedback that covered it had not seen it; it may come yet.
        case missing
        case received
    }

    @inlinable public init() {}
}

/// The latest packets to one subscriber by transport-wide number, in memory that the caller sets aside.
@frozen
public struct SentHistory: BitwiseCopyable {
    /// A second of 10 Mbit/s in packets of 1200 bytes.
    @inlinable public static var capacity: Int { 1024 }
    @inlinable public static var byteCount: Int { capacity * 8 }

    @usableFromInline let ring: UnsafeMutablePointer<SentPacket>
    /// The number of the next packet; its low 16 bits travel.
    public internal(set) var next: UInt64 = 0
    /// Numbers before this one went by another link.
    var first: UInt64 = 0

    /// `ring` has room for `capacity` packets. What it holds does not matter: only what was written is read, and a peer
    /// that sends little touches little of it.
    public init(ring: UnsafeMutablePointer<SentPacket>) { self.ring = ring }

    mutating func append(bytes: Int, cluster: UInt8, now: UInt64) -> UInt16 {
        let place = ring + Int(next & UInt64(Self.capacity &- 1))
        place.pointee.sentMicroseconds = UInt32(truncatingIfNeeded: now / 1000)
        place.pointee.bytes = UInt16(truncatingIfNeeded: bytes)
        place.pointee.cluster = cluster
        place.pointee.fate = .underWay
        let number = UInt16(truncatingIfNeeded: next)
        next &+= 1
        return number
    }

    /// The full number that `number` stands for, among those that the ring still holds.
    mutating func find(_ number: UInt16) -> UInt64? {
        let age = UInt64(UInt16(truncatingIfNeeded: next) &- number)
        // 0 is what has not been sent yet.
        guard age > 0, age <= UInt64(Self.capacity), age <= next - first else { return nil }
        return next - age
    }

    /// Of a number that `find` gave.
    mutating func place(_ number: UInt64) -> UnsafeMutablePointer<SentPacket> {
        ring + Int(number & UInt64(Self.capacity - 1))
    }
}

extension SentPacket {
    /// When it left, in microseconds; `now` in nanoseconds is no more than an hour later.
    func sent(before now: UInt64) -> Int64 {
        let micros = now / 1000
        return Int64(bitPattern: micros) &- Int64(UInt32(truncatingIfNeeded: micros) &- sentMicroseconds)
    }
}
