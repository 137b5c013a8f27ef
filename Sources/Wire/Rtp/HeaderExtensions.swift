import Contract

/// Where one extension's value lies in its packet. An offset of 0 means that it is absent; a length of 0 is a lawful
/// value of the two-byte form.
@frozen
public struct ExtensionValue: BitwiseCopyable, Sendable {
    public var offset: UInt16
    public var length: UInt8

    @inlinable @_noLocks
    public init(offset: UInt16, length: UInt8) {
        self.offset = offset
        self.length = length
    }

    @inlinable public static var absent: ExtensionValue { @_noLocks get { ExtensionValue(offset: 0, length: 0) } }
    @inlinable public var isPresent: Bool { @_noLocks get { offset != 0 } }
}

/// The header extensions of one packet (RFC 8285), by what they mean. Ids that the session did not negotiate are passed
/// over. Where an id comes twice the first counts.
@frozen
public struct HeaderExtensions: BitwiseCopyable, Sendable {
    /// By `HeaderExtension.rawValue`.
    public var values: InlineArray<11, ExtensionValue>

    @inlinable @_noLocks
    public init() { values = InlineArray(repeating: ExtensionValue(offset: 0, length: 0)) }

    /// `span` is the packet that `header` was parsed from. A block of another profile than RFC 8285's has no values.
    @_noLocks
    public init(parsing span: borrowing RawSpan, header: RtpHeader, map: borrowing MediaMap) throws(WireError) {
        self.init()
        guard header.extensionLength > 0 else { return }
        let end = header.extensionOffset &+ header.extensionLength
        guard end <= span.byteCount else { throw .truncated }
        // RFC 8285 §4.2 and §4.3; the low four bits of the two-byte profile are for the application.
        if header.extensionProfile == 0xBEDE {
            try parseOneByteForm(span, from: header.extensionOffset, to: end, map)
        } else if header.extensionProfile & 0xFFF0 == 0x1000 {
            try parseTwoByteForm(span, from: header.extensionOffset, to: end, map)
        }
    }

    @_noLocks
    private mutating func parseOneByteForm(
        _ span: borrowing RawSpan, from start: Int, to end: Int, _ map: borrowing MediaMap
    ) throws(WireError) {
        var offset = start
        while offset < end {
            let first = span.uint8(at: offset)
            offset &+= 1
            // A zero byte is padding.
            if first == 0 { continue }
            let id = first >> 4
            // RFC 8285 §4.2: at id 15 processing stops.
            if id == 15 { return }
            let length = Int(first & 15) &+ 1
            guard offset &+ length <= end else { throw .malformed }
            // Id 0 with a length is padding of an older draft; it is passed over with its bytes.
            if id != 0 { note(map.extensionOfId[Int(id)], at: offset, length: length) }
            offset &+= length
        }
    }

    @_noLocks
    private mutating func parseTwoByteForm(
        _ span: borrowing RawSpan, from start: Int, to end: Int, _ map: borrowing MediaMap
    ) throws(WireError) {
        var offset = start
        while offset < end {
            let id = Int(span.uint8(at: offset))
            offset &+= 1
            if id == 0 { continue }
            guard offset < end else { throw .malformed }
            let length = Int(span.uint8(at: offset))
            offset &+= 1
            guard offset &+ length <= end else { throw .malformed }
            if id < 15 { note(map.extensionOfId[id], at: offset, length: length) }
            offset &+= length
        }
    }

    @_noLocks
    private mutating func note(_ kind: UInt8, at offset: Int, length: Int) {
        guard kind < 11, values[Int(kind)].offset == 0, offset <= Int(UInt16.max) else { return }
        values[Int(kind)] = ExtensionValue(
            offset: UInt16(truncatingIfNeeded: offset), length: UInt8(truncatingIfNeeded: length))
    }

    @inlinable @_noLocks
    public func value(_ kind: HeaderExtension) -> ExtensionValue { values[Int(kind.rawValue)] }

    @inlinable @_noLocks
    public func has(_ kind: HeaderExtension) -> Bool { values[Int(kind.rawValue)].offset != 0 }
}
