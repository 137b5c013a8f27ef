/// What sealing and opening cost with warm caches, in nanoseconds: docs/performance.md has the measurements. The fit tells how many
/// times as much it is on a host at work.
struct CipherCosts {
    /// At 100 and at 1200 bytes; linear between.
    private let seal: (Double, Double)
    private let open: (Double, Double)
    let tagBytes: Double

    init(_ name: CipherName) {
        switch name {
        case .gcm: (seal, open, tagBytes) = ((49, 89), (49, 86), 16)
        case .gcm256: (seal, open, tagBytes) = ((53, 106), (51, 100), 16)
        case .sha1: (seal, open, tagBytes) = ((89, 195), (157, 704), 10)
        }
    }

    func sealNanoseconds(_ bytes: Double) -> Double { Self.at(bytes, seal) }
    func openNanoseconds(_ bytes: Double) -> Double { Self.at(bytes, open) }

    private static func at(_ bytes: Double, _ ends: (Double, Double)) -> Double {
        ends.0 + (ends.1 - ends.0) * (bytes - 100) / 1100
    }
}
