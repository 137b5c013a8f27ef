/// Keeps a shard from waking for every datagram when they come often and each brings little: then the next wake-up is not
/// sooner than `interval` after the last. What arrived meanwhile is one burst, with longer runs.
///
/// A datagram waits for `interval` at most, and only while more than 2000 a second come. Nobody waits when little comes, nor
/// when a burst took longer than that to serve, nor when it was a large fan-out.
struct Gathering: BitwiseCopyable {
    /// Nanoseconds; 0 for never.
    let interval: UInt64
    private(set) var isOn = false
    private var lastWake: UInt64 = 0
    private var windowStart: UInt64 = 0
    private var windowWakes: UInt64 = 0
    private var windowReceives: UInt64 = 0
    private var sendsBefore: UInt64 = 0

    /// Wake-ups after which it is decided anew.
    static let windowWakesMax: UInt64 = 32
    /// Receives a second from which on it pays.
    static let rateMin: UInt64 = 2000
    /// Runs of one burst that make it a large one.
    static let largeBurst: UInt64 = 64

    init(microseconds: UInt32) { interval = UInt64(microseconds) * 1000 }

    /// Microseconds for which the wait that begins `now` is to last at least; `sends` counts the runs that have left since
    /// the port was made.
    mutating func minimum(now: UInt64, sends: UInt64) -> UInt32 {
        guard isOn, sends &- sendsBefore < Self.largeBurst else { return 0 }
        let awake = now &- lastWake
        return awake < interval ? UInt32(truncatingIfNeeded: (interval - awake) / 1000) : 0
    }

    /// An exchange has brought `receives`.
    mutating func woke(now: UInt64, receives: Int, sends: UInt64) {
        sendsBefore = sends
        guard receives > 0 else { return }
        lastWake = now
        windowWakes &+= 1
        windowReceives &+= UInt64(receives)
        guard windowWakes == Self.windowWakesMax else { return }
        let elapsed = now &- windowStart
        isOn = windowReceives &* 1_000_000_000 > Self.rateMin &* elapsed
        windowStart = now
        windowWakes = 0
        windowReceives = 0
    }
}
