import Peer
import Wire

/// A receiver that answers with transport-cc feedback, as bytes.
public final class FeedbackReceiver {
    private let storage = UnsafeMutablePointer<UInt32>.allocate(capacity: 2048)
    private var recorder: TransportFeedbackRecorder
    private var arrivals = [Int64](repeating: -1, count: 400)

    public init() { recorder = TransportFeedbackRecorder(storage: storage, capacity: 2048) }

    deinit { storage.deallocate() }

    public func take(_ number: UInt16, now: UInt64) { recorder.record(number, now: now) }

    /// A compound with the next feedback; nil when none is due.
    public func feedback(now: UInt64) -> [UInt8]? {
        guard now >= recorder.nextDeadline else { return nil }
        let head = arrivals.withUnsafeMutableBufferPointer { recorder.takeFeedback(now: now, into: $0) }
        guard let head else { return nil }
        let covered = Array(arrivals[..<head.count])
        var bytes = [UInt8](repeating: 0, count: 1200)
        let (count, left) = bytes.withUnsafeMutableBytes { buffer in
            var writer = ByteWriter(buffer)
            let taken = try? RtcpWriter.putTransportFeedback(
                senderSsrc: 1, mediaSsrc: 2, feedbackCount: head.feedbackCount, baseSequence: head.baseSequence,
                arrivals: covered.span, to: &writer)
            return (writer.count, head.count - (taken ?? 0))
        }
        recorder.giveBack(left)
        return Array(bytes[..<count])
    }
}
