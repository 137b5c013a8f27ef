import Contract
import Memory
import Peer

/// Sharing a subscriber's estimate out over what it subscribes to: sound always; then the lowest layer of each video by
/// priority; then one step more for each in turn, by priority. What nothing is left for is held, and its client told.
extension Forwarder {
    /// The subscriber's estimate is what it is now: sets its pace, and shares out when that is due or something has to go.
    public mutating func noteEstimate(_ peer: UInt32, bitsPerSecond: UInt64, now: UInt64) {
        let subscriber = subscribers + Int(peer)
        guard subscriber.pointee.isOpen else { return }
        let (due, allocated) = (
            subscriber.pointee.share.dueNanoseconds, subscriber.pointee.share.allocatedBitsPerSecond
        )
        let before = subscriber.pointee.share.estimateBitsPerSecond
        let wasKnown = before > 0
        let isTaken = subscriber.pointee.share.note(bitsPerSecond, now: now)
        countEstimate(from: before, to: subscriber.pointee.share.estimateBitsPerSecond)
        if before != bitsPerSecond { flight?.note(.estimate, UInt64(peer), bitsPerSecond) }
        guard isTaken else {
            // Probes look for no more than there is to send from the beginning on.
            return noteWanted(of: subscriber, sound: gather(peer, now: now))
        }
        let mustGo = bitsPerSecond > 0 && allocated * 100 > bitsPerSecond * Allocation.keepPercent
        if now >= due || wasKnown != (bitsPerSecond > 0) || mustGo {
            allocate(peer, bitsPerSecond: bitsPerSecond, now: now)
        }
        setPace(peer, bitsPerSecond: bitsPerSecond, isStrained: subscriber.pointee.share.isStrained, now: now)
    }

    /// One peer's estimate, 0 for unknown, is another now.
    mutating func countEstimate(from before: UInt64, to estimate: UInt64) {
        report.pointee.estimatedBitsPerSecondNow &+= estimate &- before
        if before == 0, estimate > 0 { report.pointee.estimatesNow &+= 1 }
        if before > 0, estimate == 0 { report.pointee.estimatesNow &-= 1 }
    }

    private mutating func allocate(_ peer: UInt32, bitsPerSecond: UInt64, now: UInt64) {
        let subscriber = subscribers + Int(peer)
        subscriber.pointee.share.dueNanoseconds = now + Allocation.periodNanoseconds
        let sound = gather(peer, now: now)
        noteWanted(of: subscriber, sound: sound)
        if bitsPerSecond > 0 {
            let budget = bitsPerSecond > sound ? bitsPerSecond - sound : 0
            // No picture is held for its parity, but what is better than the cheapest leaves room for it.
            let spent = shareUpgrades(
                of: subscriber.pointee.protection.budget(budget), spent: shareFirstSteps(of: budget, now: now))
            subscriber.pointee.share.allocatedBitsPerSecond = sound + spent
        } else {
            for place in 0..<ladderCount { ladder(at: place).pointee.next = ladder(at: place).pointee.count - 1 }
            subscriber.pointee.share.allocatedBitsPerSecond = 0
        }
        var leaving = sound
        for place in 0..<ladderCount {
            let ladder = ladder(at: place)
            if ladder.pointee.next >= 0 { leaving += rateLeaving(to: ladder.pointee.consumer) }
            apply(place, isKnown: bitsPerSecond > 0, now: now)
        }
        let most = bitsPerSecond * Allocation.keepPercent
        subscriber.pointee.share.isStrained = bitsPerSecond > 0 && leaving * 100 > most
        let protected = sound + subscriber.pointee.protection.cost(leaving - sound)
        subscriber.pointee.protection.isAffordable = bitsPerSecond == 0 || protected * 100 <= most
    }

    // MARK: What there is

