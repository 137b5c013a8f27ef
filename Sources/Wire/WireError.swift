/// Why bytes were refused, or could not be written.
@frozen
public enum WireError: UInt8, Error, CaseIterable, BitwiseCopyable, Sendable {
    /// The bytes end before their own length fields say.
    case truncated = 0
    /// A field has a value that its standard forbids.
    case malformed
    /// Not the protocol that was asked for: another version, cookie or name.
    case notRecognised
    /// Lawful, but larger than the bounded result can hold.
    case tooLarge
    /// The buffer that should be written to is too short.
    case bufferFull

    // Written out, because a synthesized one is not visible to other modules' @_noLocks functions.
    @inlinable
    public static func == (left: WireError, right: WireError) -> Bool { left.rawValue == right.rawValue }
}
