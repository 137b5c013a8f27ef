import Contract
import Forward
import Memory
import Peer

/// What happens between bursts: mailboxes and timers.
extension Engine {
    static let housekeepingNanoseconds: UInt64 = 200_000_000
    /// How long a packet can be asked for again.
    static let historyNanoseconds: UInt64 = 1_000_000_000
    /// A simulcast layer without a packet for this long is not sent any more.
    static let layerSilenceNanoseconds: UInt64 = 1_000_000_000
    /// How long reports, transport feedback, consent and housekeeping wait for a burst to go with: so they wake nobody while
    /// media flow, and few times a second when none do.
    static let patienceNanoseconds: UInt64 = 50_000_000
    /// Peers served in one turn before their patience is at its end, so that reports do not hold up the next burst.
    private static let patientPerTurn = 16
    /// Messages of one mailbox in one turn: a storm of joins must not hold up media.
    private static let messagesPerTurn = 64

    /// Call between bursts, when `depart` has returned false: reads mailboxes, then does what is due. What it sends is in
    /// `departures`. True when mailboxes hold more: come back without waiting.
    public mutating func turn(now: UInt64, departures: inout Departures) -> Bool {
        // What this turn sends itself has not left when it ends.
        report.pointee.runsFreeNow = UInt64(departures.freeCount)
        noteTurn(now: now, departures)
        let first = departures.count
        announceLate()
        takeHandshakeOutputs(limit: Self.messagesPerTurn, departures: &departures)
        takeCommands(limit: Self.messagesPerTurn, now: now)
        askForKeyframes(now: now, departures: &departures)
        while let peer = forward.takeBeginner() { hastenReports(to: peer, now: now) }
        while let peer = wheel.popDue(now: now) {
            peers[Int(peer)].dueNanoseconds = .max
            serve(peer, now: now, departures: &departures)
        }
        servePatient(now: now, departures: &departures)
        keepPace(now: now, departures: &departures)
        tellHolds()
        keepMirrors(now: now)
        postLateEvents()
        forward.cipher.finish()
        report.pointee.slotsFreeNow = UInt64(forward.slots.freeCount)
        // Nobody rings when there is room again: look soon.
        lateWordDueNanoseconds =
            lateEventCount > 0 || forward.untoldCount > 0 || lateAnnouncementCount > 0 || forward.isHeldUp
            ? now + TimerWheel.tickNanoseconds : .max
        noteRuns(departures, from: first)
        endNotes(now: now)
        return mailboxes.commands.count > 0 || mailboxes.handshakeOutput.count > 0 || hasHandovers()
            || forward.hasRecords()
    }

    private mutating func hasHandovers() -> Bool {
        for other in 0..<shardCount where other != Int(shard) && mailboxes.handoverFrom[other].count > 0 { return true }
        return false
    }

    private mutating func servePatient(now: UInt64, departures: inout Departures) {
        let overdue = now - min(now, Self.patienceNanoseconds)
        while let peer = patientWheel.popDue(now: overdue) {
            peers[Int(peer)].patientDueNanoseconds = .max
            serve(peer, now: now, departures: &departures)
        }
        var left = Self.patientPerTurn
        while left > 0, let peer = patientWheel.popDue(now: now) {
            peers[Int(peer)].patientDueNanoseconds = .max
            serve(peer, now: now, departures: &departures)
            left -= 1
        }
    }

    /// Does what is due for one peer and sets its next time.
    private mutating func serve(_ index: UInt32, now: UInt64, departures: inout Departures) {
        let peer = peers + Int(index)
        guard peer.pointee.isOpen else { return }
        switch peer.pointee.ice.check(now: now) {
        case .none: break
        case .selectedChanged: useSelectedAddress(index)
        case .consentExpired:
            // RFC 7675 §5.1: without consent, sending ends.
            forward.setUnready(index)
            lose(index, .consentExpired)
        case .neverConnected: lose(index, .neverConnected)
        }
        if now >= peer.pointee.nextHousekeeping {
            peer.pointee.nextHousekeeping = now + Self.housekeepingNanoseconds
            keepHouse(peer, now: now)
        }
        sendReports(index, now: now, departures: &departures)
        forward.subscribers[Int(index)].estimate.tick(now: now)
        if forward.subscribers[Int(index)].estimate.probe.isWanted {
            forward.sendProbe(peer: index, now: now, departures: &departures)
        }
        // Not before the next tick: what could not be done now, for want of a cell, must not be tried for ever.
        reschedule(index, notBefore: now + TimerWheel.tickNanoseconds)
    }

