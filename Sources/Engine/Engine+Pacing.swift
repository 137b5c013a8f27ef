import Contract
import Forward
import Memory

/// The timers of subscribers for whom something waits.
extension Engine {
    /// Tells the control side who gets nothing, and why. Releases go before: what finds no room waits for the next turn.
    mutating func tellHolds() {
        while lateEventCount == 0, let (consumer, reason) = forward.takeHold() { post(.consumerHeld(consumer, reason)) }
    }

    /// Sets the timers of those who fell behind, and sends a run to everybody whose time has come.
    mutating func keepPace(now: UInt64, departures: inout Departures) {
        while let peer = forward.takeLaggard() {
            guard forward.subscribers[Int(peer)].isOpen else { continue }
            paceWheel.set(peer, at: forward.paceDeadline(of: peer, now: now))
        }
        while let peer = paceWheel.popDue(now: now) {
            let deadline = forward.goOn(peer, now: now, departures: &departures)
            // Not before the next tick: what waits for a cell must not be tried for ever.
            if deadline != .max { paceWheel.set(peer, at: max(deadline, now + TimerWheel.tickNanoseconds)) }
        }
    }
}
