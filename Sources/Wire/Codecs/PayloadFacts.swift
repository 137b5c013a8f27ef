import Contract

/// The little that forwarding asks of a payload, whatever its codec.
@frozen
public struct PayloadFacts: BitwiseCopyable, Sendable {
    /// The payload was understood; everything else is false or 0 when it was not.
    public var isValid: Bool
    /// A decoder can begin with this packet. Always true of audio.
    public var isKeyframeStart: Bool
    /// The packet begins a frame; for H.264 and AV1 as far as the payload tells. Always true of audio.
    public var beginsFrame: Bool
    /// 0 where the payload does not tell, as in H.264 and AV1 (whose dependency descriptor does).
    public var spatialId: UInt8
    public var temporalId: UInt8
    /// From this frame on a receiver may climb to its temporal layer.
    public var isSwitchingUp: Bool

    @_noLocks
    public init(codec: Codec, payload: RtpPayload, in span: borrowing RawSpan) {
        isValid = false
        isKeyframeStart = false
        beginsFrame = false
        spatialId = 0
        temporalId = 0
        isSwitchingUp = false
        do throws(WireError) { try take(codec, payload, span) } catch {}
    }

    @_noLocks
    private mutating func take(
        _ codec: Codec, _ payload: RtpPayload, _ span: borrowing RawSpan
    ) throws(WireError) {
        switch codec {
        case .none: return
        case .opus, .red:
            isKeyframeStart = true
            beginsFrame = true
        case .vp8: take(try Vp8Descriptor(parsing: span, payload: payload))
        case .vp9, .vp9Profile2: take(try Vp9Descriptor(parsing: span, payload: payload))
        case .h264ConstrainedBaseline, .h264Baseline, .h264Main, .h264High:
            let found = try H264Payload(parsing: span, payload: payload)
            isKeyframeStart = found.isKeyframeStart
            beginsFrame = found.beginsFrame
        case .av1:
            let found = try Av1Payload(parsing: span, payload: payload)
            isKeyframeStart = found.isKeyframeStart
            beginsFrame = found.beginsFrame
        }
        isValid = true
    }

    @_noLocks
    private mutating func take(_ found: Vp8Descriptor) {
        isKeyframeStart = found.isKeyframeStart
        beginsFrame = found.beginsFrame
        temporalId = found.temporalId
        isSwitchingUp = found.isLayerSync
    }

    @_noLocks
    private mutating func take(_ found: Vp9Descriptor) {
        isKeyframeStart = found.isKeyframeStart
        beginsFrame = found.beginsFrame
        spatialId = found.spatialId
        temporalId = found.temporalId
        isSwitchingUp = found.isSwitchingUp
    }

    @_noLocks
    public static func isKeyframeStart(codec: Codec, payload: RtpPayload, in span: borrowing RawSpan) -> Bool {
        PayloadFacts(codec: codec, payload: payload, in: span).isKeyframeStart
    }

    @_noLocks
    public static func beginsFrame(codec: Codec, payload: RtpPayload, in span: borrowing RawSpan) -> Bool {
        PayloadFacts(codec: codec, payload: payload, in: span).beginsFrame
    }
}
