/// Taking transport-cc feedback.
extension BandwidthEstimator {
    /// Less than this is what any link has now and then.
    static let leastQueueMicroseconds = 22_000.0
    /// Losses beside a queue of this length are its own.
    static let queueMicroseconds = 15_000.0
    /// A queue of this length is too long even when it does not grow.
    /// Flows that share a link see the same queue: its length makes them give way together, where each one's trend would
    /// make the one that looks more closely give way to the others.
    static let longQueueMicroseconds = 25_000.0
    static let packetBits = 9600.0
    /// A queue that never empties holds its flows where they are: whoever has least would have it for ever.
    static let standingMicroseconds: Int64 = 2_000_000
    /// Without feedback for so long, what it said last is of the past.
    static let silenceNanoseconds: UInt64 = 400_000_000
    static let drainedMicroseconds = 30_000.0
    static let drainMicroseconds = 250_000.0
    static let drainMax = 0.3

    public mutating func beginFeedback(now: UInt64) {
        feedback = FeedbackInHand()
        feedback.now = now
        hasFeedback = true
    }

    /// One number that the feedback covers. `arrivalTicks` of 250 µs, modulo 2^32.
    public mutating func take(_ number: UInt16, isReceived: Bool, arrivalTicks: Int64) {
        guard let full = history.find(number) else { return }
        let place = history.place(full)
        guard isReceived else {
            guard place.pointee.fate == .underWay else { return }
            place.pointee.fate = .missing
            return losses.count(lost: 1, of: 1)
        }
        switch place.pointee.fate {
        case .underWay: losses.count(lost: 0, of: 1)
        // It was late, not lost.
        case .missing: losses.count(lost: -1, of: 0)
        case .received, .none: return
        }
        place.pointee.fate = .received
        takeArrival(full, place.pointee, clock.unwrap(arrivalTicks))
    }

    private mutating func takeArrival(_ number: UInt64, _ packet: SentPacket, _ arrival: Int64) {
        let sent = packet.sent(before: feedback.now)
        let bytes = Int(packet.bytes)
        feedback.received += 1
        feedback.newestSent = max(feedback.newestSent, sent)
        arrivals.add(arrival: arrival, bytes: bytes)
        queue.add(sent: sent, arrival: arrival)
        probes.noteArrived(number, sent: sent, arrival: arrival, bytes: bytes)
        guard let delta = groups.add(sent: sent, arrival: arrival), trend.add(delta) else { return }
        detector.update(&trend, delta)
        if detector.usage == .over, queue.microseconds > Self.leastQueueMicroseconds { feedback.isOver = true }
    }

    /// All numbers of the feedback were taken: what follows from it.
    public mutating func endFeedback() {
        let now = feedback.now
        guard feedback.received > 0 else { return }
        noteRoundTrip(UInt64(max(Int64(now / 1000) &- feedback.newestSent, 0)) &* 1000)
        sending.update(target: control.bitsPerSecond, now: now)
        let (recent, settled) = (arrivals.recent(), arrivals.settled())
        guard begin(settled) else { return }
        let loses = losses.take(isQueued: queue.microseconds > Self.queueMicroseconds, now: now)
        control.update(
            usage(loses), recent: recent, settled: settled,
            roundTrip: roundTripNanoseconds, isLimited: sending.isLimited, now: now)
        boundByLoss(loses, recent, now)
        takeProbe(now)
        probes.note(rate: control.bitsPerSecond, now: now)
        publish(now)
    }

    /// The first estimate is above what has arrived: it must not lower what goes well. False while that is not known.
    private mutating func begin(_ arriving: Double?) -> Bool {
        guard targetBitsPerSecond == 0 else { return true }
        guard let arriving else { return false }
        control.bitsPerSecond = max(RateControl.lead * arriving, Self.startBitsPerSecond)
        return true
    }

    /// The round trip as receiver reports tell it, smoothed: for clients without transport-cc.
    public mutating func noteReportedRoundTrip(_ nanoseconds: UInt64) {
        if !hasFeedback { roundTripNanoseconds = nanoseconds }
    }

