/// What every payload begins with, so that whoever gets it knows what it must be. The bytes behind are made from it:
/// a payload that was mixed up or damaged does not match.
struct Stamp: Equatable {
    static let byteCount = 32
    private static let magic: UInt16 = 0x5EED

    var producer: UInt32
    var layer: UInt8
    var startsKeyframe: Bool
    /// Extended, as the publisher counts.
    var sequence: UInt64
    var timestamp: UInt32
    var captureNanoseconds: UInt64

    /// A payload of `count` bytes; `prefix` is the codec's descriptor.
    func payload(prefix: [UInt8], count: Int) -> [UInt8] {
        var bytes = prefix
        bytes.reserveCapacity(count)
        put(UInt64(Self.magic), 2, &bytes)
        put(UInt64(producer), 4, &bytes)
        bytes.append(layer)
        bytes.append(startsKeyframe ? 1 : 0)
        put(sequence, 8, &bytes)
        put(UInt64(timestamp), 4, &bytes)
        put(captureNanoseconds, 8, &bytes)
        put(UInt64(max(count, prefix.count + Self.byteCount)), 4, &bytes)
        var mixer = Dice(seed: sequence ^ UInt64(producer) << 32 ^ UInt64(layer) << 60)
        while bytes.count + 8 <= count { put(mixer.next(), 8, &bytes) }
        while bytes.count < count { bytes.append(UInt8(truncatingIfNeeded: bytes.count)) }
        return bytes
    }

    /// Nil when the bytes behind `offset` are not a stamped payload, or not what the stamp makes.
    init?(_ bytes: ArraySlice<UInt8>, prefixCount: Int) {
        let start = bytes.startIndex + prefixCount
        guard bytes.count >= prefixCount + Self.byteCount else { return nil }
        func take(_ offset: Int, _ count: Int) -> UInt64 {
            bytes[start + offset..<start + offset + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard take(0, 2) == UInt64(Self.magic) else { return nil }
        producer = UInt32(take(2, 4))
        layer = bytes[start + 6]
        startsKeyframe = bytes[start + 7] == 1
        sequence = take(8, 8)
        timestamp = UInt32(take(16, 4))
        captureNanoseconds = take(20, 8)
        guard take(28, 4) == UInt64(bytes.count) else { return nil }
        let made = payload(prefix: Array(bytes[bytes.startIndex..<start]), count: bytes.count)
        guard made.elementsEqual(bytes) else { return nil }
    }

    init(producer: UInt32, layer: UInt8, startsKeyframe: Bool, sequence: UInt64, timestamp: UInt32, capture: UInt64) {
        self.producer = producer
        self.layer = layer
        self.startsKeyframe = startsKeyframe
        self.sequence = sequence
        self.timestamp = timestamp
        captureNanoseconds = capture
    }

    private func put(_ value: UInt64, _ count: Int, _ bytes: inout [UInt8]) {
        for step in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(step * 8))) }
    }
}