    private mutating func keepHouse(_ peer: UnsafeMutablePointer<PeerState>, now: UInt64) {
        for place in 0..<peer.pointee.producerCount {
            let producer = peer.pointee.producers[place]
            if now > Self.historyNanoseconds {
                forward.expireHistory(producer: producer, before: now - Self.historyNanoseconds)
            }
            if now > Self.layerSilenceNanoseconds {
                forward.noteSilentLayers(producer: producer, since: now - Self.layerSilenceNanoseconds)
            }
        }
    }

    private mutating func askForKeyframes(now: UInt64, departures: inout Departures) {
        while let producer = forward.takeProducerWantingKeyframes() {
            let state = forward.producers + Int(producer.value)
            guard state.pointee.isOpen, state.pointee.wantedKeyframes != 0 else { continue }
            if state.pointee.isMirror {
                forward.sayKeyframes(producer.value)
                continue
            }
            sendReports(state.pointee.peer, now: now, departures: &departures)
            reschedule(state.pointee.peer, notBefore: now + TimerWheel.tickNanoseconds)
        }
    }

    /// Puts the peer's timers where its next deadlines are.
    mutating func reschedule(_ index: UInt32, notBefore earliest: UInt64 = 1) {
        let peer = peers + Int(index)
        guard peer.pointee.isOpen else { return }
        let deadline = max(nextDeadline(of: index), earliest)
        if deadline != peer.pointee.dueNanoseconds {
            peer.pointee.dueNanoseconds = deadline
            wheel.set(index, at: deadline)
        }
        let patient = max(nextPatientDeadline(of: index), earliest)
        if patient != peer.pointee.patientDueNanoseconds {
            peer.pointee.patientDueNanoseconds = patient
            patientWheel.set(index, at: patient)
        }
    }

    /// Brings the peer's timer forward if `deadline` is sooner.
    mutating func reschedule(_ index: UInt32, at deadline: UInt64) {
        let peer = peers + Int(index)
        guard deadline < peer.pointee.dueNanoseconds else { return }
        peer.pointee.dueNanoseconds = deadline
        wheel.set(index, at: deadline)
    }

    /// The same for what can wait for a burst.
    mutating func reschedulePatient(_ index: UInt32, at deadline: UInt64) {
        let peer = peers + Int(index)
        guard deadline < peer.pointee.patientDueNanoseconds else { return }
        peer.pointee.patientDueNanoseconds = deadline
        patientWheel.set(index, at: deadline)
    }

    /// Packets of this peer were taken in: feedback or requests may be due sooner than its timers say.
    mutating func rescheduleAfterArrival(_ index: UInt32, now: UInt64) {
        let peer = peers + Int(index)
        guard peer.pointee.isOpen else { return }
        reschedule(index, at: deadlineOfStreams(peer))
        reschedulePatient(index, at: feedbackDeadline(peer))
    }

    private mutating func nextDeadline(of index: UInt32) -> UInt64 {
        let peer = peers + Int(index)
        var deadline = deadlineOfStreams(peer)
        let isReady = forward.subscribers[Int(index)].isReady
        if isReady, forward.subscribers[Int(index)].estimate.probe.isWanted { deadline = 0 }
        for place in 0..<peer.pointee.producerCount {
            let producer = forward.producers + Int(peer.pointee.producers[place])
            // There was no cell for a request.
            if isReady, producer.pointee.wantedKeyframes != 0 { deadline = 0 }
            for layer in 0..<Int(producer.pointee.layerCount) {
                deadline = min(deadline, producer.pointee.throttles[layer].nextDeadline)
            }
        }
        return deadline
    }

    private mutating func nextPatientDeadline(of index: UInt32) -> UInt64 {
        let peer = peers + Int(index)
        var deadline = min(peer.pointee.ice.nextDeadline, feedbackDeadline(peer))
        if forward.subscribers[Int(index)].isReady { deadline = min(deadline, peer.pointee.nextReport) }
        if peer.pointee.producerCount > 0 { deadline = min(deadline, peer.pointee.nextHousekeeping) }
        return deadline
    }

    /// When the publisher is next told how its packets arrived.
    private mutating func feedbackDeadline(_ peer: UnsafeMutablePointer<PeerState>) -> UInt64 {
        let deadline = peer.pointee.feedback.nextDeadline
        return peer.pointee.streamCount > 0 ? min(deadline, peer.pointee.uplink.nextDeadline) : deadline
    }

    private mutating func deadlineOfStreams(_ peer: UnsafeMutablePointer<PeerState>) -> UInt64 {
        var deadline = UInt64.max
        for place in 0..<peer.pointee.streamCount {
            deadline = min(deadline, streams[Int(peer.pointee.streams[place])].nacks.nextDeadline)
        }
        return deadline
    }
}
