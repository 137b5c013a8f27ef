import Glibc

/// One region of zeroed memory from which a shard's tables are carved once, at start.
///
/// Made and first touched on the shard's own pinned thread, its pages come from that core's NUMA node.
public struct Arena: ~Copyable {
    /// Where memory comes from.
    public enum Pages: Sendable {
        /// Huge pages reserved by the operator (MAP_HUGETLB).
        case reservedHuge
        /// The kernel was asked for huge pages where it has them (MADV_HUGEPAGE): every 2 MiB that are touched anywhere
        /// become resident.
        case mergedHuge
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
        self.init(byteCount: byteCount, wanting: useHugePages ? .reservedHuge : .ordinary)
    }

    /// The same, and what is wanted is had where the kernel has it; else ordinary pages.
    public init?(byteCount: Int, wanting pages: Pages) {
        let rounded = (byteCount + Self.hugePageBytes - 1) / Self.hugePageBytes * Self.hugePageBytes
        if pages == .reservedHuge, let huge = Self.map(rounded, Int32(MAP_HUGETLB)) {
            self.init(base: huge, byteCount: rounded, pages: .reservedHuge)
            return
        }
        guard let base = Self.map(rounded, Int32(MAP_NORESERVE)) else { return nil }
        let isMerged = pages == .mergedHuge && madvise(base, rounded, 14) == 0  // MADV_HUGEPAGE
        self.init(base: base, byteCount: rounded, pages: isMerged ? .mergedHuge : .ordinary)
    }

    private static func map(_ byteCount: Int, _ flag: Int32) -> UnsafeMutableRawPointer? {
        let place = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flag, -1, 0)
        return place == MAP_FAILED ? nil : place
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
