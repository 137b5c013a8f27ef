/// Bounds on what is read. A text beyond one of them is refused before anything is built from the rest.
public struct SdpLimits: Sendable {
    public var textBytesMax: Int
    public var sectionsMax: Int
    /// Attributes in the whole text, session and media sections together.
    public var attributesMax: Int

    public init(textBytesMax: Int = 131_072, sectionsMax: Int = 512, attributesMax: Int = 4096) {
        self.textBytesMax = textBytesMax
        self.sectionsMax = sectionsMax
        self.attributesMax = attributesMax
    }

    public static let standard = SdpLimits()

    /// For the answer to an offer of our own: an answer repeats every codec in every section, so that it grows with what
    /// we offered, some 90 lines and 3 KiB a section.
    static func answer(sections: Int) -> SdpLimits {
        SdpLimits(
            textBytesMax: max(standard.textBytesMax, sections &* 4096),
            attributesMax: max(standard.attributesMax, sections &* 128))
    }
}
