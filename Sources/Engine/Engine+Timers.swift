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
    /// Messages of one mailbox in one turn: a storm of joins must not hold up media.
    private static let messagesPerTurn = 64

    /// Call between bursts, when `depart` has returned false: reads mailboxes, then does what is due. What it sends is in
    /// `departures`. True when mailboxes hold more: come back without waiting.
    public mutating func turn(now: UInt64, departures: inout Departures) -> Bool {
        announceLate()
        takeHandshakeOutputs(limit: Self.messagesPerTurn, departures: &departures)
        takeCommands(limit: Self.messagesPerTurn, now: now)
        askForKeyframes(now: now, departures: &departures)
        while let peer = wheel.popDue(now: now) { serve(peer, now: now, departures: &departures) }
        keepPace(now: now, departures: &departures)
        tellHolds()
        keepMirrors(now: now)
        postLateEvents()
        forward.cipher.finish()
        report.pointee.slotsFreeNow = UInt64(forward.slots.freeCount)
        report.pointee.runsFreeNow = UInt64(departures.freeCount)
        // Nobody rings when there is room again: look soon.
        lateWordDueNanoseconds =
            lateEventCount > 0 || forward.untoldCount > 0 || lateAnnouncementCount > 0 || forward.isHeldUp
            ? now + TimerWheel.tickNanoseconds : .max
        return mailboxes.commands.count > 0 || mailboxes.handshakeOutput.count > 0 || hasHandovers()
            || forward.hasRecords()
    }

    private mutating func hasHandovers() -> Bool {
        for other in 0..<shardCount where other != Int(shard) && mailboxes.handoverFrom[other].count > 0 { return true }
        return false
    }

    /// Does what is due for one peer and sets its next time.
    private mutating func serve(_ index: UInt32, now: UInt64, departures: inout Departures) {
        let peer = peers + Int(index)
        guard peer.pointee.isOpen else { return }
        peer.pointee.dueNanoseconds = .max
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

    /// Puts the peer's timer where its next deadline is.
    mutating func reschedule(_ index: UInt32, notBefore earliest: UInt64 = 1) {
        let peer = peers + Int(index)
        guard peer.pointee.isOpen else { return }
        let deadline = max(nextDeadline(of: index), earliest)
        peer.pointee.dueNanoseconds = deadline
        wheel.set(index, at: deadline)
    }

    /// Brings the peer's timer forward if `deadline` is sooner.
    mutating func reschedule(_ index: UInt32, at deadline: UInt64) {
        let peer = peers + Int(index)
        guard deadline < peer.pointee.dueNanoseconds else { return }
        peer.pointee.dueNanoseconds = deadline
        wheel.set(index, at: deadline)
    }

    /// Packets of this peer were taken in: feedback or requests may be due sooner than its timer says.
    mutating func rescheduleAfterArrival(_ index: UInt32, now: UInt64) {
        let peer = peers + Int(index)
        guard peer.pointee.isOpen else { return }
        reschedule(index, at: deadlineOfStreams(peer))
    }

    private mutating func nextDeadline(of index: UInt32) -> UInt64 {
        let peer = peers + Int(index)
        var deadline = min(peer.pointee.ice.nextDeadline, deadlineOfStreams(peer))
        let isReady = forward.subscribers[Int(index)].isReady
        if isReady, forward.subscribers[Int(index)].estimate.probe.isWanted { deadline = 0 }
        if isReady { deadline = min(deadline, peer.pointee.nextReport) }
        for place in 0..<peer.pointee.producerCount {
            deadline = min(deadline, peer.pointee.nextHousekeeping)
            let producer = forward.producers + Int(peer.pointee.producers[place])
            // There was no cell for a request.
            if isReady, producer.pointee.wantedKeyframes != 0 { deadline = 0 }
            for layer in 0..<Int(producer.pointee.layerCount) {
                deadline = min(deadline, producer.pointee.throttles[layer].nextDeadline)
            }
        }
        return deadline
    }

    private mutating func deadlineOfStreams(_ peer: UnsafeMutablePointer<PeerState>) -> UInt64 {
        var deadline = peer.pointee.feedback.nextDeadline
        if peer.pointee.streamCount > 0 { deadline = min(deadline, peer.pointee.uplink.nextDeadline) }
        for place in 0..<peer.pointee.streamCount {
            deadline = min(deadline, streams[Int(peer.pointee.streams[place])].nacks.nextDeadline)
        }
        return deadline
    }
}
