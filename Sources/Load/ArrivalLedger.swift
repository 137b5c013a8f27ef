/// What one subscriber got of one source, by the stamps' sequence numbers: not by RTP's, which the SFU rewrites.
struct ArrivalLedger: BitwiseCopyable {
    private(set) var source: UInt32 = 0
    private(set) var isEmpty = true
    private(set) var first: UInt64 = 0
    private(set) var highest: UInt64 = 0
    /// Each number once.
    private(set) var received: UInt64 = 0
    private(set) var duplicates: UInt64 = 0
    /// Came after a higher number.
    private(set) var reordered: UInt64 = 0
    /// Bit n & 1023: number n, of the last 1024, has come.
    private var seen = InlineArray<16, UInt64>(repeating: 0)

    static let window: UInt64 = 1024

    init() {}

    mutating func begin(source: UInt32, sequence: UInt64) {
        self = ArrivalLedger()
        isEmpty = false
        self.source = source
        first = sequence
        highest = sequence
        received = 1
        mark(sequence)
    }

    /// `isRepair`: it came again on request, so that its lateness is not the network's.
    mutating func note(_ sequence: UInt64, isRepair: Bool = false) {
        if sequence > highest {
            forget(from: highest &+ 1, through: sequence)
            highest = sequence
            received &+= 1
            mark(sequence)
        } else if sequence < first || highest &- sequence >= Self.window {
            // Before the first, or too old to know whether it came before: late, and not counted as missing any more.
            reordered &+= 1
            if sequence >= first { received &+= 1 }
        } else if isMarked(sequence) {
            duplicates &+= 1
        } else {
            received &+= 1
            if !isRepair { reordered &+= 1 }
            mark(sequence)
        }
    }

    /// Of the last 1024.
    func hasCome(_ sequence: UInt64) -> Bool {
        !isEmpty && sequence >= first && sequence <= highest && highest &- sequence < Self.window && isMarked(sequence)
    }

    /// Numbers missing between the first and the highest.
    var missing: UInt64 {
        let expected = isEmpty ? 0 : highest &- first &+ 1
        return expected > received ? expected &- received : 0
    }

    /// Numbers missing when `end` numbers were sent in all and the last of them should have come too.
    func missing(ofSent end: UInt64) -> UInt64 {
        guard !isEmpty else { return 0 }
        return missing &+ (end > highest &+ 1 ? end &- highest &- 1 : 0)
    }

    private func isMarked(_ sequence: UInt64) -> Bool {
        seen[Int(sequence >> 6 & 15)] >> (sequence & 63) & 1 == 1
    }

    private mutating func mark(_ sequence: UInt64) { seen[Int(sequence >> 6 & 15)] |= 1 << (sequence & 63) }

    private mutating func forget(from start: UInt64, through end: UInt64) {
        guard end &- start < Self.window else {
            seen = InlineArray(repeating: 0)
            return
        }
        var sequence = start
        while sequence <= end {
            seen[Int(sequence >> 6 & 15)] &= ~(1 << (sequence & 63))
            sequence &+= 1
        }
    }
}
