#if canImport(Glibc)
import Glibc
#endif

/// Who speaks, after Volfin and Cohen: each producer's activity on three time scales becomes a likelihood ratio of speech
/// against silence (§III-B), and somebody else becomes dominant when all three of his exceed those of the present speaker by
/// a factor (§IV): at once, over the last tenth of a second, and over the last 800 ms.
///
/// So a speaker is found some 400 ms after the first word, while a cough or a key is no speech on the long scale, and of
/// two who talk at once the first stays until he pauses. In silence the last speaker stays.
@frozen
public struct SpeakerChoice: BitwiseCopyable, Sendable {
    /// The logarithms of the paper's C1, C2 and C3.
    @inlinable static var immediateMargin: Float { @_noLocks get { 3 } }
    @inlinable static var mediumMargin: Float { @_noLocks get { 2 } }
    @inlinable static var longMargin: Float { @_noLocks get { 0 } }
    /// Of `SpeechMeter.long`: also in silence nobody becomes dominant by less, which is a third of a second of speech.
    @inlinable public static var longMin: Int { @_noLocks get { 4 } }

    /// Logarithms of the scores, by activity.
    let immediate: InlineArray<14, Float>
    let medium: InlineArray<6, Float>
    let long: InlineArray<9, Float>

    public init() {
        immediate = InlineArray { Self.logarithmicScore($0, of: SpeechMeter.immediateMax, lambda: 0.78) }
        medium = InlineArray { Self.logarithmicScore($0, of: SpeechMeter.mediumMax, lambda: 24) }
        long = InlineArray { Self.logarithmicScore($0, of: SpeechMeter.longMax, lambda: 47) }
    }

    /// Equation 6: ln C(n, v) + v ln p + (n − v) ln(1 − p) − ln λ + λ v with p = ½; below a least value there is no speech.
    private static func logarithmicScore(_ value: Int, of count: Int, lambda: Double) -> Float {
        var combinations = 0.0
        for step in 0..<value { combinations += log(Double(count - step) / Double(step + 1)) }
        let score = combinations + Double(count) * log(0.5) - log(lambda) + lambda * Double(value)
        return Float(log(max(score, 1e-10)))
    }

    /// How clearly `candidate` speaks instead of `present`; nil when not so on all three scales.
    @_noLocks
    public func lead(of candidate: SpeechMeter, over present: SpeechMeter?, now: UInt64) -> Float? {
        let own = candidate.long(now: now)
        guard candidate.tellsLevels, own >= Self.longMin else { return nil }
        let other = present ?? SpeechMeter()
        let byImmediate = immediate[candidate.immediate(now: now)] - immediate[other.immediate(now: now)]
        let byMedium = medium[candidate.medium(now: now)] - medium[other.medium(now: now)]
        let byLong = long[own] - long[other.long(now: now)]
        guard byImmediate > Self.immediateMargin, byMedium > Self.mediumMargin, byLong > Self.longMargin else {
            return nil
        }
        return byMedium
    }
}
