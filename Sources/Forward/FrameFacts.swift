/// What choosing layers and rewriting ask of a packet's frame. Codecs differ in how they say it (`FrameReader`); here they
/// are alike.
///
/// An *operating point* is a spatial and a temporal layer up to which somebody gets a stream, 0...3 each.
@frozen
public struct FrameFacts: BitwiseCopyable {
    /// What the frame is to each operating point: two bits at 2 × (4 × spatial + temporal), as in
    /// `DecodeTargetIndication`.
    public var indications = UInt32.max
    public var flags = FrameFlags()
    /// 15 or 7 bits; where `pictureIdPlace` is not 0.
    public var pictureId: UInt16 = 0
    /// Of the dependency descriptor.
    public var frameNumber: UInt16 = 0
    /// Where the mask of decode targets begins in the dependency descriptor, or would.
    public var maskBit: UInt16 = 0
    /// Decode targets that the sender produces.
    public var activeTargets: UInt16 = 0
    public var tl0PictureIndex: UInt8 = 0
    /// Bytes from the payload's first one; 0 where the field is absent.
    public var pictureIdPlace: UInt8 = 0
    public var tl0Place: UInt8 = 0
    public var spatialId: UInt8 = 0
    public var temporalId: UInt8 = 0
    /// The highest layers that there are at present.
    public var topSpatial: UInt8 = 0
    public var topTemporal: UInt8 = 0
    /// Decode targets of the dependency descriptor's structure; 0 when there are none or more than 16.
    public var targetCount: UInt8 = 0
    /// The structure's, when it is in this packet.
    public var templateIdOffset: UInt8 = 0
    public var templateCount: UInt8 = 0
    /// Four bits for each decode target: its spatial layer in the low two, its temporal one in the high two.
    public var targetLayers: UInt64 = 0

    @inlinable
    public init() {}

    @inlinable
    public static func point(_ spatial: UInt8, _ temporal: UInt8) -> UInt32 { UInt32(spatial << 2 | temporal) &<< 1 }

    /// Two bits, as in `DecodeTargetIndication`.
    @inlinable
    public func indication(_ spatial: UInt8, _ temporal: UInt8) -> UInt32 {
        (indications &>> Self.point(spatial, temporal)) & 3
    }

    @inlinable
    public func has(_ flag: FrameFlags) -> Bool { flags.bits & flag.bits != 0 }

    /// The decode targets that a choice keeps.
    public func targets(spatial: UInt8, temporal: UInt8) -> UInt16 {
        var mask: UInt16 = 0
        var target: UInt8 = 0
        while target < targetCount {
            let layers = UInt8(truncatingIfNeeded: targetLayers &>> UInt64(4 * target)) & 15
            if layers & 3 <= spatial, layers >> 2 <= temporal { mask |= 1 << UInt16(target) }
            target += 1
        }
        return mask & activeTargets
    }
}

@frozen
public struct FrameFlags: BitwiseCopyable {
    public var bits: UInt16

    @inlinable
    public init(bits: UInt16 = 0) { self.bits = bits }

    @inlinable public static var startsFrame: FrameFlags { FrameFlags(bits: 1) }
    @inlinable public static var endsFrame: FrameFlags { FrameFlags(bits: 2) }
    /// There is something to choose.
    @inlinable public static var isLayered: FrameFlags { FrameFlags(bits: 4) }
    @inlinable public static var hasLongPictureId: FrameFlags { FrameFlags(bits: 8) }
    /// Has a dependency descriptor.
    @inlinable public static var hasFrameNumber: FrameFlags { FrameFlags(bits: 16) }
    @inlinable public static var hasStructure: FrameFlags { FrameFlags(bits: 32) }
    @inlinable public static var hasMask: FrameFlags { FrameFlags(bits: 64) }
    /// Who gets a spatial layer gets all below it: one may go down at any picture. Not so in K-SVC.
    @inlinable public static var isNested: FrameFlags { FrameFlags(bits: 128) }
    /// Of a picture with which any operating point can begin.
    @inlinable public static var isKeyPicture: FrameFlags { FrameFlags(bits: 256) }
    /// VP8's Y: refers to the base layer only.
    @inlinable public static var isLayerSync: FrameFlags { FrameFlags(bits: 512) }
    /// VP9's U: pictures of higher temporal layers that follow refer to none of them before.
    @inlinable public static var isSwitchingUp: FrameFlags { FrameFlags(bits: 1024) }
    /// VP8: a receiver takes a missing picture id for a missing frame, so that those left out must not be counted.
    @inlinable public static var countsPictures: FrameFlags { FrameFlags(bits: 2048) }
    /// Picture ids or frame numbers.
    @inlinable public static var isNumbered: FrameFlags { FrameFlags(bits: 4096) }

    /// Its dependency descriptor cannot be understood: the structure that explains it has not come, or has been replaced.
    @inlinable public static var isBlind: FrameFlags { FrameFlags(bits: 8192) }
    /// Blind, and the structure has not come: the first packet of its keyframe is missing, so that no decoder could do
    /// anything with it yet.
    @inlinable public static var awaitsStructure: FrameFlags { FrameFlags(bits: 16384) }

    @inlinable public mutating func set(_ flag: FrameFlags, _ isSet: Bool = true) { if isSet { bits |= flag.bits } }
}
