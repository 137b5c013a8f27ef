import Contract

/// RFC 6464 §3: loudness in dB below the loudest (0 loud, 127 silent), and whether the sender heard a voice.
@frozen
public struct AudioLevel: BitwiseCopyable, Sendable {
    public var level: UInt8
    public var hasVoice: Bool

    @inlinable @_noLocks
    public init(level: UInt8, hasVoice: Bool) {
        self.level = level
        self.hasVoice = hasVoice
    }

    @inlinable public var byte: UInt8 { @_noLocks get { level & 0x7F | (hasVoice ? 0x80 : 0) } }
}

/// 3GPP TS 26.114 §7.4.5: how the receiver must turn the picture.
@frozen
public struct VideoOrientation: BitwiseCopyable, Sendable {
    /// Quarter turns, 0...3.
    public var rotation: UInt8
    public var isFlipped: Bool
    public var isBackCamera: Bool

    @inlinable @_noLocks
    public init(byte: UInt8) {
        rotation = byte & 3
        isFlipped = byte & 4 != 0
        isBackCamera = byte & 8 != 0
    }
}

/// Values of extensions, nil where the extension is absent or has another length than its definition says. `span` is
/// the packet that was parsed.
extension HeaderExtensions {
    @_noLocks
    public func audioLevel(in span: borrowing RawSpan) -> AudioLevel? {
        let place = value(.audioLevel)
        guard place.length >= 1 else { return nil }
        let byte = span.uint8(at: Int(place.offset))
        return AudioLevel(level: byte & 0x7F, hasVoice: byte & 0x80 != 0)
    }

    /// 24 bits: seconds in 6.18 fixed point, which wrap every 64 s.
    @_noLocks
    public func absSendTime(in span: borrowing RawSpan) -> UInt32? {
        let place = value(.absSendTime)
        guard place.length == 3 else { return nil }
        return span.uint24(at: Int(place.offset))
    }

    /// The transport-wide sequence number; version 2 of the extension has two bytes more, which are not needed here.
    @_noLocks
    public func transportSequence(in span: borrowing RawSpan) -> UInt16? {
        let place = value(.transportCC)
        guard place.length == 2 || place.length == 4 else { return nil }
        return span.uint16(at: Int(place.offset))
    }

    @_noLocks
    public func videoOrientation(in span: borrowing RawSpan) -> VideoOrientation? {
        let place = value(.videoOrientation)
        guard place.length >= 1 else { return nil }
        return VideoOrientation(byte: span.uint8(at: Int(place.offset)))
    }

    /// The value of MID, RID or repaired RID; empty when absent or longer than 16 bytes.
    @_noLocks
    public func name(_ kind: HeaderExtension, in span: borrowing RawSpan) -> FixedBytes<16> {
        let place = value(kind)
        var result = FixedBytes<16>()
        guard place.length <= 16 else { return result }
        result.count = Int(place.length)
        for index in 0..<Int(place.length) { result.storage[index] = span.uint8(at: Int(place.offset) &+ index) }
        return result
    }

    /// True when the extension is there and its value is `name`, byte for byte.
    @_noLocks
    public func matches(_ kind: HeaderExtension, _ name: borrowing FixedBytes<16>, in span: borrowing RawSpan) -> Bool {
        let place = value(kind)
        guard place.offset != 0, Int(place.length) == name.count else { return false }
        for index in 0..<Int(place.length) {
            if name.storage[index] != span.uint8(at: Int(place.offset) &+ index) { return false }
        }
        return true
    }
}
