import Synchronization

/// A bounded ring of plain data from one thread to one other. Neither side ever waits: a push into a full mailbox is
/// refused, and the sender decides what that means.
///
/// The struct is a handle: copies refer to the same ring. Exactly one thread pushes and one pops.
@frozen
public struct Mailbox<Element: BitwiseCopyable>: @unchecked Sendable {
    @usableFromInline let entries: UnsafeMutablePointer<Element>
    @usableFromInline let mask: Int
    /// Written by the reader: how many were popped.
    @usableFromInline let head: UnsafeMutablePointer<Atomic<Int>>
    /// Written by the writer: how many were pushed.
    @usableFromInline let tail: UnsafeMutablePointer<Atomic<Int>>

    /// `capacity` is rounded up to a power of two. The memory lives until `deallocate`.
    public init(capacity: Int) {
        var size = 1
        while size < capacity { size *= 2 }
        mask = size - 1
        let byteCount = size * MemoryLayout<Element>.stride
        let raw = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        raw.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        entries = raw.bindMemory(to: Element.self, capacity: size)
        // A cache line each, so that the two threads do not pull one line to and fro.
        head = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128).bindMemory(
            to: Atomic<Int>.self, capacity: 1)
        tail = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128).bindMemory(
            to: Atomic<Int>.self, capacity: 1)
        head.initialize(to: Atomic(0))
        tail.initialize(to: Atomic(0))
    }

    /// Only after both threads are done with it.
    public func deallocate() {
        entries.deallocate()
        head.deallocate()
        tail.deallocate()
    }

    public var capacity: Int { mask + 1 }

    /// How many wait. Exact on the reader's side, a snapshot elsewhere.
    @inlinable
    public var count: Int { tail.pointee.load(ordering: .acquiring) &- head.pointee.load(ordering: .acquiring) }

    /// Writer: the place for the next element, or nil when the mailbox is full. Nothing is sent before `commit`.
    @inlinable
    public func reserve() -> UnsafeMutablePointer<Element>? {
        let tailValue = tail.pointee.load(ordering: .relaxed)
        guard tailValue &- head.pointee.load(ordering: .acquiring) <= mask else { return nil }
        return entries + (tailValue & mask)
    }

    /// Writer: sends what was written at `reserve`.
    @inlinable
    public func commit() {
        tail.pointee.store(tail.pointee.load(ordering: .relaxed) &+ 1, ordering: .releasing)
    }

    /// Writer: false when the mailbox is full; the element is then still the caller's.
    @inlinable
    public func push(_ element: Element) -> Bool {
        guard let place = reserve() else { return false }
        place.pointee = element
        commit()
        return true
    }

    /// Reader: the oldest element, in place, or nil.
    @inlinable
    public func front() -> UnsafeMutablePointer<Element>? {
        let headValue = head.pointee.load(ordering: .relaxed)
        guard headValue != tail.pointee.load(ordering: .acquiring) else { return nil }
        return entries + (headValue & mask)
    }

    /// Reader: done with `front`.
    @inlinable
    public func advance() {
        head.pointee.store(head.pointee.load(ordering: .relaxed) &+ 1, ordering: .releasing)
    }

    /// Reader: takes the oldest element.
    @inlinable
    public func pop() -> Element? {
        guard let place = front() else { return nil }
        let element = place.pointee
        advance()
        return element
    }
}