    /// Writes a ladder for each video that the peer can get, the most important first; returns what sound costs.
    private mutating func gather(_ peer: UInt32, now: UInt64) -> UInt64 {
        ladderCount = 0
        var sound: UInt64 = 0
        var index = subscribers[Int(peer)].firstConsumer
        while index != endOfChain {
            let consumer = consumers + Int(index)
            defer { index = consumer.pointee.nextOfPeer }
            guard consumer.pointee.producer != endOfChain, !consumer.pointee.isPaused else { continue }
            let producer = producers + Int(consumer.pointee.producer)
            guard !producer.pointee.isPaused else { continue }
            producer.pointee.rates.settle(now: now)
            if consumer.pointee.kind == .audio {
                sound += producer.pointee.rates.bitsPerSecond(of: LayerChoice(simulcast: 0))
            } else if consumer.pointee.view.isVisible {
                addLadder(of: consumer, index, producer)
            }
        }
        return sound
    }

    /// By priority.
    private mutating func ladder(at place: Int) -> UnsafeMutablePointer<Ladder> { ladders + Int(ladderOrder[place]) }

    private mutating func addLadder(
        of consumer: UnsafeMutablePointer<ConsumerState>, _ index: UInt32,
        _ producer: UnsafeMutablePointer<ProducerState>
    ) {
        guard ladderCount < limits.producersPerRoomMax else { return }
        consumer.pointee.priority = Allocation.priority(
            isScreen: producer.pointee.source == .screen,
            isPinned: consumer.pointee.view.isPinned || consumer.pointee.importance == .pinned,
            isSpeaker: consumer.pointee.importance == .speaker, view: consumer.pointee.view)
        let ladder = ladders + ladderCount
        ladder.pointee.begin(index, priority: consumer.pointee.priority)
        let bestArea = producer.pointee.source == .screen ? Allocation.screenArea : Allocation.cameraArea
        let live = producer.pointee.liveLayers
        let extent = producer.pointee.rates.extent(of: UInt8(live == 0 ? 0 : live.trailingZeroBitCount))
        let steps = max(producer.pointee.layerCount, extent.spatial + 1)
        let step = Allocation.step(for: consumer.pointee.view, of: steps, bestArea: bestArea)
        // The client's own bound counts encodings; of one encoding, sizes.
        let most = min(step, consumer.pointee.wantedLayer)
        if producer.pointee.layerCount > 1 {
            ladder.pointee.most = LayerChoice(simulcast: most)
            addSimulcast(to: ladder, producer, most: most)
        } else {
            if extent.spatial > 0 {
                ladder.pointee.most = LayerChoice(simulcast: 0, spatial: min(most, extent.spatial))
            }
            addSpatial(to: ladder, producer, most: min(most, extent.spatial), extent.temporal)
        }
        ladder.pointee.present = ladder.pointee.step(within: consumer.pointee.target)
        insertLadder(priority: ladder.pointee.priority)
    }

    private mutating func addSimulcast(
        to ladder: UnsafeMutablePointer<Ladder>, _ producer: UnsafeMutablePointer<ProducerState>, most: UInt8
    ) {
        let live = producer.pointee.liveLayers
        guard live != 0 else { return ladder.pointee.add(LayerChoice(simulcast: most), bitsPerSecond: 0) }
        let lowest = UInt8(live.trailingZeroBitCount)
        let extent = producer.pointee.rates.extent(of: lowest)
        for temporal in 0..<extent.temporal {
            let choice = LayerChoice(simulcast: lowest, temporal: temporal)
            ladder.pointee.add(choice, bitsPerSecond: producer.pointee.rates.bitsPerSecond(of: choice))
        }
        for layer in lowest..<producer.pointee.layerCount where live & 1 << layer != 0 {
            let choice = LayerChoice(simulcast: layer)
            let rate = producer.pointee.rates.bitsPerSecond(of: choice)
            // One of which nothing was measured yet waits for the next time.
            guard layer == lowest || (layer <= most && rate > 0) else { continue }
            ladder.pointee.add(choice, bitsPerSecond: rate)
        }
    }

