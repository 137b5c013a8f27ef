import Synchronization

/// Brings word of ended stays to the site, which comes into being after the platform that sends it.
final class Ends: Sendable {
    typealias Listener = @Sendable (_ stays: [String], _ tokens: [String]) -> Void
    private let listener = Mutex<Listener?>(nil)

    func hear(_ listener: @escaping Listener) { self.listener.withLock { $0 = listener } }

    /// Before somebody listens nobody has a stay.
    @Sendable func tell(_ stays: [String], _ tokens: [String]) { listener.withLock { $0 }?(stays, tokens) }
}
