/// When to hand freed heap back to the kernel: handshakes of a crowd that joins together leave 40 KiB each, scattered,
/// and the C library would keep it.
struct HeapCare {
    /// Retired endpoints worth a walk through the heap.
    static let retiredMin = 16
    static let pauseNanoseconds: UInt64 = 1_000_000_000

    private var seen = 0
    private var dueNanoseconds: UInt64 = 0

    /// `retired`: endpoints retired since the start. True at most once in a pause.
    mutating func isDue(retired: Int, now: UInt64) -> Bool {
        guard retired - seen >= Self.retiredMin, now >= dueNanoseconds else { return false }
        seen = retired
        dueNanoseconds = now &+ Self.pauseNanoseconds
        return true
    }
}
