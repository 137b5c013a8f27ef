/// What a snapshot could not be read for.
public enum SnapshotFailure: Error, Equatable, Sendable {
    /// It ends within a field.
    case truncated
    /// A field is of another kind than it should be, or its value fits nothing.
    case malformed(field: Int)
    /// It was read, and what it says cannot be: the sentence says what.
    case refused(String)
}

/// A type that says which fields it has.
public protocol Portable {
    /// Names all fields in ascending order of their numbers, for writing and for reading alike.
    mutating func carry(_ book: inout SnapshotBook)
}

/// Writes or reads numbered fields in the wire format of protobuf.
///
/// Reading, a field that is not there leaves its variable as it is, and fields that nobody asks for are passed over: an older
/// and a newer release can read each other's as long as numbers keep their meaning. After the first failure nothing is
/// read any more.
public struct SnapshotBook: Sendable {
    public let isReading: Bool
    public private(set) var failure: SnapshotFailure?
    /// Added to each time that is read: what this process's clock is ahead of the writer's.
    public var shiftNanoseconds: Int64 = 0
    private var storage: [UInt8]
    private var place = 0
    private var end: Int

    /// For writing.
    public init(capacity: Int = 0) {
        isReading = false
        storage = []
        storage.reserveCapacity(capacity)
        end = 0
    }

    public init(reading bytes: [UInt8]) {
        isReading = true
        storage = bytes
        end = bytes.count
    }

    /// What was written.
    public var bytes: [UInt8] { storage }

    public var isWhole: Bool { failure == nil }

    /// Reading goes no further.
    public mutating func fail(_ reason: SnapshotFailure) {
        guard failure == nil else { return }
        failure = reason
        place = end
    }

    /// Reading, what was read must be so.
    public mutating func check(_ holds: Bool, _ sentence: @autoclosure () -> String) {
        if isReading, !holds { fail(.refused(sentence())) }
    }

    // MARK: messages

    /// A message within this one. Reading, `body` runs when it is there. True when it was written or read.
    @discardableResult
    public mutating func message(_ number: Int, _ body: (inout SnapshotBook) -> Void) -> Bool {
        isReading ? readMessage(number, body) : writeMessage(number, body)
    }

    @discardableResult @inlinable
    public mutating func message(_ number: Int, _ value: inout some Portable) -> Bool {
        message(number) { value.carry(&$0) }
    }

    /// Reading: whether one more field of this number follows.
    public mutating func hasNext(_ number: Int) -> Bool {
        let before = place
        let isThere = find(number, kind: nil) != nil
        if isThere { place = before }
        return isThere && isWhole
    }

    /// All of a list.
    public mutating func list<Element: Portable>(_ number: Int, _ values: inout [Element], new: () -> Element) {
        if isReading {
            values = []
            while hasNext(number) {
                var value = new()
                message(number, &value)
                values.append(value)
            }
        } else {
            for index in values.indices { message(number, &values[index]) }
        }
    }

    private mutating func writeMessage(_ number: Int, _ body: (inout SnapshotBook) -> Void) -> Bool {
        putTag(number, .bytes)
        let start = storage.count
        // The length in four bytes, however few it needs: so it can be put in afterwards.
        for _ in 0..<4 { storage.append(0) }
        body(&self)
        let length = storage.count - start - 4
        precondition(length < 1 << 28, "a message within a snapshot is too long")
        for step in 0..<4 {
            storage[start + step] = UInt8(length >> (7 * step) & 0x7F) | (step < 3 ? 0x80 : 0)
        }
        return true
    }

    private mutating func readMessage(_ number: Int, _ body: (inout SnapshotBook) -> Void) -> Bool {
        guard let length = findBytes(number) else { return false }
        let outer = end
        end = place + length
        let inner = end
        body(&self)
        place = isWhole ? inner : outer
        end = outer
        return isWhole
    }

    // MARK: the wire

    @usableFromInline enum Kind: UInt64 {
        case varint = 0
        case fixed64 = 1
        case bytes = 2
        case fixed32 = 5
    }

    @usableFromInline mutating func putTag(_ number: Int, _ kind: Kind) {
        putVarint(UInt64(number) << 3 | kind.rawValue)
    }

    @usableFromInline mutating func putVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            storage.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        storage.append(UInt8(rest))
    }

    mutating func put(_ more: some Collection<UInt8>) { storage.append(contentsOf: more) }

    /// Goes to the field's value; nil when it is not there.
    @usableFromInline mutating func find(_ number: Int, kind: Kind?) -> Kind? {
        while isWhole, place < end {
            let before = place
            let tag = takeVarint()
            guard isWhole, let found = Kind(rawValue: tag & 7), tag >> 3 > 0 else {
                fail(.malformed(field: number))
                return nil
            }
            if tag >> 3 > UInt64(number) {
                place = before
                return nil
            }
            if tag >> 3 == UInt64(number) {
                guard kind == nil || kind == found else {
                    fail(.malformed(field: number))
                    return nil
                }
                return found
            }
            skip(found)
        }
        return nil
    }

    private mutating func skip(_ kind: Kind) {
        switch kind {
        case .varint: _ = takeVarint()
        case .fixed64: _ = takeFixed64()
        case .fixed32: advance(4)
        case .bytes: advance(takeLength())
        }
    }

    private mutating func advance(_ count: Int) {
        guard count <= end - place else { return fail(.truncated) }
        place += count
    }

    private mutating func takeLength() -> Int {
        let length = takeVarint()
        guard length <= UInt64(max(end - place, 0)) else {
            fail(.truncated)
            return 0
        }
        return Int(length)
    }

    @usableFromInline mutating func findBytes(_ number: Int) -> Int? {
        guard find(number, kind: .bytes) != nil else { return nil }
        let length = takeLength()
        return isWhole ? length : nil
    }

    @usableFromInline mutating func takeVarint() -> UInt64 {
        var value: UInt64 = 0
        for step in 0..<10 {
            guard place < end else {
                fail(.truncated)
                return 0
            }
            let byte = storage[place]
            place += 1
            value |= UInt64(byte & 0x7F) << UInt64(7 * step)
            if byte & 0x80 == 0 { return value }
        }
        fail(.malformed(field: 0))
        return 0
    }

    mutating func takeFixed64() -> UInt64 {
        guard end - place >= 8 else {
            fail(.truncated)
            return 0
        }
        var value: UInt64 = 0
        for step in 0..<8 { value |= UInt64(storage[place + step]) << UInt64(8 * step) }
        place += 8
        return value
    }

    mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        guard count <= end - place else {
            fail(.truncated)
            return []
        }
        defer { place += count }
        return storage[place..<(place + count)]
    }

    /// How much is left of the present message.
    @usableFromInline var left: Int { end - place }
}
