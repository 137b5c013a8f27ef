import CPlatform

/// A shard's flight recorder: a ring of records in memory that the shard alone writes and anybody may copy.
///
/// A record is a head word and up to 255 words more. Records lie in blocks of 64 KiB and cross no block's end; each block begins
/// with its position in the log. A record's head is stored last, and behind it a zero: who reads while the shard writes, or
/// after it was cut off, finds whole records and then the zero.
@frozen
public struct FlightRecorder: BitwiseCopyable, @unchecked Sendable {
    public let head: UnsafeMutablePointer<cp_flight>

    /// Bytes of the longest record. A command is the longest that there is.
    public static var recordBytesMax: Int { 4096 }

    /// Nil when the kernel refuses the address space. Memory is used as it is written to.
    public init?(shard: Int, shardCount: Int, ringBytes: Int, imageBytes: Int) {
        guard
            let head = cp_flight_make(
                UInt32(shard), UInt32(shardCount), UInt64(max(ringBytes, 4 << 16)), UInt64(imageBytes))
        else { return nil }
        self.head = head
    }

    /// Tells which build writes it; at most 63 bytes are kept.
    public func name(build: String) {
        withUnsafeMutableBytes(of: &head.pointee.build) { place in
            place.copyBytes(from: Array(build.utf8).prefix(place.count - 1))
        }
    }

    /// Nobody records or reads any more.
    public func free() { cp_flight_free(head) }

    /// Where in the log the next record goes.
    public var position: UInt64 {
        let start = head.pointee.block_end &- UInt64(CP_FLIGHT_BLOCK_BYTES)
        return head.pointee.block_position &+ (head.pointee.cursor &- start)
    }

    // MARK: Writing

    /// Room for a record of `bytes` bytes besides its head; then `commit`. Nothing else is reserved between the two.
    @inlinable
    public func reserve(_ bytes: Int) -> UnsafeMutableRawPointer {
        // The head, and the zero behind.
        if head.pointee.cursor &+ UInt64(truncatingIfNeeded: bytes &+ 24) > head.pointee.block_end {
            cp_flight_next_block(head)
        }
        return UnsafeMutableRawPointer(bitPattern: UInt(head.pointee.cursor)).unsafelyUnwrapped + 8
    }

    @inlinable
    public func commit(
        _ kind: FlightKind, _ body: UnsafeMutableRawPointer, bytes: Int, flags: UInt8 = 0, argument: Int = 0
    ) {
        let words = (bytes &+ 7) / 8
        let next = body + words &* 8
        next.storeBytes(of: 0, as: UInt64.self)
        let place = UInt64(truncatingIfNeeded: UInt(bitPattern: next))
        head.pointee.cursor = place
        let tag = (head.pointee.block_position / UInt64(CP_FLIGHT_BLOCK_BYTES)) & 0xFFFF
        var word = UInt64(kind.rawValue) | UInt64(flags) << 8
        word |= UInt64(truncatingIfNeeded: min(words, 0xFFFF)) << 16
        word |= (UInt64(truncatingIfNeeded: argument) & 0xFFFF) << 32
        word |= tag << 48
        (body - 8).storeBytes(of: word, as: UInt64.self)
    }

    @inlinable
    public func note(_ kind: FlightKind, flags: UInt8 = 0, argument: Int = 0) {
        commit(kind, reserve(0), bytes: 0, flags: flags, argument: argument)
    }

    @inlinable
    public func note(_ kind: FlightKind, _ word: UInt64, flags: UInt8 = 0, argument: Int = 0) {
        let body = reserve(8)
        body.storeBytes(of: word, as: UInt64.self)
        commit(kind, body, bytes: 8, flags: flags, argument: argument)
    }

    @inlinable
    public func note(_ kind: FlightKind, _ first: UInt64, _ second: UInt64, flags: UInt8 = 0, argument: Int = 0) {
        let body = reserve(16)
        body.storeBytes(of: first, as: UInt64.self)
        body.storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
        commit(kind, body, bytes: 16, flags: flags, argument: argument)
    }

    /// Plain data as it lies in memory.
    public func note(_ kind: FlightKind, from memory: UnsafeRawPointer, bytes: Int, flags: UInt8 = 0, argument: Int = 0)
    {
        let body = reserve(bytes)
        body.copyMemory(from: memory, byteCount: bytes)
        commit(kind, body, bytes: bytes, flags: flags, argument: argument)
    }

    /// `bytes` of `memory` behind what is known of the packet.
    public func note(_ kind: FlightKind, _ packet: FlightPacket, _ memory: UnsafeRawPointer, flags: UInt8 = 0) {
        let copied = Int(packet.copiedBytes)
        let body = reserve(copied &+ MemoryLayout<FlightPacket>.size)
        body.storeBytes(of: packet, as: FlightPacket.self)
        (body + MemoryLayout<FlightPacket>.size).copyMemory(from: memory, byteCount: copied)
        commit(kind, body, bytes: copied &+ MemoryLayout<FlightPacket>.size, flags: flags)
    }

    // MARK: Where the shard is, for a report

    @inlinable
    public func enter(_ phase: FlightPhase) {
        head.pointee.phase = phase.rawValue
        head.pointee.peer = .max
        head.pointee.producer = .max
    }

    @inlinable
    public func at(peer: UInt32) { head.pointee.peer = peer }
    @inlinable
    public func at(producer: UInt32) { head.pointee.producer = producer }

    // MARK: Images

    /// Memory of the image that is to be written next: the older one, which is none from here on until `finishImage`.
    public func beginImage() -> UnsafeMutableRawBufferPointer {
        let place = olderImage
        cp_flight_image_at(head, Int32(place)).pointee.number = 0
        return UnsafeMutableRawBufferPointer(
            start: cp_flight_image_memory(head, Int32(place)), count: Int(head.pointee.image_bytes))
    }

    public func finishImage(bytes: Int, now: UInt64) {
        let place = olderImage
        let other = cp_flight_image_at(head, Int32(1 - place)).pointee.number
        note(.image, other &+ 1)
        let image = cp_flight_image_at(head, Int32(place)).unsafelyUnwrapped
        image.pointee.position = position
        image.pointee.now_nanoseconds = now
        image.pointee.bytes = UInt64(bytes)
        image.pointee.number = other &+ 1
    }

    private var olderImage: Int {
        cp_flight_image_at(head, 0).pointee.number <= cp_flight_image_at(head, 1).pointee.number ? 0 : 1
    }
}
