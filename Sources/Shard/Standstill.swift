import CPlatform
import Glibc
import Memory
import Synchronization

/// How one process's shard stops and another's begins where it stopped. The control side asks, the shard answers; each
/// waits for the other, so that what lies between them has one owner at a time.
final class Standstill: @unchecked Sendable {
    enum State: Int {
        case running
        // The old process: asked to read no more, and that has happened; asked for a snapshot, and there it is.
        case hold, held
        case write, written
        // The new one: commands are obeyed and nothing is read; a snapshot is to be laid over it, and was or could not be.
        case building
        case load, loaded
        case refused
        // The end of either.
        case goOn
        case end
    }

    /// Read by the shard's loop each round.
    let asked: UnsafeMutablePointer<Atomic<Int>>
    /// Wakes a shard that stands still; rung after each question.
    let bell: Doorbell
    /// Rung after each answer.
    let answers: Doorbell
    /// The asker's until it has asked, the shard's until it has answered.
    var bytes: [UInt8] = []
    var problem = ""

    init?(isBuilding: Bool, answers: Doorbell) {
        guard let bell = Doorbell() else { return nil }
        self.bell = bell
        self.answers = answers
        asked = .allocate(capacity: 1)
        asked.initialize(to: Atomic(isBuilding ? State.building.rawValue : State.running.rawValue))
    }

    deinit {
        bell.close()
        asked.deallocate()
    }

    var state: State { State(rawValue: asked.pointee.load(ordering: .acquiring))! }

    /// The control side; `wake` is what the shard waits on while it runs.
    func ask(_ question: State, wake: Doorbell? = nil) {
        asked.pointee.store(question.rawValue, ordering: .releasing)
        bell.ring()
        wake?.ring()
    }

    /// The shard.
    func answer(_ answer: State) {
        asked.pointee.store(answer.rawValue, ordering: .releasing)
        answers.ring()
    }

    /// The shard sleeps until something is asked, or until `other` rings; at most so long.
    func sleep(other: Doorbell?, milliseconds: Int32) {
        var waits = [pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)]
        if let other { waits.append(pollfd(fd: other.descriptor, events: Int16(POLLIN), revents: 0)) }
        _ = poll(&waits, nfds_t(waits.count), milliseconds)
        bell.clear()
        other?.clear()
    }
}

extension [Standstill] {
    /// The control side waits until each has answered one of these; false when the time is up, or one says otherwise.
    func wait(for wanted: Set<Standstill.State>, milliseconds: Int) -> Bool {
        let deadline = cp_now() + UInt64(milliseconds) * 1_000_000
        while !allSatisfy({ wanted.contains($0.state) }) {
            guard case let now = cp_now(), now < deadline, let answers = first?.answers,
                !contains(where: { $0.state == .refused })
            else { return false }
            var wait = pollfd(fd: answers.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&wait, 1, Int32((deadline - now) / 1_000_000 + 1))
            answers.clear()
        }
        return true
    }
}
