/// Rings between every two of a number of threads.
///
/// They live as long as the process unless `deallocate` is called: their number is small, and threads may still look at
/// them when it ends.
@frozen
public struct MailboxMatrix<Element: BitwiseCopyable> {
    @usableFromInline let rows: UnsafeMutablePointer<Mailbox<Element>>
    @usableFromInline let columns: UnsafeMutablePointer<Mailbox<Element>>
    public let count: Int

    /// `count` × `count` rings of `capacity`; those from a thread to itself are not used.
    @inlinable
    public init(count: Int, capacity: Int) {
        self.count = count
        rows = .allocate(capacity: count * count)
        columns = .allocate(capacity: count * count)
        for from in 0..<count {
            for to in 0..<count {
                let ring = Mailbox<Element>(capacity: from == to ? 1 : capacity)
                (rows + from * count + to).initialize(to: ring)
                (columns + to * count + from).initialize(to: ring)
            }
        }
    }

    /// By reader: the rings that thread `writer` pushes to.
    @inlinable
    public func to(_ writer: Int) -> UnsafeMutablePointer<Mailbox<Element>> { rows + writer * count }

    /// By writer: the rings that thread `reader` pops from.
    @inlinable
    public func from(_ reader: Int) -> UnsafeMutablePointer<Mailbox<Element>> { columns + reader * count }

    /// Only after all threads are done with them.
    @inlinable
    public func deallocate() {
        for place in 0..<count * count { rows[place].deallocate() }
        rows.deallocate()
        columns.deallocate()
    }
}
