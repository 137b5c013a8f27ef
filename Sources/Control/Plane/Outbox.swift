import Memory
import NIOCore

/// What the control side says to one other thread: a mailbox and its bell, and a queue for what the mailbox has no place
/// for at the moment. Nothing is dropped and the order is kept.
///
/// The queue is bounded by those who fill it: whoever opens something asks `isCongested` first, and what is closed was
/// opened before. Confined to the loop.
final class Outbox<Message: BitwiseCopyable & Sendable> {
    private let mailbox: Mailbox<Message>
    private let bell: Doorbell
    private let loop: any EventLoop
    private var waiting: [Message] = []
    private var isRingDue = false

    /// How long the other thread gets to make room before the queue is tried again.
    private let retryDelay = TimeAmount.milliseconds(2)

    init(_ mailbox: Mailbox<Message>, bell: Doorbell, loop: any EventLoop) {
        self.mailbox = mailbox
        self.bell = bell
        self.loop = loop
    }

    var waitingCount: Int { waiting.count }

    /// True when nothing new should be begun: less than a quarter of the mailbox is free.
    var isCongested: Bool { !waiting.isEmpty || mailbox.count > mailbox.capacity - mailbox.capacity / 4 }

    func send(_ message: Message) {
        if !waiting.isEmpty || !mailbox.push(message) { waiting.append(message) }
        scheduleRing(after: nil)
    }

    /// One ring for everything that one pass of the loop sends.
    private func scheduleRing(after delay: TimeAmount?) {
        guard !isRingDue else { return }
        isRingDue = true
        let loop = loop.assumeIsolated()
        if let delay { loop.scheduleTask(in: delay) { self.ring() } } else { loop.execute { self.ring() } }
    }

    private func ring() {
        isRingDue = false
        flush()
        bell.ring()
        if !waiting.isEmpty { scheduleRing(after: retryDelay) }
    }

    private func flush() {
        let sent = waiting.prefix { mailbox.push($0) }.count
        waiting.removeFirst(sent)
    }

    /// At the very end, when no loop will run again.
    func flushNow() {
        flush()
        bell.ring()
    }
}
