import CSctp

/// How a channel delivers (RFC 8832 §5.1).
public struct ChannelDelivery: Equatable, Sendable {
    public enum Limit: Equatable, Sendable {
        case none
        case retransmissions(UInt32)
        case milliseconds(UInt32)
    }
    public var isUnordered: Bool
    public var limit: Limit

    public init(isUnordered: Bool = false, limit: Limit = .none) {
        self.isUnordered = isUnordered
        self.limit = limit
    }

    public var isReliable: Bool { limit == .none }

    var native: cs_delivery {
        var native = cs_delivery()
        native.is_unordered = isUnordered
        switch limit {
        case .none: break
        case .retransmissions(let count):
            native.limits_retransmissions = true
            native.limit = count
        case .milliseconds(let milliseconds):
            native.limits_lifetime = true
            native.limit = milliseconds
        }
        return native
    }
}

/// DCEP (RFC 8832 §5): the two messages that open a channel.
public enum ChannelMessage: Equatable, Sendable {
    case open(ChannelDelivery, label: [UInt8], protocol: [UInt8])
    case acknowledge

    /// Longer names are refused.
    public static let nameBytesMax = 256
    /// Payload protocol identifiers (RFC 8831 §8).
    public static let controlProtocol: UInt32 = 50

    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard let type = bytes.first else { return nil }
        if type == 2 {
            self = .acknowledge
            return
        }
        guard type == 3, bytes.count >= 12, let delivery = ChannelDelivery(bytes) else { return nil }
        let label = Int(bytes[8]) << 8 | Int(bytes[9])
        let name = Int(bytes[10]) << 8 | Int(bytes[11])
        guard label <= Self.nameBytesMax, name <= Self.nameBytesMax, bytes.count >= 12 + label + name else {
            return nil
        }
        self = .open(
            delivery, label: Array(bytes[12..<(12 + label)]), protocol: Array(bytes[(12 + label)..<(12 + label + name)])
        )
    }

    public var bytes: [UInt8] {
        guard case .open(let delivery, let label, let name) = self else { return [2] }
        var (type, parameter): (UInt8, UInt32) = (0, 0)
        switch delivery.limit {
        case .none: break
        case .retransmissions(let count): (type, parameter) = (1, count)
        case .milliseconds(let milliseconds): (type, parameter) = (2, milliseconds)
        }
        if delivery.isUnordered { type |= 0x80 }
        let words = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: parameter >> $0) }
        let lengths = [label.count >> 8, label.count, name.count >> 8, name.count].map { UInt8(truncatingIfNeeded: $0) }
        return [3, type, 0, 0] + words + lengths + label + name
    }
}

extension ChannelDelivery {
    /// From DATA_CHANNEL_OPEN, which has at least 12 bytes.
    fileprivate init?(_ bytes: UnsafeRawBufferPointer) {
        let parameter = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        isUnordered = bytes[1] & 0x80 != 0
        switch bytes[1] & 0x7F {
        case 0: limit = .none
        case 1: limit = .retransmissions(parameter)
        case 2: limit = .milliseconds(parameter)
        default: return nil
        }
    }
}
