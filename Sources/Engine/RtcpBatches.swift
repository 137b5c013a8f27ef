import Peer
import Wire

/// One transport-cc feedback between the recorder that knows it and the writer that says it.
struct FeedbackBatch {
    private var arrivals = InlineArray<400, Int64>(repeating: -1)
    private var head = TransportFeedbackHead(baseSequence: 0, count: 0, feedbackCount: 0)

    /// False when nothing is due.
    mutating func take(_ recorder: inout TransportFeedbackRecorder, now: UInt64) -> Bool {
        let taken = withUnsafeMutableBytes(of: &arrivals) { bytes in
            recorder.takeFeedback(now: now, into: bytes.assumingMemoryBound(to: Int64.self))
        }
        guard let taken else { return false }
        head = taken
        return true
    }

    /// Writes the feedback and returns how many numbers did not fit.
    func write(senderSsrc: UInt32, mediaSsrc: UInt32, to writer: inout ByteWriter) throws(WireError) -> Int {
        let span = arrivals.span.extracting(first: head.count)
        let written = try RtcpWriter.putTransportFeedback(
            senderSsrc: senderSsrc, mediaSsrc: mediaSsrc, feedbackCount: head.feedbackCount,
            baseSequence: head.baseSequence, arrivals: span, to: &writer)
        return head.count - written
    }
}

/// The numbers that one NACK asks for.
struct NackBatch {
    private static let capacity = 60
    private var numbers = InlineArray<60, UInt16>(repeating: 0)
    private(set) var count = 0

    mutating func take(_ tracker: inout NackTracker, now: UInt64, roundTripNanoseconds: UInt64) {
        count = withUnsafeMutableBytes(of: &numbers) { bytes in
            tracker.due(
                now: now, roundTripNanoseconds: roundTripNanoseconds, into: bytes.assumingMemoryBound(to: UInt16.self))
        }
    }

    func write(senderSsrc: UInt32, mediaSsrc: UInt32, to writer: inout ByteWriter) throws(WireError) {
        _ = try RtcpWriter.putNack(
            senderSsrc: senderSsrc, mediaSsrc: mediaSsrc, lost: numbers.span.extracting(first: count), to: &writer)
    }
}
