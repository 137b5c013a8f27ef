import Contract

/// The ids under which one subscriber negotiated the extensions that are carried, in the order of `CarriedExtension`;
/// 0 where it did not.
@frozen
public struct CarriedIds: BitwiseCopyable {
    public var ids: InlineArray<5, UInt8> = InlineArray(repeating: 0)
    /// Of the transport-wide number, by `MediaKind`; 0 where packets of the kind have none.
    public var transportAudio: UInt8 = 0
    public var transportVideo: UInt8 = 0

    public init() {}

    public init(_ media: borrowing MediaMap) {
        var place = 0
        while place < CarriedExtension.count {
            ids[place] = media.id(of: CarriedExtension.kind(at: place))
            place += 1
        }
        transportAudio = media.transportId(.audio)
        transportVideo = media.transportId(.video)
    }

    @inline(__always)
    func transport(_ kind: MediaKind) -> UInt8 { kind == .audio ? transportAudio : transportVideo }
}

/// The fields of an outgoing RTP header that differ from the producer's.
@frozen
public struct OutgoingHeader: BitwiseCopyable {
    public var payloadType: UInt8
    public var isMarked: Bool
    public var sequence: UInt16
    public var timestamp: UInt32
    public var ssrc: UInt32
    /// Padding follows the payload.
    public var isPadded: Bool
    /// The id of the transport-wide number, 0 for none, and the number.
    public var transportId: UInt8
    public var transportNumber: UInt16 = 0

    @inlinable
    public init(
        payloadType: UInt8, isMarked: Bool, sequence: UInt16, timestamp: UInt32, ssrc: UInt32, isPadded: Bool = false,
        transportId: UInt8 = 0
    ) {
        self.transportId = transportId
        self.payloadType = payloadType
        self.isMarked = isMarked
        self.isPadded = isPadded
        self.sequence = sequence
        self.timestamp = timestamp
        self.ssrc = ssrc
    }
}

public enum HeaderRewriter {
    /// Bytes of the header that `write` will produce for this packet and subscriber.
    public static func headerBytes(
        _ facts: borrowing PacketFacts, ids: CarriedIds, rewriting: PacketRewriting = PacketRewriting(),
        transportId: UInt8 = 0
    ) -> Int {
        let shape = ExtensionShape(facts, ids: ids, rewriting: rewriting, transportId: transportId)
        return shape.isEmpty ? 12 : 12 + 4 + shape.paddedBytes
    }

    /// Where in that header the transport-wide number stands; 0 without one.
    static func numberOffset(
        _ facts: borrowing PacketFacts, ids: CarriedIds, rewriting: PacketRewriting, transportId: UInt8
    ) -> Int {
        guard transportId > 0 else { return 0 }
        return 16 + ExtensionShape(facts, ids: ids, rewriting: rewriting, transportId: transportId).usedBytes - 2
    }

    /// Writes an RTP header (RFC 3550 §5.1) with the carried extensions (RFC 8285) at `out`; returns its length.
    /// CSRCs are not carried: this is one source to the subscriber.
    public static func write(
        _ header: OutgoingHeader, facts: borrowing PacketFacts, packet: UnsafeRawPointer, ids: CarriedIds,
        rewriting: PacketRewriting = PacketRewriting(), to out: UnsafeMutableRawPointer
    ) -> Int {
        let shape = ExtensionShape(facts, ids: ids, rewriting: rewriting, transportId: header.transportId)
        let first: UInt8 = (shape.isEmpty ? 0x80 : 0x90) | (header.isPadded ? 0x20 : 0)
        out.storeBytes(of: first, as: UInt8.self)
        out.storeBytes(of: header.payloadType | (header.isMarked ? 0x80 : 0), toByteOffset: 1, as: UInt8.self)
        out.storeBytes(of: header.sequence.bigEndian, toByteOffset: 2, as: UInt16.self)
        out.storeBytes(of: header.timestamp.bigEndian, toByteOffset: 4, as: UInt32.self)
        out.storeBytes(of: header.ssrc.bigEndian, toByteOffset: 8, as: UInt32.self)
        guard !shape.isEmpty else { return 12 }
        if shape.isBare {
            // Nothing but the transport-wide number: most packets of a picture. One store instead of a walk.
            let element = UInt64(header.transportId << 4 | 1) << 24 | UInt64(header.transportNumber) << 8
            out.storeBytes(of: (0xBEDE_0001 << 32 | element).bigEndian, toByteOffset: 12, as: UInt64.self)
            return 20
        }
        writeExtensions(shape, header, facts: facts, packet: packet, ids: ids, rewriting: rewriting, to: out + 12)
        return 16 + shape.paddedBytes
    }

