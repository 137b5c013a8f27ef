import Testing

@testable import SessionDescription

/// The fuzz body over every sample, whole and damaged in a way that is the same in every run.
@Suite struct FuzzTests {
    private static let seeds = (Samples.all + AnswerSamples.all).map(\.text)

    private func fuzz(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe fuzzSdp($0) } }

    @Test func samplesPass() {
        for seed in Self.seeds { fuzz(Array(seed.utf8)) }
    }

    @Test func damagedSamplesDoNotCrash() {
        var random = Generator(state: 7)
        for seed in Self.seeds {
            for _ in 0..<20 { fuzz(random.damage(Array(seed.utf8))) }
        }
    }
}

/// SplitMix64.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    /// A few bytes replaced, a piece removed, or a piece doubled.
    mutating func damage(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let from = Int.random(in: 0..<bytes.count, using: &self)
        let to = min(bytes.count, from + Int.random(in: 1..<200, using: &self))
        switch Int.random(in: 0..<3, using: &self) {
        case 0:
            for _ in 0..<8 {
                bytes[Int.random(in: 0..<bytes.count, using: &self)] = UInt8.random(in: 0...255, using: &self)
            }
        case 1: bytes.removeSubrange(from..<to)
        default: bytes.insert(contentsOf: bytes[from..<to], at: from)
        }
        return bytes
    }
}
