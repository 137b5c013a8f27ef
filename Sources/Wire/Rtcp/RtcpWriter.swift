/// Writes RTCP packets behind what the writer holds; a compound is a row of calls. Each throws `.bufferFull` before
/// writing anything when its packet does not fit.
public enum RtcpWriter {
    /// A source description with one CNAME (RFC 3550 §6.5.1) of 1...255 bytes.
    @_noLocks
    public static func putSourceDescription(
        ssrc: UInt32, cname: borrowing RawSpan, to writer: inout ByteWriter
    ) throws(WireError) {
        let length = cname.byteCount
        guard length >= 1, length <= 255 else { throw .tooLarge }
        // SSRC, item header and name, then one to four zero bytes that end the list and fill the word.
        let body = (4 &+ 2 &+ length &+ 4) & ~3
        try writer.require(4 &+ body)
        putHeader(type: 202, count: 1, bodyLength: body, &writer)
        writer.put(ssrc)
        writer.put(1 as UInt8)
        writer.put(UInt8(truncatingIfNeeded: length))
        writer.put(cname)
        writer.putZeros(body &- 6 &- length)
    }

    /// One source leaves (RFC 3550 §6.6).
    @_noLocks
    public static func putBye(ssrc: UInt32, to writer: inout ByteWriter) throws(WireError) {
        try writer.require(8)
        putHeader(type: 203, count: 1, bodyLength: 4, &writer)
        writer.put(ssrc)
    }

    /// Generic NACK (RFC 4585 §6.2.1) for `lost`, which is sorted in sequence order (wrap-around included) and holds no
    /// number twice. How many of them it took: as many as fit. `.bufferFull` when not one fits.
    @_noLocks
    public static func putNack(
        senderSsrc: UInt32, mediaSsrc: UInt32, lost: borrowing Span<UInt16>, to writer: inout ByteWriter
    ) throws(WireError) -> Int {
        precondition(lost.count > 0)
        try writer.require(16)
        let start = writer.count
        putFeedbackHeader(type: 205, format: 1, senderSsrc: senderSsrc, mediaSsrc: mediaSsrc, &writer)
        var index = 0
        while index < lost.count && writer.capacity &- writer.count >= 4 {
            let first = lost[index]
            index &+= 1
            var mask: UInt16 = 0
            // RFC 4585 §6.2.1: bit i of the mask stands for the number that follows the first by i + 1.
            while index < lost.count {
                let distance = lost[index] &- first
                guard distance >= 1, distance <= 16 else { break }
                mask |= 1 << (distance &- 1)
                index &+= 1
            }
            writer.put(first)
            writer.put(mask)
        }
        setLength(from: start, &writer)
        return index
    }

    /// Picture loss indication (RFC 4585 §6.3.1).
    @_noLocks
    public static func putPli(
        senderSsrc: UInt32, mediaSsrc: UInt32, to writer: inout ByteWriter
    ) throws(WireError) {
        try writer.require(12)
        putFeedbackHeader(type: 206, format: 1, senderSsrc: senderSsrc, mediaSsrc: mediaSsrc, &writer)
    }

    /// Full intra request for one stream (RFC 5104 §4.3.1). Count `sequenceNumber` up for each new request.
    @_noLocks
    public static func putFir(
        senderSsrc: UInt32, mediaSsrc: UInt32, sequenceNumber: UInt8, to writer: inout ByteWriter
    ) throws(WireError) {
        try writer.require(20)
        let start = writer.count
        // RFC 5104 §4.3.1.2: the media source field is 0.
        putFeedbackHeader(type: 206, format: 4, senderSsrc: senderSsrc, mediaSsrc: 0, &writer)
        writer.put(mediaSsrc)
        writer.put(UInt32(sequenceNumber) << 24)
        setLength(from: start, &writer)
    }

    /// REMB for 1...255 streams (draft-alvestrand-rmcat-remb §2.2); the rate is rounded down to 18 significant bits.
    @_noLocks
    public static func putRemb(
        senderSsrc: UInt32, bitsPerSecond: UInt64, streams: borrowing Span<UInt32>, to writer: inout ByteWriter
    ) throws(WireError) {
        guard streams.count >= 1, streams.count <= 255 else { throw .tooLarge }
        try writer.require(20 &+ 4 &* streams.count)
        let start = writer.count
        putFeedbackHeader(type: 206, format: 15, senderSsrc: senderSsrc, mediaSsrc: 0, &writer)
        let exponent = Swift.max(0, 64 &- 18 &- bitsPerSecond.leadingZeroBitCount)
        let mantissa = UInt32(truncatingIfNeeded: bitsPerSecond >> UInt64(exponent))
        writer.put(0x5245_4D42 as UInt32)
        writer.put(UInt32(streams.count) << 24 | UInt32(exponent) << 18 | mantissa)
        for index in 0..<streams.count { writer.put(streams[index]) }
        setLength(from: start, &writer)
    }

    /// An extended report with one receiver reference time block (RFC 3611 §4.4).
    @_noLocks
    public static func putReferenceTime(
        senderSsrc: UInt32, ntpTime: UInt64, to writer: inout ByteWriter
    ) throws(WireError) {
        try writer.require(20)
        putHeader(type: 207, count: 0, bodyLength: 16, &writer)
        writer.put(senderSsrc)
        writer.put(0x0400_0002 as UInt32)
        writer.put(ntpTime)
    }

    /// An extended report with one DLRR block (RFC 3611 §4.5).
    @_noLocks
    public static func putDlrr(
        senderSsrc: UInt32, entries: borrowing Span<Dlrr>, to writer: inout ByteWriter
    ) throws(WireError) {
        guard entries.count >= 1, entries.count <= 255 else { throw .tooLarge }
        try writer.require(12 &+ 12 &* entries.count)
        putHeader(type: 207, count: 0, bodyLength: 8 &+ 12 &* entries.count, &writer)
        writer.put(senderSsrc)
        writer.put(0x0500_0000 | UInt32(entries.count &* 3))
        for index in 0..<entries.count {
            let entry = entries[index]
            writer.put(entry.ssrc)
            writer.put(entry.lastReport)
            writer.put(entry.delay)
        }
    }

    @_noLocks
    private static func putHeader(type: UInt8, count: UInt8, bodyLength: Int, _ writer: inout ByteWriter) {
        writer.put(0x80 | count)
        writer.put(type)
        writer.put(UInt16(truncatingIfNeeded: bodyLength >> 2))
    }

    /// With the length of a packet that has nothing behind its sources; `setLength` corrects it.
    @_noLocks
    static func putFeedbackHeader(
        type: UInt8, format: UInt8, senderSsrc: UInt32, mediaSsrc: UInt32, _ writer: inout ByteWriter
    ) {
        putHeader(type: type, count: format, bodyLength: 8, &writer)
        writer.put(senderSsrc)
        writer.put(mediaSsrc)
    }

    @_noLocks
    static func setLength(from start: Int, _ writer: inout ByteWriter) {
        writer.patch(UInt16(truncatingIfNeeded: (writer.count &- start) >> 2 &- 1), at: start &+ 2)
    }
}
