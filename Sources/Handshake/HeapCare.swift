/// When to hand freed heap back to the kernel: handshakes of a crowd that joins or leaves together leave 40 KiB each,
/// scattered, and the C library would keep it.
struct HeapCare {
    /// Freed endpoints worth a walk through the heap.
    static let freedMin = 16
    static let pauseNanoseconds: UInt64 = 1_000_000_000

    private var seen = 0
    private var dueNanoseconds: UInt64 = 0

    /// When to call `isDue` again if nothing happens before; nil when there is too little to hand back.
    func deadline(freed: Int) -> UInt64? { freed - seen >= Self.freedMin ? dueNanoseconds : nil }

    /// `freed`: endpoints freed since the start. True at most once in a pause.
    mutating func isDue(freed: Int, now: UInt64) -> Bool {
        guard let deadline = deadline(freed: freed), now >= deadline else { return false }
        seen = freed
        dueNanoseconds = now &+ Self.pauseNanoseconds
        return true
    }
}