    private mutating func noteRoundTrip(_ nanoseconds: UInt64) {
        guard nanoseconds > 0, nanoseconds < 10_000_000_000 else { return }
        roundTripNanoseconds =
            roundTripNanoseconds == 0 ? nanoseconds : (roundTripNanoseconds &* 7 &+ nanoseconds) / 8
    }

    private mutating func usage(_ loses: LossBound.Finding) -> LinkUsage {
        let patience = Self.standingMicroseconds &+ Int64(roundTripNanoseconds / 1000)
        let isStanding =
            queue.takeStanding(longerThan: patience, at: feedback.newestSent)
            || queue.microseconds > longQueueMicroseconds && detector.usage != .under
        return feedback.isOver || loses == .queued || isStanding
            ? .over : detector.usage == .over ? .normal : detector.usage
    }

    /// A packet's own time on a slow link is no queue.
    private var longQueueMicroseconds: Double {
        Self.longQueueMicroseconds + Self.packetBits / control.bitsPerSecond * 1e6
    }

    private mutating func boundByLoss(_ finding: LossBound.Finding, _ arriving: Double?, _ now: UInt64) {
        let rate = control.bitsPerSecond
        switch finding {
        case .none, .queued: break
        case .unqueued:
            losses.beginTrial(rate: rate, roundTrip: roundTripNanoseconds, now: now)
            let carried = (arriving ?? rate) / (1 - losses.inherent)
            control.bitsPerSecond = min(rate, LossBound.decrease * carried)
        case .inVain:
            control.bitsPerSecond = max(rate, 0.95 * losses.rateBefore)
            losses.endTrial()
        }
    }

    private mutating func takeProbe(_ now: UInt64) {
        guard let found = probes.take(rate: control.bitsPerSecond, now: now) else { return }
        guard detector.usage != .over, !feedback.isOver || found.next == 0 else { return }
        if found.carries > control.bitsPerSecond { control.jump(to: found.carries) }
        let most = min(Double(wantedBitsPerSecond), Self.mostBitsPerSecond)
        if found.next > 0, found.carries < most {
            probe = probes.make(min(found.next, ProbeController.lead * most), now)
        }
    }

    /// Of the rate, what is sent while a queue drains.
    private mutating func drain() -> Double {
        1 - min(max(queue.microseconds - Self.drainedMicroseconds, 0) / Self.drainMicroseconds, Self.drainMax)
    }

    private mutating func publish(_ now: UInt64) {
        control.bitsPerSecond = min(max(control.bitsPerSecond, Self.leastBitsPerSecond), Self.mostBitsPerSecond)
        targetBitsPerSecond = UInt64(control.bitsPerSecond * drain())
        wishForProbe(now)
    }

    /// Time has passed, perhaps without feedback: where nothing that is numbered leaves, because it was too much for the link,
    /// only a probe can tell that it is not any more.
    public mutating func tick(now: UInt64) {
        guard targetBitsPerSecond > 0, hasFeedback, now &- feedback.now > Self.silenceNanoseconds else { return }
        sending.update(target: control.bitsPerSecond, now: now)
        wishForProbe(now)
    }

    private mutating func wishForProbe(_ now: UInt64) {
        let isSilent = now &- feedback.now > Self.silenceNanoseconds
        let isQuiet = detector.usage == .normal && queue.microseconds < Self.drainedMicroseconds
        guard !probe.isWanted, isQuiet || isSilent else { return }
        let most = min(Double(wantedBitsPerSecond), Self.mostBitsPerSecond)
        // Where the link is known to be full, growth finds what becomes free.
        let isUseful = !control.capacity.isKnown || sending.isLimited
        guard let wish = probes.due(rate: control.bitsPerSecond, most: most, isUseful: isUseful, now: now) else {
            return
        }
        probe = wish
    }

    /// The client's own word, where it sends no transport-cc feedback (draft-alvestrand-rmcat-remb).
    public mutating func takeRemb(bitsPerSecond: UInt64) {
        guard !hasFeedback else { return }
        targetBitsPerSecond = max(bitsPerSecond, UInt64(Self.leastBitsPerSecond))
    }
}