    /// One stream: its temporal layers at the lowest size, then its sizes with all that is in them.
    private mutating func addSpatial(
        to ladder: UnsafeMutablePointer<Ladder>, _ producer: UnsafeMutablePointer<ProducerState>, most: UInt8,
        _ temporalMost: UInt8
    ) {
        let isLayered = producer.pointee.rates.extent(of: 0).spatial > 0
        let base = isLayered ? 0 : LayerChoice.layerMax
        for temporal in 0..<temporalMost {
            let choice = LayerChoice(simulcast: 0, spatial: base, temporal: temporal)
            ladder.pointee.add(choice, bitsPerSecond: producer.pointee.rates.bitsPerSecond(of: choice))
        }
        for spatial in 0...(isLayered ? most : 0) {
            let choice = LayerChoice(simulcast: 0, spatial: isLayered ? spatial : base)
            ladder.pointee.add(choice, bitsPerSecond: producer.pointee.rates.bitsPerSecond(of: choice))
        }
    }

    /// Puts the newest ladder where it belongs: they are few, and mostly in order already.
    private mutating func insertLadder(priority: UInt32) {
        var place = ladderCount
        while place > 0, ladder(at: place - 1).pointee.priority < priority {
            ladderOrder[place] = ladderOrder[place - 1]
            place -= 1
        }
        ladderOrder[place] = UInt32(ladderCount)
        ladderCount += 1
    }

    private mutating func rateLeaving(to index: UInt32) -> UInt64 {
        let consumer = consumers + Int(index)
        return producers[Int(consumer.pointee.producer)].rates.bitsPerSecond(of: consumer.pointee.current)
    }

    // MARK: Who gets what

    /// The cheapest of each that fits; returns what is spent.
    private mutating func shareFirstSteps(of budget: UInt64, now: UInt64) -> UInt64 {
        var spent: UInt64 = 0
        for place in 0..<ladderCount {
            let ladder = ladder(at: place)
            let rate = ladder.pointee.rate(0)
            let isKept = ladder.pointee.present >= 0
            let consumer = consumers + Int(ladder.pointee.consumer)
            if fits(spent + rate, in: budget, isKept: isKept) {
                consumer.pointee.shortSinceNanoseconds = 0
            } else {
                guard isKept, isSpared(consumer, need: spent + rate, in: budget, now: now) else { continue }
            }
            ladder.pointee.next = 0
            spent += rate
        }
        return spent
    }

    /// Whether a picture goes on that fits no more, since it lacks little and has not done so for long.
    private mutating func isSpared(
        _ consumer: UnsafeMutablePointer<ConsumerState>, need: UInt64, in budget: UInt64, now: UInt64
    ) -> Bool {
        guard need * 100 <= budget * Allocation.spareLeastPercent else { return false }
        if consumer.pointee.shortSinceNanoseconds == 0 { consumer.pointee.shortSinceNanoseconds = now }
        return now - consumer.pointee.shortSinceNanoseconds < Allocation.spareNanoseconds
    }

    /// One step more for each in turn, until nobody's next step fits; returns what is spent.
    private mutating func shareUpgrades(of budget: UInt64, spent before: UInt64) -> UInt64 {
        var spent = before
        var hasMoved = true
        while hasMoved {
            hasMoved = false
            for place in 0..<ladderCount {
                let ladder = ladder(at: place)
                let next = ladder.pointee.next
                guard next >= 0, next + 1 < ladder.pointee.count else { continue }
                let need = spent - ladder.pointee.rate(next) + ladder.pointee.rate(next + 1)
                guard fits(need, in: budget, isKept: next + 1 <= ladder.pointee.present) else { continue }
                ladder.pointee.next = next + 1
                spent = need
                hasMoved = true
            }
        }
        return spent
    }

    private mutating func fits(_ need: UInt64, in budget: UInt64, isKept: Bool) -> Bool {
        isKept ? need * 100 <= budget * Allocation.keepPercent : need * Allocation.upPercent <= budget * 100
    }