    private static func writeExtensions(
        _ shape: ExtensionShape, _ header: OutgoingHeader, facts: borrowing PacketFacts, packet: UnsafeRawPointer,
        ids: CarriedIds, rewriting: PacketRewriting, to out: UnsafeMutableRawPointer
    ) {
        // RFC 8285 §4.2 and §4.3: 0xBEDE for one-byte headers, 0x1000 for two-byte headers.
        out.storeBytes(of: (shape.isLong ? 0x1000 : 0xBEDE as UInt16).bigEndian, as: UInt16.self)
        out.storeBytes(of: UInt16(shape.paddedBytes / 4).bigEndian, toByteOffset: 2, as: UInt16.self)
        var end = 4
        var place = 0
        while place < CarriedExtension.count {
            let value = facts.extensions[place]
            let id = ids.ids[place]
            let length = rewriting.length(of: value, at: place)
            place += 1
            guard length > 0, id > 0 else { continue }
            if shape.isLong {
                out.storeBytes(of: id, toByteOffset: end, as: UInt8.self)
                out.storeBytes(of: UInt8(truncatingIfNeeded: length), toByteOffset: end + 1, as: UInt8.self)
                end += 2
            } else {
                out.storeBytes(of: id << 4 | UInt8(truncatingIfNeeded: length - 1), toByteOffset: end, as: UInt8.self)
                end += 1
            }
            if rewriting.changesDescriptor, place - 1 == CarriedExtension.dependencyDescriptorPlace {
                _ = rewriting.descriptor.write(packet + Int(value.offset), length: Int(value.length), to: out + end)
            } else {
                (out + end).copyMemory(from: packet + Int(value.offset), byteCount: length)
            }
            end += length
        }
        if header.transportId > 0 { end = writeTransport(header, isLong: shape.isLong, at: end, to: out) }
        while end < 4 + shape.paddedBytes {
            out.storeBytes(of: 0, toByteOffset: end, as: UInt8.self)
            end += 1
        }
    }
}

extension HeaderRewriter {
    /// draft-holmer-rmcat-transport-wide-cc-extensions-01 §2: two bytes. Returns where the next element begins.
    private static func writeTransport(
        _ header: OutgoingHeader, isLong: Bool, at start: Int, to out: UnsafeMutableRawPointer
    ) -> Int {
        var end = start
        if isLong {
            out.storeBytes(of: header.transportId, toByteOffset: end, as: UInt8.self)
            out.storeBytes(of: 2, toByteOffset: end + 1, as: UInt8.self)
            end += 2
        } else {
            out.storeBytes(of: header.transportId << 4 | 1, toByteOffset: end, as: UInt8.self)
            end += 1
        }
        out.storeBytes(of: header.transportNumber.bigEndian, toByteOffset: end, as: UInt16.self)
        return end + 2
    }

    /// Bytes that `writeBare` writes.
    static func bareBytes(transportId: UInt8) -> Int { transportId > 0 ? 20 : 12 }

    /// A header with nothing but the transport-wide number, for a packet that is no publisher's; returns its length.
    static func writeBare(_ header: OutgoingHeader, to out: UnsafeMutableRawPointer) -> Int {
        write(header, facts: PacketFacts(), packet: UnsafeRawPointer(out), ids: CarriedIds(), to: out)
    }
}

/// How long the extension block will be, and which of the two forms of RFC 8285 it needs.
struct ExtensionShape {
    private(set) var isLong = false
    private(set) var isEmpty = true
    /// The transport-wide number is all there is.
    private(set) var isBare = false
    /// Bytes of the elements, the transport-wide number last; and filled up to whole words.
    private(set) var usedBytes = 0
    private(set) var paddedBytes = 0

    init(_ facts: borrowing PacketFacts, ids: CarriedIds, rewriting: PacketRewriting, transportId: UInt8) {
        var valueBytes = transportId > 0 ? 2 : 0
        var count = transportId > 0 ? 1 : 0
        var place = 0
        while place < CarriedExtension.count {
            let length = rewriting.length(of: facts.extensions[place], at: place)
            if length > 0, ids.ids[place] > 0 {
                valueBytes += length
                count += 1
                if length > 16 { isLong = true }
            }
            place += 1
        }
        isEmpty = count == 0
        isBare = count == 1 && transportId > 0
        usedBytes = valueBytes + count * (isLong ? 2 : 1)
        paddedBytes = (usedBytes + 3) & ~3
    }
}
