import Contract
import Snapshot

/// How much of a subscriber's video is protected by parity (FlexFEC): more where its link loses more, nothing on a clean
/// one.
@frozen
public struct Protection: BitwiseCopyable, Sendable {
    /// Parity begins at 1 % of loss and ends below a half.
    private static let lossToBegin: UInt32 = 655
    private static let lossToEnd: UInt32 = 327
    /// As many packets are told of before their loss counts: of fewer, one that is lost would look like a bad link.
    private static let packetsMin: UInt64 = 64
    /// A retransmission that comes so soon is in time for every picture, and costs only what was lost.
    static let roundTripNanosecondsMin: UInt64 = 20_000_000

    /// Under which the client takes FlexFEC; 255 when it does not.
    public internal(set) var payloadType: UInt8 = 255
    /// Packets of parity to 256 of media.
    public private(set) var share: UInt8 = 0
    /// The link carries it beside what leaves; otherwise what is lost is sent again, and nothing more.
    var isAffordable = true
    /// Of 65536 packets, smoothed: up at once, down slowly.
    public private(set) var loss: UInt32 = 0
    private var expected: UInt64 = 0
    private var lost: UInt64 = 0

    public init() {}

    /// A client has told of `packets` that were sent to it; of 256 of them so many are lost.
    mutating func note(packets: UInt64, fractionLost: UInt8, roundTripNanoseconds: UInt64) {
        let packets = min(packets, 65536)
        expected += packets
        lost += packets * UInt64(fractionLost)
        guard expected >= Self.packetsMin else { return }
        let now = UInt32(lost * 256 / expected)
        loss = now > loss ? (loss + now) / 2 : (loss * 3 + now) / 4
        (expected, lost) = (0, 0)
        let isNear = roundTripNanoseconds > 0 && roundTripNanoseconds < Self.roundTripNanosecondsMin
        share = isNear || loss < (share > 0 ? Self.lossToEnd : Self.lossToBegin) ? 0 : Self.share(at: loss)
    }

    /// 5 % of the packets at 1 % of loss, 15 at 5, 27 at 10, 30 at most: with so many, a group seldom loses two of its own.
    static func share(at loss: UInt32) -> UInt8 { UInt8(min(8 + loss * 12 / 5 / 256, 77)) }

    /// The client takes parity, or no longer.
    mutating func set(payloadType: UInt8) {
        let loss = loss
        if payloadType != self.payloadType { self = Protection() }
        self.payloadType = payloadType
        self.loss = loss
    }

    /// What is left for video of bits that its parity shares.
    func budget(_ bits: UInt64) -> UInt64 { share == 0 ? bits : bits * 256 / (256 + UInt64(share)) }

    /// What video costs with its parity.
    func cost(_ bits: UInt64) -> UInt64 { bits + bits * UInt64(share) / 256 }
}

extension Protection: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &share)
        book.field(2, &loss)
        book.check(loss <= 65536 && share <= 77, "a share of parity is out of range")
    }
}