    /// Down at once, up when it could have been for a while.
    private mutating func apply(_ place: Int, isKnown: Bool, now: UInt64) {
        let ladder = ladder(at: place)
        let (index, next) = (ladder.pointee.consumer, ladder.pointee.next)
        let consumer = consumers + Int(index)
        if next > ladder.pointee.present, isKnown, !consumer.pointee.isFresh {
            if consumer.pointee.upSinceNanoseconds == 0 { consumer.pointee.upSinceNanoseconds = now }
            guard now - consumer.pointee.upSinceNanoseconds >= Allocation.upNanoseconds else { return }
        }
        consumer.pointee.upSinceNanoseconds = 0
        consumer.pointee.isFresh = false
        if next < 0 { consumer.pointee.shortSinceNanoseconds = 0 }
        hold(index, next < 0 ? .bandwidth : .none)
        setTarget(consumer: index, isKnown ? ladder.pointee.choice(next) : ladder.pointee.most)
    }

    // MARK: Who is held, and why

    /// The client shows the video like this.
    public mutating func setView(_ index: UInt32, _ view: View, now: UInt64) -> Bool {
        guard index < UInt32(limits.consumersMax), consumers[Int(index)].isOpen, consumers[Int(index)].kind == .video
        else { return false }
        let consumer = consumers + Int(index)
        guard consumer.pointee.view != view else { return true }
        let wasVisible = consumer.pointee.view.isVisible
        consumer.pointee.view = view
        if !view.isVisible {
            hold(index, .notShown)
            setTarget(consumer: index, .nothing)
        } else if !wasVisible {
            consumer.pointee.isFresh = true
        }
        let peer = consumer.pointee.peer
        noteEstimateAgain(peer, now: now)
        return true
    }

    /// Shares out anew what was estimated last.
    private mutating func noteEstimateAgain(_ peer: UInt32, now: UInt64) {
        subscribers[Int(peer)].share.dueNanoseconds = 0
        noteEstimate(peer, bitsPerSecond: subscribers[Int(peer)].share.estimateBitsPerSecond, now: now)
    }

    /// The consumer carries another producer: what was said of the last one is no more.
    mutating func beginShare(of index: UInt32) {
        let consumer = consumers + Int(index)
        let peer = Int(consumer.pointee.peer)
        consumer.pointee.view = .unknown
        consumer.pointee.isFresh = true
        consumer.pointee.upSinceNanoseconds = 0
        consumer.pointee.shortSinceNanoseconds = 0
        hold(index, .none)
        // The cheapest first where the link has its bounds; what it carries besides is found out at the next look.
        consumer.pointee.target = subscribers[peer].share.isKnown ? LayerChoice(simulcast: 0) : .best
        subscribers[peer].share.dueNanoseconds = 0
    }

    private mutating func hold(_ index: UInt32, _ reason: PauseReason) {
        let consumer = consumers + Int(index)
        guard consumer.pointee.pauseReason != reason else { return }
        countHold(consumer, reason)
        consumer.pointee.pauseReason = reason
        guard !consumer.pointee.isHoldListed, holdCount < limits.consumersMax else { return }
        consumer.pointee.isHoldListed = true
        holds[holdCount] = index
        holdCount += 1
    }

    /// The consumer's reason is to be `reason` from now on.
    mutating func countHold(_ consumer: UnsafeMutablePointer<ConsumerState>, _ reason: PauseReason) {
        let before = consumer.pointee.pauseReason
        if before != .none { report.pointee.heldNow[Int(before.rawValue)] &-= 1 }
        if reason != .none { report.pointee.heldNow[Int(reason.rawValue)] &+= 1 }
    }

    /// A consumer whose reason to get nothing has changed, removed from the list; nil when there is none.
    public mutating func takeHold() -> (ConsumerIndex, PauseReason)? {
        while holdCount > 0 {
            holdCount -= 1
            let consumer = consumers + Int(holds[holdCount])
            consumer.pointee.isHoldListed = false
            if consumer.pointee.isOpen { return (ConsumerIndex(holds[holdCount]), consumer.pointee.pauseReason) }
        }
        return nil
    }
}
