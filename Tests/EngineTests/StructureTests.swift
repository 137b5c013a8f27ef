import Contract
import Testing
import Wire

@testable import Forward
@testable import Simulator

/// A sender with dependency descriptors, and what `FrameReader` makes of it.
private struct Described {
    let scheme: VideoScheme
    var reader = FrameReader()
    private var encoder: Encoder
    private var maker: DescriptorMaker
    private var timestamp: UInt32 = 0

    /// The descriptors of the first packet of a frame and of the others, as they go on the wire.
    struct Frame {
        let first: [UInt8]
        let other: [UInt8]
        let timestamp: UInt32
        let isKeyframe: Bool
    }

    init(_ scheme: VideoScheme) {
        self.scheme = scheme
        encoder = Encoder(scheme, first: 100)
        maker = DescriptorMaker(scheme)
    }

    mutating func frame(isKeyframe: Bool = false) -> Frame {
        _ = encoder.next(isKeyframe: isKeyframe, spatialLayers: scheme.spatialLayers)
        timestamp += 3000
        var made: [Frame] = []
        for frame in encoder.made {
            let (first, other) = maker.describe(frame, activeSpatialLayers: scheme.spatialLayers)
            made.append(
                Frame(
                    first: [first[0] | 0x80] + first[1...], other: other, timestamp: timestamp,
                    isKeyframe: frame.isKeyframe))
        }
        return made[0]
    }

    mutating func read(_ descriptor: [UInt8], of frame: Frame, startsSequence: Bool = false) -> FrameFacts {
        let payload: [UInt8] = [startsSequence ? 0x18 : 0x90, 0x30]
        let bytes = payload + descriptor
        return reader.read(
            codec: .av1, payload: RtpPayload(offset: 0, length: payload.count),
            descriptor: ExtensionValue(offset: UInt16(payload.count), length: UInt8(descriptor.count)),
            timestamp: frame.timestamp, in: bytes.span.bytes
        ).frame
    }
}

@Suite struct StructureTests {
    @Test(arguments: [VideoScheme.av1Temporal, .av1Svc, .av1KeySvc])
    func whatOvertakesTheStructureIsUnderstoodWhenThatHasCome(_ scheme: VideoScheme) {
        var sender = Described(scheme)
        let (first, second) = (sender.frame(isKeyframe: true), sender.frame())
        let (key, next) = (sender.frame(isKeyframe: true), sender.frame())
        #expect(sender.read(first.first, of: first).has(.hasStructure))
        #expect(!sender.read(second.first, of: second).has(.isBlind))
        #expect(sender.read(key.other, of: key).has(.awaitsStructure))
        #expect(sender.read(next.first, of: next).has(.awaitsStructure))
        #expect(sender.read(key.first, of: key).has(.hasStructure))
        for (descriptor, frame) in [(key.other, key), (next.first, next)] {
            let facts = sender.read(descriptor, of: frame)
            #expect(!facts.has(.awaitsStructure) && !facts.has(.isBlind))
        }
    }

    @Test func aStragglerLeavesOnlyWhereAllLeft() {
        for scheme in [VideoScheme.av1Temporal, .av1Svc, .av1KeySvc] {
            var sender = Described(scheme)
            let (first, late) = (sender.frame(isKeyframe: true), sender.frame())
            let key = sender.frame(isKeyframe: true)
            for frame in [first, key] { _ = sender.read(frame.first, of: frame) }
            let facts = sender.read(late.first, of: late)
            #expect(facts.has(.isBlind) && !facts.has(.awaitsStructure))
            let all = ChoiceHistory.Stint(timestamp: 0, epoch: 0, spatial: 3, temporal: 3)
            let some = ChoiceHistory.Stint(timestamp: 0, epoch: 0, spatial: 3, temporal: 0)
            // Of K-SVC the highest spatial layer is not all.
            #expect(facts.isBeyond(all) == (scheme == .av1KeySvc) && facts.isBeyond(some))
        }
    }

    @Test func aKeyframeThatGrowsAfterItHasBegunTellsSo() {
        var choices = ChoiceHistory()
        choices.begin(epoch: 1, timestamp: 0, spatial: 2, temporal: 3)
        let isNew = choices.advance(to: 3000)
        #expect(isNew)
        choices.turn(spatial: 0, temporal: 0, begins: true, fromNext: false)
        // Its first packet has said so: nothing is to be said against it.
        #expect(!choices.present.restores)
        choices.turn(spatial: 2, temporal: 3, begins: false, fromNext: false)
        let stint = choices.stint(at: 3000, epoch: 1)
        #expect(choices.present.restores && stint?.spatial == 2)
    }

    @Test func aSenderWithoutStructuresIsNotWaitedFor() {
        var sender = Described(.av1Temporal)
        let (key, next) = (sender.frame(isKeyframe: true), sender.frame())
        #expect(sender.read(next.first, of: next).has(.awaitsStructure))
        let bare = [key.other[0] | 0x80] + key.other[1...]
        let begun = sender.read(Array(bare), of: key, startsSequence: true)
        #expect(begun.has(.isBlind) && !begun.has(.awaitsStructure))
        let facts = sender.read(next.first, of: next)
        let least = ChoiceHistory.Stint(timestamp: 0, epoch: 0, spatial: 0, temporal: 0)
        #expect(facts.has(.isBlind) && !facts.has(.awaitsStructure) && !facts.isBeyond(least))
    }
}

/// What the checkers take for missing.
@Suite struct SourceLogTests {
    private func log(_ arrivals: [UInt64]) -> SourceLog {
        let log = SourceLog(producer: 1, layer: 0, first: 1, isLayered: true, isDescribed: false)
        for number in 1...10 as ClosedRange<UInt64> { log.sent(number, isPadding: false) }
        for (place, number) in arrivals.enumerated() {
            log.arrived(number, order: UInt64(place + 1), now: UInt64(place + 1), isRtx: false)
        }
        return log
    }

    @Test func whatCameBeforeTheStretchBeganIsNotMissing() {
        // 5 overtook 4, and both overtook 1, with which the stretch begins.
        let log = log([2, 3, 5, 4, 1])
        #expect(log.missing(between: 3, and: 5, since: log.fate(1)!.arrival) == 0)
        #expect(log.missing(between: 3, and: 5, since: 0) == 1)
    }
}
