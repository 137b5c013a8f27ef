import Foundation
import Testing
import Wire

typealias FuzzBody = @Sendable (UnsafeRawBufferPointer) -> Void

let fuzzBodies: [(folder: String, body: FuzzBody)] = [
    ("stun", { fuzzStun($0) }), ("rtp", { fuzzRtp($0) }), ("rtcp", { fuzzRtcp($0) }),
    ("header-extensions", { fuzzHeaderExtensions($0) }), ("codec-descriptors", { fuzzCodecDescriptors($0) }),
]

/// The seed corpus of one fuzz target: Tests/Corpus/<folder>.
func corpus(_ folder: String) throws -> [[UInt8]] {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let files = try FileManager.default.contentsOfDirectory(
        at: tests.appendingPathComponent("Corpus").appendingPathComponent(folder), includingPropertiesForKeys: nil)
    return try files.map { [UInt8](try Data(contentsOf: $0)) }
}

/// A failure here is a trap: a fuzz body found bytes that it could not take.
@Suite struct FuzzBodies {
    @Test(arguments: 0..<5) func everyPrefixAndEveryTurnedBitOfTheCorpusIsTaken(_ index: Int) throws {
        let (folder, body) = fuzzBodies[index]
        let seeds = try corpus(folder)
        #expect(seeds.count >= 5)
        for seed in seeds {
            let short = Array(seed.prefix(160))
            short.everyPrefix(body)
            short.everyBitTurned(body)
            seed.inMemory(body)
        }
    }

    @Test(arguments: 0..<5) func randomChangesOfTheCorpusAreTaken(_ index: Int) throws {
        let (folder, body) = fuzzBodies[index]
        var generator = SeededGenerator(UInt64(index))
        let seeds = try corpus(folder).sorted { $0.lexicographicallyPrecedes($1) }
        for _ in 0..<3000 {
            var bytes = seeds.randomElement(using: &generator)!
            for _ in 0..<Int.random(in: 1...8, using: &generator) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<min(bytes.count, 64), using: &generator)] = .random(
                    in: 0...255, using: &generator)
            }
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator) / 4)
            bytes.inMemory(body)
        }
    }
}
