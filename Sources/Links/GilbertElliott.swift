/// Losses in bursts (Gilbert and Elliott): the link changes between a good and a bad state with every packet.
public struct GilbertElliott: Sendable {
    /// Probabilities of turning bad and of turning good.
    public var worsen: Double
    public var recover: Double
    public var lossWhenGood: Double
    public var lossWhenBad: Double
    private var isBad = false

    public init(worsen: Double, recover: Double, lossWhenGood: Double, lossWhenBad: Double) {
        self.worsen = worsen
        self.recover = recover
        self.lossWhenGood = lossWhenGood
        self.lossWhenBad = lossWhenBad
    }

    /// Each packet by itself.
    public static func random(_ loss: Double) -> GilbertElliott {
        GilbertElliott(worsen: 0, recover: 1, lossWhenGood: loss, lossWhenBad: loss)
    }

    /// `loss` on average, in bursts of `length` packets.
    public static func bursts(_ loss: Double, length: Double) -> GilbertElliott {
        let recover = 1 / length
        return GilbertElliott(
            worsen: recover * loss / max(1 - loss, 0.01), recover: recover, lossWhenGood: 0, lossWhenBad: 1)
    }

    public mutating func loses(_ dice: inout Dice) -> Bool {
        if isBad ? dice.chance(recover) : dice.chance(worsen) { isBad.toggle() }
        return dice.chance(isBad ? lossWhenBad : lossWhenGood)
    }
}
