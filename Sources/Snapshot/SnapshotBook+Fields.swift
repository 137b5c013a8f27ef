import Contract

/// The kinds of fields. What is generic is inlined where it is used, or each field would cost a look at its type.
extension SnapshotBook {
    /// uint32 and uint64; sint32 and sint64 (zigzag) for signed types.
    @inlinable
    public mutating func field<Value: FixedWidthInteger>(_ number: Int, _ value: inout Value) {
        if !isReading {
            putTag(number, .varint)
            return putVarint(Self.word(value))
        }
        guard find(number, kind: .varint) != nil else { return }
        let word = takeVarint()
        guard isWhole else { return }
        guard let read = Self.value(of: word, as: Value.self) else { return fail(.malformed(field: number)) }
        value = read
    }

    @inlinable
    static func word<Value: FixedWidthInteger>(_ value: Value) -> UInt64 {
        guard Value.isSigned else { return UInt64(value) }
        let wide = Int64(value)
        return UInt64(bitPattern: wide << 1 ^ wide >> 63)
    }

    @inlinable
    static func value<Value: FixedWidthInteger>(of word: UInt64, as type: Value.Type) -> Value? {
        guard Value.isSigned else { return Value(exactly: word) }
        return Value(exactly: Int64(bitPattern: word >> 1) ^ -Int64(bitPattern: word & 1))
    }

    public mutating func field(_ number: Int, _ value: inout Bool) {
        var word: UInt8 = value ? 1 : 0
        field(number, &word)
        if isReading, word > 1 { fail(.malformed(field: number)) }
        value = word == 1
    }

    public mutating func field(_ number: Int, _ value: inout Double) {
        guard isReading else {
            putTag(number, .fixed64)
            return putFixed64(value.bitPattern)
        }
        guard find(number, kind: .fixed64) != nil else { return }
        let read = Double(bitPattern: takeFixed64())
        guard isWhole else { return }
        guard read.isFinite else { return fail(.malformed(field: number)) }
        value = read
    }

    private mutating func putFixed64(_ value: UInt64) {
        for step in 0..<8 { put(CollectionOfOne(UInt8(truncatingIfNeeded: value >> UInt64(8 * step)))) }
    }

    /// An enumeration; a value that it does not have is refused.
    @inlinable
    public mutating func field<Value: RawRepresentable>(_ number: Int, _ value: inout Value)
    where Value.RawValue: FixedWidthInteger {
        var raw = value.rawValue
        field(number, &raw)
        guard isReading else { return }
        guard let read = Value(rawValue: raw) else { return fail(.malformed(field: number)) }
        value = read
    }

    /// A time of CLOCK_MONOTONIC, which is another's when it is read. 0 and `.max` mean what they mean everywhere.
    public mutating func time(_ number: Int, _ value: inout UInt64) {
        field(number, &value)
        guard isReading, value != 0, value != .max else { return }
        value =
            shiftNanoseconds < 0 && value <= shiftNanoseconds.magnitude
            ? 1 : value &+ UInt64(bitPattern: shiftNanoseconds)
    }

    public mutating func field(_ number: Int, _ value: inout [UInt8]) {
        guard isReading else {
            putTag(number, .bytes)
            putVarint(UInt64(value.count))
            return put(value)
        }
        guard let length = findBytes(number) else { return }
        value = Array(take(length))
    }

    public mutating func field(_ number: Int, _ value: inout String) {
        var bytes = Array(value.utf8)
        field(number, &bytes)
        guard isReading, isWhole else { return }
        guard let read = String(validating: bytes, as: UTF8.self) else { return fail(.malformed(field: number)) }
        value = read
    }

    @inlinable
    public mutating func field<let capacity: Int>(_ number: Int, _ value: inout FixedBytes<capacity>) {
        var bytes = value.array
        field(number, &bytes)
        guard isReading, isWhole else { return }
        guard let read = FixedBytes<capacity>(bytes) else { return fail(.malformed(field: number)) }
        value = read
    }

    /// Packed; reading, as many as the array has are expected.
    @inlinable
    public mutating func fields<let count: Int, Value: FixedWidthInteger>(
        _ number: Int, _ values: inout InlineArray<count, Value>
    ) {
        guard isReading else {
            message(number) { book in
                for index in 0..<count { book.putVarint(Self.word(values[index])) }
            }
            return
        }
        message(number) { book in
            for index in 0..<count {
                let word = book.takeVarint()
                guard book.isWhole else { return }
                guard let read = Self.value(of: word, as: Value.self) else {
                    return book.fail(.malformed(field: number))
                }
                values[index] = read
            }
        }
    }

    /// Packed, as many as there are.
    @inlinable
    public mutating func fields<Value: FixedWidthInteger>(_ number: Int, _ values: inout [Value]) {
        guard isReading else {
            message(number) { book in
                for value in values { book.putVarint(Self.word(value)) }
            }
            return
        }
        var read: [Value] = []
        message(number) { book in
            while book.isWhole, book.left > 0 {
                guard let value = Self.value(of: book.takeVarint(), as: Value.self) else {
                    return book.fail(.malformed(field: number))
                }
                read.append(value)
            }
        }
        values = read
    }
}
