import Wire

/// A packet as it is about to leave, before it is encrypted, for those who protect it.
struct PlainPacket: BitwiseCopyable {
    /// SRTP index.
    var index: UInt64
    var header: UnsafeRawPointer
    var headerBytes: Int
    /// Padding included.
    var payload: UnsafeRawPointer
    var payloadBytes: Int
    /// Where in the header the transport-wide number stands; 0 for none.
    var numberOffset: Int
    var isMarked: Bool
}

/// What a consumer has sent since its last packet of parity, combined as draft-ietf-payload-flexible-fec-scheme-03 §6.2
/// says, and when the next one is due.
///
/// The transport-wide number counts as zero: it names the transmission, so a receiver that recovers the packet has no use
/// for it, and libwebrtc's clears it before it combines.
struct ParityGroup: BitwiseCopyable {
    /// Longer packets are not protected: their parity would be longer than a datagram may be.
    static let bodyBytesMax = 1400
    static let bodyStride = 1408
    /// What two parts of a mask can name. At the smallest share a group has some twenty packets.
    static let spanMax = 46
    /// Of a packet of parity: what `Protection.share` counts in.
    static let whole: Int32 = 256

    private(set) var header = FlexFecHeader()
    /// Of the longest packet in it.
    private(set) var bodyBytes = 0
    /// SRTP index of the mask's first packet.
    private var first: UInt64 = 0
    private var credit: Int32 = 0
    private var endsPicture = false
    private var isFull = false
    /// Zero from `bodyBytes` on.
    let body: UnsafeMutableRawPointer

    init(body: UnsafeMutableRawPointer) { self.body = body }

    var count: Int { header.mask.count }

    /// At the end of a picture half of what a packet of parity takes is enough, and is owed afterwards; within one it takes
    /// as much more, so that most groups end with a picture: one that has to wait for its parity until the next is no better
    /// off than with a retransmission.
    var isDue: Bool {
        !header.mask.isEmpty && (isFull || credit >= (endsPicture ? Self.whole / 2 : Self.whole * 3 / 2))
    }

    /// - Parameter share: packets of parity to `whole` packets of media.
    mutating func add(_ packet: PlainPacket, share: UInt8) {
        let bytes = packet.headerBytes - RtpHeader.fixedBytes + packet.payloadBytes
        guard bytes <= Self.bodyBytesMax else { return }
        if !header.mask.isEmpty, packet.index >= first + UInt64(Self.spanMax) { clear() }
        if header.mask.isEmpty { begin(packet) }
        // One that was repaired upstream, and comes behind the beginning: the next group has begun without it.
        guard packet.index >= first else { return }
        let number = Int(packet.index - first)
        header.mask.insert(number)
        isFull = isFull || number >= Self.spanMax - 2
        credit += Int32(share)
        endsPicture = packet.isMarked
        bodyBytes = max(bodyBytes, bytes)
        combine(packet, bytes: bytes)
    }

    private mutating func begin(_ packet: PlainPacket) {
        first = packet.index
        header.base = UInt16(truncatingIfNeeded: packet.index)
        header.ssrc = UInt32(bigEndian: packet.header.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    }

    private mutating func combine(_ packet: PlainPacket, bytes: Int) {
        header.combine(
            firstByte: packet.header.load(as: UInt8.self),
            secondByte: packet.header.load(fromByteOffset: 1, as: UInt8.self),
            timestamp: UInt32(bigEndian: packet.header.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
            length: UInt16(truncatingIfNeeded: bytes))
        let extensionBytes = packet.headerBytes - RtpHeader.fixedBytes
        combine(packet.header + RtpHeader.fixedBytes, extensionBytes, at: 0)
        combine(packet.payload, packet.payloadBytes, at: extensionBytes)
        if packet.numberOffset > 0 {
            // What is combined twice is out again.
            combine(packet.header + packet.numberOffset, 2, at: packet.numberOffset - RtpHeader.fixedBytes)
        }
    }

    /// SAFETY: `add` has checked that all of it lies within `bodyBytesMax`.
    private func combine(_ bytes: UnsafeRawPointer, _ count: Int, at offset: Int) {
        let out = body + offset
        var place = 0
        while place &+ 32 <= count {
            let both =
                bytes.loadUnaligned(fromByteOffset: place, as: SIMD4<UInt64>.self)
                ^ out.loadUnaligned(fromByteOffset: place, as: SIMD4<UInt64>.self)
            out.storeBytes(of: both, toByteOffset: place, as: SIMD4<UInt64>.self)
            place &+= 32
        }
        while place < count {
            let both =
                bytes.load(fromByteOffset: place, as: UInt8.self) ^ out.load(fromByteOffset: place, as: UInt8.self)
            out.storeBytes(of: both, toByteOffset: place, as: UInt8.self)
            place &+= 1
        }
    }

    /// Bytes that `write` writes.
    var byteCount: Int { header.byteCount + bodyBytes }

    /// Writes header and body, the payload of a packet of parity.
    func write(to out: UnsafeMutableRawPointer) {
        var writer = ByteWriter(UnsafeMutableRawBufferPointer(start: out, count: header.byteCount))
        do { try header.write(to: &writer) } catch { preconditionFailure("a header is longer than it said") }
        (out + writer.count).copyMemory(from: body, byteCount: bodyBytes)
    }

    /// Its parity has left.
    mutating func settle() {
        credit = max(credit - Self.whole, -Self.whole / 2)
        empty()
    }

    /// Forgets what is in it; it is protected by nothing.
    mutating func clear() {
        credit = min(credit, Self.whole / 2)
        empty()
    }

    private mutating func empty() {
        body.initializeMemory(as: UInt8.self, repeating: 0, count: bodyBytes)
        header = FlexFecHeader()
        bodyBytes = 0
        endsPicture = false
        isFull = false
    }
}
