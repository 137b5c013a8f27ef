import Foundation
import Protocol
import Testing

@testable import Control

/// The seeds of Tests/Corpus/signaling, whole, cut short and changed.
struct FuzzTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Corpus/signaling")

    private static let seeds: [[UInt8]] = {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path < $1.path }.compactMap { try? Array(Data(contentsOf: $0)) }
    }()

    private func run(_ bytes: [UInt8]) { bytes.withUnsafeBytes { fuzzSignaling($0) } }

    @Test func everySeedIsAMessage() throws {
        #expect(Self.seeds.count >= 9)
        for seed in Self.seeds { #expect(throws: Never.self) { try ClientRequest(reading: seed) } }
    }

    @Test func everyPrefixAndEveryTurnedBitIsTaken() {
        for seed in Self.seeds {
            for count in 0..<min(seed.count, 400) { run(Array(seed.prefix(count))) }
            for bit in 0..<min(seed.count, 400) * 8 {
                var changed = seed
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                run(changed)
            }
        }
    }

    @Test func randomChangesAreTaken() {
        var generator = Splitmix(state: 1)
        for _ in 0..<20_000 {
            var bytes = Self.seeds.randomElement(using: &generator)!
            for _ in 0..<Int.random(in: 1...8, using: &generator) where !bytes.isEmpty {
                let place = bytes.indices.randomElement(using: &generator)!
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = .random(in: 0...255, using: &generator)
                case 1: bytes.insert(.random(in: 0...255, using: &generator), at: place)
                default: bytes.remove(at: place)
                }
            }
            run(bytes)
        }
    }
}

/// Seeded, so that a failure comes again.
private struct Splitmix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
