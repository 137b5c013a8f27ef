import CLoad
import Contract

/// Who is measured and who is only counted.
extension LoadRun {
    /// Spread evenly over all, in the order in which they join: an SFU serves early ones first.
    func isNextMeasured() -> Bool {
        let (measured, all) = (options.measuredReceivers, options.rooms * options.receivers)
        let number = receiversAdded
        receiversAdded += 1
        guard measured < all else { return true }
        return (number + 1) * measured / all > number * measured / all
    }

    /// The number that the engine knows a room by.
    func roomNumber(_ name: String) -> UInt32 {
        if let known = roomNumbers[name] { return known }
        let number = UInt32(roomNumbers.count + 1)
        roomNumbers[name] = number
        return number
    }

    /// What arrives can be compared with what was sent from a moment on at which nothing is under way.
    func compareFromSilence() {
        engine.link.send(.play(false))
        wait(seconds: 0.4)
        engine.link.send(.compareFromHere)
        engine.link.send(.play(true))
        wait(seconds: 0.6)
    }
}

/// An SFU that lets nobody in for the moment (503) is asked again.
extension LoadRun {
    private static var retriesMax: Int { 8 }
    private static var retryNanosecondsMax: UInt64 { 8_000_000_000 }

    /// After the time that it names, or twice as long each time, with some spread. False when it was asked often enough.
    func retry(_ id: UInt32, _ response: HttpResponse) -> Bool {
        guard let client = clients[id], client.retries < Self.retriesMax, !isEnding else { return false }
        retried += 1
        clients[id]?.retries += 1
        clients[id]?.stage = .waiting
        let named = response.header("retry-after").flatMap { UInt64($0) }.map { $0 * 1_000_000_000 }
        let wait = min(named ?? 250_000_000 << UInt64(client.retries), Self.retryNanosecondsMax)
        retries.append((id, cl_now() + wait + cl_random() % (wait / 4 + 1)))
        return true
    }

    func takeRetries(now: UInt64) {
        guard !retries.isEmpty else { return }
        waiting.append(contentsOf: retries.filter { $0.atNanoseconds <= now }.map(\.id))
        retries.removeAll { $0.atNanoseconds <= now }
    }
}
