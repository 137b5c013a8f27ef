import Contract
import Flight

/// Compares two logs of the same calls, decision by decision.
struct FlightComparison {
    private let recorded: FlightFile
    private let replayed: FlightFile
    private let recordedEntries: [FlightEntry]

    init(_ recorded: FlightFile, _ entries: [FlightEntry], _ replayed: FlightFile) {
        self.recorded = recorded
        self.replayed = replayed
        recordedEntries = entries
    }

    /// A call and what was decided in it.
    private struct Group {
        var call: FlightEntry
        var decisions: [FlightEntry] = []
    }

    func verdict() -> FlightVerdict {
        let (one, other) = (groups(recordedEntries, recorded), groups(replayed.entries, replayed))
        var verdict = FlightVerdict()
        verdict.calls = one.count
        verdict.bursts = one.count { $0.call.kind == .take }
        verdict.packets = recordedEntries.count { $0.kind == .rtp }
        if let first = one.first, let last = one.last {
            verdict.seconds = Double(recorded.word(last.call, 0) &- recorded.word(first.call, 0)) / 1e9
        }
        for (place, group) in one.enumerated() {
            verdict.decisions += group.decisions.count
            let answer = place < other.count ? other[place].decisions : []
            guard let found = difference(group.decisions, answer) else { continue }
            verdict.differingCalls += 1
            if verdict.first == nil {
                verdict.first = FlightVerdict.Difference(
                    call: place, nowNanoseconds: recorded.word(group.call, 0), recorded: found.0, replayed: found.1)
            }
        }
        return verdict
    }

    /// Strangers' packets are not recorded, so neither are their drops compared. When the control side hears of a choice
    /// depends on how full its mailbox was.
    private func isCompared(_ entry: FlightEntry, _ file: FlightFile) -> Bool {
        switch entry.kind {
        case .drops:
            guard let reason = DropReason(rawValue: entry.flags) else { return false }
            return !Self.strangers.contains(reason)
        case .event:
            if case .consumerBound? = file.value(entry, as: Event.self) { return false }
            return true
        default: return entry.kind.isDecision
        }
    }

    private static let strangers: Set<DropReason> = [
        .empty, .notRecognised, .truncated, .unknownAddress, .stunMalformed, .stunFingerprint, .stunUnknownUser,
        .stunIntegrity, .stunNotARequest, .stunRoleConflict, .dtlsMailboxFull, .handoverFull, .handoverUnknownShard,
        // What nobody could authenticate is recorded by its beginning alone.
        .rtpMalformed, .rtcpMalformed, .srtpAuthentication,
    ]

    private func groups(_ entries: [FlightEntry], _ file: FlightFile) -> [Group] {
        var groups: [Group] = []
        for entry in entries {
            if entry.kind.isCall {
                groups.append(Group(call: entry))
            } else if !groups.isEmpty, isCompared(entry, file) {
                groups[groups.count - 1].decisions.append(entry)
            }
        }
        return groups
    }

    /// Bit by bit; what is not may still say the same, since padding lies between the values of an event.
    private func areEqual(_ one: FlightEntry, _ other: FlightEntry) -> Bool {
        one.kind == other.kind && one.flags == other.flags && one.argument == other.argument
            && recorded.bytes[one.body] == replayed.bytes[other.body]
    }

    private func difference(_ one: [FlightEntry], _ other: [FlightEntry]) -> (String, String)? {
        for place in 0..<max(one.count, other.count) {
            if place < one.count, place < other.count, areEqual(one[place], other[place]) { continue }
            let left = place < one.count ? recorded.text(of: one[place]) : "nothing"
            let right = place < other.count ? replayed.text(of: other[place]) : "nothing"
            if left != right { return (left, right) }
        }
        return nil
    }
}
