import Contract

/// Where an RTP header extension's value lies in its packet; length 0 when absent.
@frozen
public struct ExtensionPlace: BitwiseCopyable {
    public var offset: UInt16
    public var length: UInt8

    @inlinable
    public init(offset: UInt16 = 0, length: UInt8 = 0) {
        self.offset = offset
        self.length = length
    }
}

/// Extensions that travel from producer to consumer as they are, under the consumer's ids.
///
/// MID, RID and transport-cc are each connection's own affair; abs-send-time would have to be our own.
public enum CarriedExtension {
    public static let count = 5
    /// The one that is rewritten on its way.
    public static let dependencyDescriptorPlace = 4

    /// The kind carried at `place` of `PacketFacts.extensions`.
    @inlinable
    public static func kind(at place: Int) -> HeaderExtension {
        switch place {
        case 0: .audioLevel
        case 1: .videoOrientation
        case 2: .playoutDelay
        case 3: .absCaptureTime
        default: .dependencyDescriptor
        }
    }
}

/// What is known of a decrypted packet in a slot. Parsed once, on arrival; every consumer reads it.
@frozen
public struct PacketFacts: BitwiseCopyable {
    /// The SRTP index: roll-over counter and sequence number, 48 bits.
    public var sequence: UInt64 = 0
    public var arrivalNanoseconds: UInt64 = 0
    public var timestamp: UInt32 = 0
    /// The next packet of the same producer in this burst, `endOfChain` for none.
    public var next: UInt32 = endOfChain
    /// Its place in the order of all that arrived, modulo 2^32.
    public var order: UInt32 = 0
    public var payloadOffset: UInt16 = 0
    public var payloadBytes: UInt16 = 0
    public var codec: Codec = .none
    public var layer: UInt8 = 0
    /// Which of the layer's sources, one after the other, sent it: `ProducerState.generations`.
    public var generation: UInt8 = 0
    public var isMarked: Bool = false
    public var isKeyframeStart: Bool = false
    /// Bytes of RTP padding (0 or 1) that make it as long as the longest of its frame: `Forwarder.level`.
    public var levelling: UInt8 = 0
    /// Of a redundant payload (RFC 2198): the payload type of its blocks, and where behind the payload's first byte the
    /// primary one lies.
    public var blockPayloadType: UInt8 = 0
    public var primaryOffset: UInt16 = 0
    public var extensions: InlineArray<5, ExtensionPlace> = InlineArray(repeating: ExtensionPlace())
    /// Of video.
    public var frame = FrameFacts()

    @inlinable
    public init() {}
}

/// Ends a chain of slots or a list of indices.
public let endOfChain = UInt32.max
