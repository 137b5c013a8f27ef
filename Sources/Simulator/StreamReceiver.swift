import Contract
import Secure

/// One incoming stream as a client sees it: decrypts by estimated index, asks for what is missing.
final class StreamReceiver {
    let ssrc: UInt32
    var window = ReplayWindow()
    var packets = 0
    private var missing: [UInt64: (since: UInt64, asked: Int, last: UInt64)] = [:]
    private var newest: UInt64?
    var repaired = 0
    /// What was missing and came, how long that took in all, and how often it was asked for.
    private(set) var healed = 0
    private(set) var healingNanoseconds: UInt64 = 0
    private(set) var asked = 0
    var givenUp = 0
    var wantsKeyframe = false
    var lastSenderReport: UInt32 = 0
    var senderReportArrival: UInt64 = 0
    private var expectedBefore: UInt64 = 0
    private var first: UInt64 = 0

    init(ssrc: UInt32) { self.ssrc = ssrc }

    var highest: UInt64 { newest ?? 0 }

    /// A media packet came, or its payload by RTX.
    func note(_ index: UInt64, now: UInt64, isRepair: Bool) {
        guard let before = newest else {
            newest = index
            first = index
            packets += 1
            return
        }
        if index > before {
            guard index - before < 600 else {
                missing = [:]
                newest = index
                packets += 1
                return
            }
            for number in before + 1..<index { missing[number] = (now, 0, 0) }
            newest = index
        } else if let state = missing.removeValue(forKey: index) {
            if isRepair { repaired += 1 }
            healed += 1
            healingNanoseconds += now - state.since
        } else {
            return
        }
        packets += 1
    }

    /// Numbers to ask for now, in order.
    func due(now: UInt64) -> [UInt16] {
        var numbers: [UInt64] = []
        for (number, state) in missing {
            if state.asked >= 10 || now > state.since + 900_000_000 {
                missing[number] = nil
                givenUp += 1
                wantsKeyframe = true
            } else if now >= state.since + 15_000_000, now >= state.last + 80_000_000 {
                numbers.append(number)
                asked += 1
                missing[number] = (state.since, state.asked + 1, now)
            }
        }
        return numbers.sorted().prefix(100).map { UInt16(truncatingIfNeeded: $0) }
    }

    var missingCount: Int { missing.count }
}
