/// Up to `capacity` bytes stored in place: a name, an ICE credential or a key that travels through a mailbox.
///
/// Plain data: copying it copies bytes, nothing is counted or freed.
@frozen
public struct FixedBytes<let capacity: Int>: BitwiseCopyable, Sendable {
    public var count: Int
    public var storage: InlineArray<capacity, UInt8>

    @inlinable
    public init() {
        count = 0
        storage = InlineArray(repeating: 0)
    }

    /// Nil when `bytes` holds more than `capacity` bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count <= capacity else { return nil }
        self.init()
        for byte in bytes {
            storage[count] = byte
            count += 1
        }
    }

    /// Nil when the UTF-8 form of `text` is longer than `capacity` bytes.
    public init?(_ text: String) {
        self.init(Array(text.utf8))
    }

    @inlinable
    public subscript(index: Int) -> UInt8 { storage[index] }

    @inlinable
    public var isEmpty: Bool { count == 0 }

    /// The bytes as an array; allocates, so not for the packet path.
    public var array: [UInt8] { (0..<count).map { storage[$0] } }

    /// The bytes as text; allocates, so not for the packet path.
    public var text: String { String(decoding: array, as: UTF8.self) }
}

extension FixedBytes: Equatable {
    @inlinable
    public static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count else { return false }
        var index = 0
        while index < left.count {
            if left.storage[index] != right.storage[index] { return false }
            index += 1
        }
        return true
    }
}
