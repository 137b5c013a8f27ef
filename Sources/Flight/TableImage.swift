/// Writes copies of tables one behind the other into memory of fixed size: where each lay in its arena, how long it is, and
/// its bytes.
public struct TableImageWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private let base: UnsafeRawPointer
    public private(set) var used = 0
    /// Something found no room.
    public private(set) var isOverfull = false

    /// - Parameter base: where the arena begins.
    public init(memory: UnsafeMutableRawBufferPointer, base: UnsafeRawPointer) {
        self.memory = memory
        self.base = base
    }

    /// The offset that stands for what lies in no arena.
    public static var outside: UInt64 { .max }

    public mutating func add<Element: BitwiseCopyable>(_ table: UnsafeMutablePointer<Element>, count: Int) {
        let bytes = count * MemoryLayout<Element>.stride
        guard count > 0, let place = room(offset: UInt64(UnsafeRawPointer(table) - base), bytes: bytes) else { return }
        place.copyMemory(from: table, byteCount: bytes)
    }

    public mutating func add(outside bytes: UnsafeRawBufferPointer) {
        guard let place = room(offset: Self.outside, bytes: bytes.count) else { return }
        place.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    }

    /// Where the last copy of `bytes` bytes lies, to be changed.
    public func last(_ bytes: Int) -> UnsafeMutableRawPointer? {
        isOverfull ? nil : memory.baseAddress! + (used - (bytes + 7) / 8 * 8)
    }

    private mutating func room(offset: UInt64, bytes: Int) -> UnsafeMutableRawPointer? {
        let whole = (bytes + 7) / 8 * 8
        guard !isOverfull, used + 16 + whole <= memory.count else {
            isOverfull = true
            return nil
        }
        memory.storeBytes(of: offset, toByteOffset: used, as: UInt64.self)
        memory.storeBytes(of: UInt64(bytes), toByteOffset: used + 8, as: UInt64.self)
        used += 16 + whole
        return memory.baseAddress! + (used - whole)
    }
}

/// Goes through an image.
public struct TableImageReader {
    private let bytes: UnsafeRawBufferPointer
    private var place = 0

    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next copy; nil at the end, and when the image does not hold together.
    public mutating func next() -> (offset: UInt64, bytes: UnsafeRawBufferPointer)? {
        guard place + 16 <= bytes.count else { return nil }
        let offset = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        let count = bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self)
        guard count <= UInt64(bytes.count - place - 16) else { return nil }
        let part = UnsafeRawBufferPointer(rebasing: bytes[(place + 16)..<(place + 16 + Int(count))])
        place += 16 + (Int(count) + 7) / 8 * 8
        return (offset, part)
    }
}
