import CPlatform
import CUring
import Glibc
import Memory

/// Sends from the cell itself, without a copy in the kernel. Each has two completions: how it went, and (unless it was
/// refused at once) the notification that nobody reads the bytes any more. The cell is free only after the last of them.
extension UringPort {
    /// The kernel handles no more than 20 notifications an enter, unless more completions are waited for.
    static let notificationsWanted = 64

    /// Takes the notifications that are there, without waiting for others.
    mutating func takeNotifications(_ departures: inout Departures) {
        let most = UInt32(min(zeroCopyUnderWay, 1024))
        enter(&departures, reap: true, wait: most, timeout: 0)
    }

    mutating func sendWithoutCopy(_ cell: UInt32) {
        note(Self.noCell)
        waitingSends += 1
        zeroCopyUnderWay += 1
        cu_send_zero_copy(ring, cp_send_slot_header(slots.slot(of: cell)), Tag.of(Tag.zeroCopySend, cell))
    }

    mutating func zeroCopyCompleted(_ cell: UInt32, _ completion: cu_completion, _ departures: inout Departures) {
        var usage: Int32 = 0
        if completion.flags & UInt32(IORING_CQE_F_NOTIF) != 0 {
            usage = completion.result
        } else {
            outcomes[Int(cell)] = completion.result
            guard completion.flags & UInt32(IORING_CQE_F_MORE) == 0 else { return }
        }
        zeroCopyUnderWay -= 1
        if Self.isRefused(outcomes[Int(cell)]) {
            counters.zeroCopySendsRefused &+= 1
            refusedCells[refusedCount] = cell
            refusedCount += 1
        } else {
            count(outcomes[Int(cell)], usage: UInt32(bitPattern: usage))
            waitingSends -= 1
            departures.giveBack(cell: cell)
        }
    }

    /// ENOMEM: the bytes under way exceed what the process may lock. ENOBUFS is something else: a full card.
    private static func isRefused(_ outcome: Int32) -> Bool { outcome == -ENOMEM || outcome == -EOPNOTSUPP }

    private mutating func count(_ outcome: Int32, usage: UInt32) {
        if outcome < 0 {
            counters.sendErrors.count(-outcome)
        } else if usage & UInt32(CU_USAGE_COPIED) != 0 {
            counters.zeroCopySendsCopied &+= 1
        } else {
            counters.zeroCopySends &+= 1
        }
    }

    /// What was refused leaves the usual way; it has been counted as waiting all the time.
    mutating func sendRefusedAgain(_ departures: inout Departures) {
        while refusedCount > 0, makeRoom(&departures) {
            refusedCount -= 1
            let cell = refusedCells[refusedCount]
            send(cell, quiet: false)
        }
    }
}
