import CPlatform
import Glibc

/// Wakes a thread that waits on a descriptor (an eventfd). A handle: copies refer to the same descriptor.
@frozen
public struct Doorbell: Sendable {
    public let descriptor: Int32

    /// Nil when the process has no descriptor left.
    public init?() {
        descriptor = cp_eventfd()
        guard descriptor >= 0 else { return nil }
    }

    /// Never blocks; ringing twice before the other side wakes is one wake-up.
    public func ring() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// The waiting side: forgets the rings so far.
    public func clear() {
        var value: UInt64 = 0
        _ = read(descriptor, &value, 8)
    }

    public func close() { _ = Glibc.close(descriptor) }
}
