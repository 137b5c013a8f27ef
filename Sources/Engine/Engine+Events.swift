import Contract
import Memory

/// Word to the control side.
extension Engine {
    /// Sends an event. When the mailbox is full, it waits its turn: releases must not be lost, or indices would be. The
    /// number that can wait is that of the entities that can be released; past it an event is lost and counted.
    mutating func post(_ event: Event) {
        signals.events = true
        note(event)
        if lateEventCount == 0, mailboxes.events.push(event) { return }
        let capacity = Self.lateEventsMax(limits)
        guard lateEventCount < capacity else {
            report.pointee.eventsLost &+= 1
            return
        }
        lateEvents[(lateEventFirst + lateEventCount) % capacity] = event
        lateEventCount += 1
    }

    /// Something waits to be said.
    public var hasLateEvents: Bool { lateEventCount > 0 }

    mutating func postLateEvents() {
        while lateEventCount > 0, mailboxes.events.push(lateEvents[lateEventFirst]) {
            lateEventFirst = (lateEventFirst + 1) % Self.lateEventsMax(limits)
            lateEventCount -= 1
            signals.events = true
        }
        postBindings()
    }

    /// What was chosen for slots: it waits where it was chosen, since only the last choice counts.
    private mutating func postBindings() {
        while lateEventCount == 0, forward.untoldCount > 0, mailboxes.events.count < mailboxes.events.capacity {
            if let (consumer, producer) = forward.takeUntold() { post(.consumerBound(consumer, producer)) }
        }
    }
}
