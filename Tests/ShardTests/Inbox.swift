import CPlatform
import Glibc
import Load
import Synchronization

/// What the clients' thread tells the test.
final class Inbox: Sendable {
    private let events = Mutex<[EngineEvent]>([])
    private let bell = cp_eventfd()

    deinit { close(bell) }

    func push(_ event: EngineEvent) {
        events.withLock { $0.append(event) }
        cp_ring_bell(bell)
    }

    /// All that came; waits for the first, at most until `deadline` (CLOCK_MONOTONIC nanoseconds).
    func take(until deadline: UInt64) -> [EngineEvent] {
        awaitBell(bell, until: deadline)
        cp_clear_bell(bell)
        return events.withLock { events in
            let taken = events
            events.removeAll()
            return taken
        }
    }
}

/// Waits until a bell was rung or the deadline (CLOCK_MONOTONIC nanoseconds) has come.
func awaitBell(_ bell: Int32, until deadline: UInt64) {
    let now = cp_now()
    let milliseconds = deadline > now ? (deadline - now) / 1_000_000 + 1 : 0
    var wait = pollfd(fd: bell, events: Int16(POLLIN), revents: 0)
    _ = poll(&wait, 1, Int32(milliseconds))
}
