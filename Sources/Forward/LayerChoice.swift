import Contract
import Snapshot

/// Which part of a producer's video a consumer gets: one of its simulcast encodings, and of that the spatial and temporal
/// layers up to these. Numbers that a producer does not reach mean its highest.
@frozen
public struct LayerChoice: BitwiseCopyable, Sendable, Equatable {
    /// `ConsumerState.noLayer` for nothing at all.
    public var simulcast: UInt8
    public var spatial: UInt8
    public var temporal: UInt8

    /// Spatial and temporal layers are told apart up to this number.
    @inlinable public static var layerMax: UInt8 { 3 }

    @inlinable
    public init(simulcast: UInt8, spatial: UInt8 = LayerChoice.layerMax, temporal: UInt8 = LayerChoice.layerMax) {
        self.simulcast = simulcast
        self.spatial = min(spatial, Self.layerMax)
        self.temporal = min(temporal, Self.layerMax)
    }

    /// Everything there is.
    @inlinable public static var best: LayerChoice { LayerChoice(simulcast: UInt8(Limits.layersMax - 1)) }
    /// Nothing is sent.
    @inlinable public static var nothing: LayerChoice { LayerChoice(simulcast: 255, spatial: 0, temporal: 0) }
    @inlinable public var isNothing: Bool { simulcast == 255 }

    @inlinable
    public static func == (left: Self, right: Self) -> Bool {
        left.simulcast == right.simulcast && left.spatial == right.spatial && left.temporal == right.temporal
    }
}

extension LayerChoice: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &simulcast)
        book.field(2, &spatial)
        book.field(3, &temporal)
        let isKnown = simulcast < UInt8(Limits.layersMax) || simulcast == 255
        book.check(
            isKnown && spatial <= Self.layerMax && temporal <= Self.layerMax, "a choice of layers is out of range")
    }
}
