import Snapshot

/// What the layers of one producer cost, measured as they arrive: bytes in windows of 200 ms, smoothed over a second.
///
/// A cell is a simulcast layer, a spatial and a temporal layer; a stream without the latter two has one cell a layer.
/// What a subscriber must take for a choice is the sum of the cells at and below it (`bitsPerSecond`).
@frozen
public struct LayerRates: BitwiseCopyable, Sendable {
    public static let windowNanoseconds: UInt64 = 200_000_000
    /// Header, extensions, authentication tag, UDP and IP: what a packet costs on a link besides its payload.
    public static let overheadBytes = 76
    private static let steps = Int(LayerChoice.layerMax) + 1
    private static let cells = 48
    /// Windows that make a second.
    private static let windowsPerSecond: UInt64 = 5

    private var bytes: InlineArray<48, UInt32> = InlineArray(repeating: 0)
    /// Bit by simulcast layer: of its spatial layers one alone leaves (K-SVC).
    private var alone: UInt8 = 0
    private var rates: InlineArray<48, UInt32> = InlineArray(repeating: 0)
    public private(set) var windowStart: UInt64 = 0
    /// Windows that were closed, five at most: how far the smoothing has come.
    public private(set) var windowCount: UInt8 = 0

    public init() {}

    @inline(__always)
    private static func cell(_ layer: UInt8, _ spatial: UInt8, _ temporal: UInt8) -> Int {
        (Int(min(layer, 2)) * steps + Int(min(spatial, LayerChoice.layerMax))) * steps
            + Int(min(temporal, LayerChoice.layerMax))
    }

    /// A packet of so many bytes of payload has arrived.
    mutating func note(layer: UInt8, spatial: UInt8 = 0, temporal: UInt8 = 0, payloadBytes: Int, now: UInt64) {
        if windowStart == 0 { windowStart = now }
        if now &- windowStart >= Self.windowNanoseconds, now > windowStart { closeWindow(now: now) }
        bytes[Self.cell(layer, spatial, temporal)] &+= UInt32(payloadBytes + Self.overheadBytes)
    }

    /// Ends the window if its time is up; called now and then, so that a layer that fell silent becomes cheap.
    public mutating func settle(now: UInt64) {
        guard windowStart != 0, now > windowStart, now - windowStart >= Self.windowNanoseconds else { return }
        closeWindow(now: now)
    }

    private mutating func closeWindow(now: UInt64) {
        let elapsed = now - windowStart
        // A long silence counts as the windows that it was.
        let windows = min(elapsed / Self.windowNanoseconds, Self.windowsPerSecond)
        windowCount = UInt8(min(UInt64(windowCount) + windows, Self.windowsPerSecond))
        for cell in 0..<Self.cells where bytes[cell] | rates[cell] != 0 {
            let rate = UInt64(bytes[cell]) * 8 * 1_000_000_000 / elapsed
            let before = UInt64(rates[cell])
            // The mean of what there is at first, then a fifth of each window.
            let smoothed = (before * (UInt64(windowCount) - windows) + rate * windows) / UInt64(windowCount)
            rates[cell] = UInt32(clamping: smoothed)
            bytes[cell] = 0
        }
        windowStart = now
    }

    /// The source was replaced, or is another producer's.
    mutating func forget(layer: UInt8) {
        for spatial in 0...LayerChoice.layerMax {
            for temporal in 0...LayerChoice.layerMax {
                rates[Self.cell(layer, spatial, temporal)] = 0
                bytes[Self.cell(layer, spatial, temporal)] = 0
            }
        }
    }

    /// Bits a second of what a choice consists of. 0 until a window is over.
    public mutating func bitsPerSecond(of choice: LayerChoice) -> UInt64 {
        guard !choice.isNothing else { return 0 }
        var sum: UInt64 = 0
        let lowest = alone >> min(choice.simulcast, 2) & 1 == 1 ? highestSpatial(of: choice) : 0
        for spatial in lowest...max(lowest, choice.spatial) {
            for temporal in 0...choice.temporal {
                sum += UInt64(rates[Self.cell(choice.simulcast, spatial, temporal)])
            }
        }
        return sum
    }

    /// Whether those who get a spatial layer get the ones below with it.
    mutating func setNested(_ isNested: Bool, layer: UInt8) {
        let bit: UInt8 = 1 << min(layer, 2)
        alone = isNested ? alone & ~bit : alone | bit
    }

    /// The one that a choice leads to.
    private mutating func highestSpatial(of choice: LayerChoice) -> UInt8 {
        var spatial = choice.spatial
        while spatial > 0, rates[Self.cell(choice.simulcast, spatial, 0)] == 0 { spatial -= 1 }
        return spatial
    }

    /// The highest spatial and temporal layer in which something arrives.
    public mutating func extent(of layer: UInt8) -> (spatial: UInt8, temporal: UInt8) {
        var (highest, fastest) = (UInt8(0), UInt8(0))
        for spatial in 0...LayerChoice.layerMax {
            for temporal in 0...LayerChoice.layerMax where rates[Self.cell(layer, spatial, temporal)] > 0 {
                highest = max(highest, spatial)
                fastest = max(fastest, temporal)
            }
        }
        return (highest, fastest)
    }
}

extension LayerRates: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.fields(1, &bytes)
        book.field(2, &alone)
        book.fields(3, &rates)
        book.time(4, &windowStart)
        book.field(5, &windowCount)
        book.check(UInt64(windowCount) <= Self.windowsPerSecond, "a measure of layers is out of range")
    }
}
