import CPlatform
import Memory
import Testing

@Suite struct MailboxTests {
    @Test func aFullMailboxRefusesAndTakesAgainAfterAPop() {
        let mailbox = Mailbox<Int>(capacity: 3)
        defer { mailbox.deallocate() }
        #expect(mailbox.capacity == 4)
        for value in 0..<4 { #expect(mailbox.push(value)) }
        #expect(!mailbox.push(4) && mailbox.count == 4)
        #expect(mailbox.pop() == 0)
        #expect(mailbox.push(4))
        #expect((0..<4).map { _ in mailbox.pop() } == [1, 2, 3, 4])
        #expect(mailbox.pop() == nil && mailbox.count == 0)
    }

    @Test func whatIsReservedIsNotSentBeforeCommit() {
        let mailbox = Mailbox<Int>(capacity: 2)
        defer { mailbox.deallocate() }
        mailbox.reserve()?.pointee = 7
        #expect(mailbox.front() == nil)
        mailbox.commit()
        #expect(mailbox.front()?.pointee == 7 && mailbox.count == 1)
        mailbox.advance()
        #expect(mailbox.front() == nil)
    }

    /// What two threads share: under ThreadSanitizer this is where a wrong order of memory would show.
    @Test func everythingArrivesOnceAndInOrderOnAnotherThread() {
        let exchange = UnsafeMutablePointer<Exchange>.allocate(capacity: 1)
        exchange.initialize(to: Exchange())
        defer {
            exchange.pointee.close()
            exchange.deallocate()
        }
        var thread: UInt64 = 0
        #expect(cp_spawn(&thread, 1 << 18, sender, exchange) == 0)
        let (mailbox, bell) = (exchange.pointee.mailbox, exchange.pointee.bell)
        var next: UInt64 = 0
        var isOrderly = true
        while next < Exchange.letters {
            guard let letter = mailbox.pop() else {
                _ = cp_wait(-1, false, false, bell.descriptor, -1, 100_000_000)
                bell.clear()
                continue
            }
            isOrderly = isOrderly && letter == Letter(number: next)
            next += 1
        }
        #expect(cp_join(thread) == 0)
        #expect(isOrderly && mailbox.pop() == nil)
    }
}

/// More than one word, so that a torn one shows.
private struct Letter: BitwiseCopyable, Equatable {
    var number: UInt64
    var copies: InlineArray<15, UInt64>

    init(number: UInt64) {
        self.number = number
        copies = InlineArray(repeating: number)
    }

    static func == (left: Letter, right: Letter) -> Bool {
        left.number == right.number && left.copies.indices.allSatisfy { left.copies[$0] == right.copies[$0] }
    }
}

private struct Exchange {
    static let letters: UInt64 = 50_000
    let mailbox = Mailbox<Letter>(capacity: 64)
    let bell = Doorbell()!

    func close() {
        mailbox.deallocate()
        bell.close()
    }
}

private func sender(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    let exchange = argument!.assumingMemoryBound(to: Exchange.self)
    let (mailbox, bell) = (exchange.pointee.mailbox, exchange.pointee.bell)
    for number in 0..<Exchange.letters {
        while !mailbox.push(Letter(number: number)) { bell.ring() }
        bell.ring()
    }
    return nil
}
