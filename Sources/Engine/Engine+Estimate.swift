import Contract
import Estimate
import Forward
import Memory
import Wire

/// Feedback for the estimates, and what is recorded of it.
extension Engine {
    /// A message may claim to cover 65535 packets in a few bytes; no more than the history holds can be known.
    private static let statusCountMax = 2 * SentHistory.capacity

    /// Transport-cc feedback of a subscriber.
    mutating func takeFeedback(
        _ feedback: TransportFeedback, _ bytes: UnsafeRawBufferPointer, from index: UInt32, now: UInt64
    ) {
        guard feedback.statusCount <= Self.statusCountMax else { return }
        if mailboxes.estimates != nil { record(feedback, bytes, from: index, now: now) }
        var entries = feedback
        let subscriber = forward.subscribers + Int(index)
        subscriber.pointee.estimate.beginFeedback(now: now)
        while let entry = entries.next(in: bytes.bytes) {
            subscriber.pointee.estimate.take(
                entry.sequenceNumber, isReceived: entry.isReceived, arrivalTicks: entry.arrivalTicks)
        }
        subscriber.pointee.estimate.endFeedback()
        if mailboxes.estimates != nil { recordTarget(of: index, now: now) }
        if subscriber.pointee.estimate.probe.isWanted { reschedule(index, at: now) }
    }

    /// Tells the recorder what the estimator is about to be told. What does not fit its mailbox is lost.
    private mutating func record(
        _ feedback: TransportFeedback, _ bytes: UnsafeRawBufferPointer, from index: UInt32, now: UInt64
    ) {
        var entries = feedback
        let subscriber = forward.subscribers + Int(index)
        while let first = entries.next(in: bytes.bytes) {
            guard let place = mailboxes.estimates?.reserve() else { return }
            place.pointee = newRecord(of: index, now: now)
            var entry: TransportFeedbackEntry? = first
            while let told = entry {
                if let packet = subscriber.pointee.estimate.recorded(
                    told.sequenceNumber, isReceived: told.isReceived, arrivalTicks: told.arrivalTicks)
                {
                    place.pointee.append(packet)
                }
                entry = place.pointee.count < EstimateRecord.capacity ? entries.next(in: bytes.bytes) : nil
            }
            mailboxes.estimates?.commit()
        }
    }

    private mutating func recordTarget(of index: UInt32, now: UInt64) {
        guard let place = mailboxes.estimates?.reserve() else { return }
        place.pointee = newRecord(of: index, now: now)
        place.pointee.isLast = true
        place.pointee.targetBitsPerSecond = forward.subscribers[Int(index)].estimate.targetBitsPerSecond
        mailboxes.estimates?.commit()
    }

    private mutating func newRecord(of index: UInt32, now: UInt64) -> EstimateRecord {
        let subscriber = forward.subscribers + Int(index)
        return EstimateRecord(
            peer: index, incarnation: subscriber.pointee.incarnation, nowNanoseconds: now,
            sentBytes: subscriber.pointee.estimate.sentBytes())
    }
}
