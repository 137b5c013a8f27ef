import Glibc

/// One region of zeroed memory from which a shard's tables are carved once, at start.
///
/// Made and first touched on the shard's own pinned thread, its pages come from that core's NUMA node.
public struct Arena: ~Copyable {
    /// What the kernel gave.
    public enum Pages: Sendable {
        /// Huge pages reserved by the operator (MAP_HUGETLB).
        case reservedHuge
        /// Ordinary pages that the kernel was asked to merge (MADV_HUGEPAGE).
        case ordinary
    }

    public let base: UnsafeMutableRawPointer
    public let byteCount: Int
    public let pages: Pages
    public private(set) var used = 0

    private static let hugePageBytes = 2 << 20

    /// Maps `byteCount` bytes, rounded up to whole huge pages; nil when the kernel has not that much.
    ///
    /// Reserved huge pages are used when there are enough and `useHugePages` is set.
    public init?(byteCount: Int, useHugePages: Bool = true) {
        let rounded = (byteCount + Self.hugePageBytes - 1) / Self.hugePageBytes * Self.hugePageBytes
        let protection = PROT_READ | PROT_WRITE
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        if useHugePages, let huge = mmap(nil, rounded, protection, flags | Int32(MAP_HUGETLB), -1, 0),
            huge != MAP_FAILED
        {
            self.init(base: huge, byteCount: rounded, pages: .reservedHuge)
            return
        }
        guard let ordinary = mmap(nil, rounded, protection, flags | Int32(MAP_NORESERVE), -1, 0), ordinary != MAP_FAILED
        else { return nil }
        self.init(base: ordinary, byteCount: rounded, pages: .ordinary)
    }

    private init(base: UnsafeMutableRawPointer, byteCount: Int, pages: Pages) {
        self.base = base
        self.byteCount = byteCount
        self.pages = pages
    }

    deinit { munmap(base, byteCount) }

    /// Takes `count` zeroed elements. The arena is sized by the same arithmetic that takes from it, so running out is
    /// a programming error.
    public mutating func take<Element>(
        _ type: Element.Type, count: Int, alignment: Int = 64
    ) -> UnsafeMutablePointer<Element> where Element: BitwiseCopyable {
        takeBytes(count * MemoryLayout<Element>.stride, alignment: max(alignment, MemoryLayout<Element>.alignment))
            .bindMemory(to: type, capacity: max(count, 1))
    }

    /// Takes `count` elements, each set to `value`.
    public mutating func take<Element>(
        repeating value: Element, count: Int
    ) -> UnsafeMutablePointer<Element> where Element: BitwiseCopyable {
        let elements = take(Element.self, count: count)
        elements.initialize(repeating: value, count: count)
        return elements
    }

    public mutating func takeBytes(_ byteCount: Int, alignment: Int = 64) -> UnsafeMutableRawPointer {
        let start = (used + alignment - 1) / alignment * alignment
        precondition(start + byteCount <= self.byteCount, "arena too small for the limits that sized it")
        used = start + byteCount
        return base + start
    }
}
