import Glibc
import Memory

/// SIGTERM and SIGINT as rings of a bell, SIGUSR1 as those of another. They are blocked before the shards' threads start, which inherit that, so that
/// no packet loop is ever interrupted by one; the main thread takes them.
struct Signals {
    /// What the handler rings: a handler may do little more than write to a descriptor.
    nonisolated(unsafe) private static var descriptor: Int32 = -1
    /// The same for SIGUSR2.
    nonisolated(unsafe) private static var upgradeDescriptor: Int32 = -1

    static func block() -> Signals {
        setMask(SIG_BLOCK)
        // A client that hangs up while it is written to is an error of that write, no reason to end.
        signal(SIGPIPE, SIG_IGN)
        return Signals()
    }

    /// From here on a signal rings the bell.
    func unblock() -> Doorbell {
        guard let bell = Doorbell() else { fail("millrace: no descriptor is left for signals") }
        Self.descriptor = bell.descriptor
        // Until somebody listens for it, it must not end the process.
        signal(SIGUSR2, SIG_IGN)
        for number in [SIGTERM, SIGINT] {
            signal(number) { _ in
                var one: UInt64 = 1
                _ = write(Signals.descriptor, &one, 8)
            }
        }
        Self.setMask(SIG_UNBLOCK)
        return bell
    }

    nonisolated(unsafe) private static var flightDescriptor: Int32 = -1

    /// Once it is unblocked, SIGUSR1 rings the bell.
    func flightBell() -> Doorbell {
        guard let bell = Doorbell() else { fail("millrace: no descriptor is left for signals") }
        Self.flightDescriptor = bell.descriptor
        signal(SIGUSR1) { _ in
            var one: UInt64 = 1
            _ = write(Signals.flightDescriptor, &one, 8)
        }
        return bell
    }

    /// From here on SIGUSR2 rings this bell.
    func listenForUpgrades() -> Doorbell {
        guard let bell = Doorbell() else { fail("millrace: no descriptor is left for signals") }
        Self.upgradeDescriptor = bell.descriptor
        signal(SIGUSR2) { _ in
            var one: UInt64 = 1
            _ = write(Signals.upgradeDescriptor, &one, 8)
        }
        Self.setMask(SIG_UNBLOCK)
        return bell
    }

    private static func setMask(_ how: Int32) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGUSR1)
        sigaddset(&signals, SIGUSR2)
        pthread_sigmask(how, &signals, nil)
    }
}
