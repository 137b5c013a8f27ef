import Testing
import Wire

/// Bytes from hexadecimal text; white space is free.
func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue!) }
    precondition(digits.count % 2 == 0)
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

extension Array where Element == UInt8 {
    /// The bytes in memory of exactly their size, so that a sanitizer sees a read past the end.
    func inMemory<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: self)
        return try body(UnsafeRawBufferPointer(memory))
    }

    /// Calls `body` with the first 0, 1, … bytes, the whole included.
    func everyPrefix(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        for length in 0...count { try Array(prefix(length)).inMemory(body) }
    }

    /// Calls `body` with each bit turned in its turn.
    func everyBitTurned(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        for bit in 0..<(count * 8) {
            var copy = self
            copy[bit / 8] ^= 0x80 >> (bit % 8)
            try copy.inMemory(body)
        }
    }
}

/// What `body` writes into a buffer of `capacity` bytes; guards on both sides must survive.
func written(
    _ capacity: Int = 1500, _ body: (inout ByteWriter) throws(WireError) -> Void
) throws(WireError) -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity + 32, alignment: 1)
    defer { memory.deallocate() }
    for index in 0..<memory.count { memory[index] = 0xA5 }
    var writer = ByteWriter(UnsafeMutableRawBufferPointer(rebasing: memory[16..<16 + capacity]))
    try body(&writer)
    for index in 0..<16 { precondition(memory[index] == 0xA5 && memory[16 + capacity + index] == 0xA5) }
    return Array(memory[16..<16 + writer.count])
}

/// A small generator whose sequence is fixed by its seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
