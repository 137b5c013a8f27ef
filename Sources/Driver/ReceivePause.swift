/// How long to leave the socket alone after receives that failed. The first failure may be word of one datagram and is
/// tried again at once; when it goes on, each pause is twice as long as the last. Without it a socket that is broken
/// for good would keep its shard's processor busy with failures.
struct ReceivePause: BitwiseCopyable {
    /// Failures in a row.
    private(set) var failures = 0
    /// Nothing is received before; 0 when there is no pause.
    private(set) var endNanoseconds: UInt64 = 0

    static var firstNanoseconds: UInt64 { 1_000_000 }
    static var doublingsMax: Int { 7 }

    var isOver: Bool { endNanoseconds == 0 }

    /// When `deadline` is to be looked at again because of the pause.
    @_noLocks
    func limit(_ deadline: UInt64) -> UInt64 { isOver ? deadline : min(deadline, endNanoseconds) }

    /// True when the failure begins a pause.
    @_noLocks
    mutating func failed(now: UInt64) -> Bool {
        failures &+= 1
        guard failures > 1 else { return false }
        let doublings = UInt64(min(failures - 2, Self.doublingsMax))
        endNanoseconds = now &+ Self.firstNanoseconds &<< doublings
        return true
    }

    @_noLocks
    mutating func succeeded() {
        failures = 0
        endNanoseconds = 0
    }

    /// Ends the pause when its time has come.
    @_noLocks
    mutating func pass(now: UInt64) {
        if now >= endNanoseconds { endNanoseconds = 0 }
    }
}
