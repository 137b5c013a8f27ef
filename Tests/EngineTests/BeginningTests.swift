import Contract
import Forward
import Testing

@testable import Simulator

/// One publisher of a scheme, and listeners whose streams begin again and again.
private struct Theatre {
    let simulator: Simulator
    let video: Publication
    let listeners: [SimulatedPeer]
    let consumers: [ConsumerIndex]

    init(
        _ scheme: VideoScheme, layers: Int = 1, listeners count: Int = 1, seed: UInt64 = 5,
        _ configure: (inout SimulatorOptions) -> Void
    ) {
        var options = SimulatorOptions(seed: seed)
        configure(&options)
        let simulator = Simulator(options)
        let room = simulator.openRoom()!
        let video = simulator.publishVideo(simulator.join(room)!, layers: layers, scheme: scheme)!
        listeners = (0..<count).map { _ in simulator.join(room)! }
        consumers = listeners.map { simulator.subscribe($0, to: video)! }
        (self.simulator, self.video) = (simulator, video)
    }

    func choose(_ simulcast: UInt8, _ spatial: UInt8, _ temporal: UInt8) {
        let choice = LayerChoice(simulcast: simulcast, spatial: spatial, temporal: temporal)
        for (listener, consumer) in zip(listeners, consumers) {
            simulator.setTarget(consumer, of: listener, choice)
        }
    }

    /// Whoever asks for the numbers behind the newest that left gets nothing.
    func askAhead() {
        for (listener, consumer) in zip(listeners, consumers) {
            let ssrc = ConsumerSsrc.media(consumer)
            guard let newest = listener.outgoing[ssrc]?.newest else { continue }
            listener.nack(ssrc, (1...8).map { UInt16(truncatingIfNeeded: newest + $0) })
        }
    }

    /// Whoever lost the first packets of all keyframes but the newest gets them again.
    func askForFormerKeyframes() {
        for (listener, consumer) in zip(listeners, consumers) {
            let ssrc = ConsumerSsrc.media(consumer)
            guard let left = listener.outgoing[ssrc]?.left else { continue }
            let keyframes = left.filter { $0.value.stamp.startsKeyframe }.keys.sorted().dropLast().suffix(3)
            listener.nack(ssrc, keyframes.map { UInt16(truncatingIfNeeded: $0) })
        }
    }

    func end(_ location: SourceLocation = #_sourceLocation) {
        simulator.finish()
        expectNoViolation(simulator, location)
    }
}

@Suite struct BeginningTests {
    /// A keyframe's first packet is repaired, and what its structure explains enters the burst behind it. Padding that was
    /// there before must not overtake that: what is left out would leave holes.
    @Test(arguments: [VideoScheme.av1KeySvc, .av1Svc, .vp9Described])
    func whatAwaitedTheKeyframeLeavesInTheOrderOfItsNumbers(_ scheme: VideoScheme) {
        let theatre = Theatre(scheme) { _ in }
        theatre.video.paddingRatio = 0.5
        theatre.simulator.run(seconds: 2)
        for round in 0..<25 {
            theatre.choose(0, UInt8(1 + round % 2), UInt8(round % 3))
            theatre.simulator.pause(theatre.consumers[0], of: theatre.listeners[0], true)
            theatre.simulator.run(seconds: 0.3)
            theatre.simulator.toServer.loss = 1
            theatre.video.keyframeSoon()
            theatre.simulator.run(seconds: 0.04 + Double(round) / 1000)
            theatre.simulator.pause(theatre.consumers[0], of: theatre.listeners[0], false)
            theatre.simulator.toServer.loss = 0
            theatre.simulator.run(seconds: 0.5)
        }
        theatre.end()
    }

    /// The first packet of a picture finds no cell to leave in, and never leaves since its stream turns to another layer.
    @Test(arguments: [VideoScheme.vp9Temporal, .av1Temporal])
    func idsGoOnBehindWhatLeftAndNotBehindWhatFoundNoCell(_ scheme: VideoScheme) {
        let theatre = Theatre(scheme, layers: 2, listeners: 6) {
            $0.limits.runs = 2
            $0.kernel.slowSends = 1
            $0.kernel.arrivalsMax = 1
        }
        theatre.simulator.run(seconds: 2)
        for listener in theatre.listeners { theatre.simulator.setPace(listener, bitsPerSecond: 300_000) }
        for round in 0..<30 as Range<UInt8> {
            theatre.choose(round % 2, 3, 3)
            theatre.simulator.run(seconds: 0.25)
        }
        theatre.end()
    }

    /// A source goes on with keyframes whose structures have templates of their own; what repeats an earlier one says nothing
    /// of where the templates of another source begin.
    @Test(arguments: [VideoScheme.av1Temporal, .av1KeySvc])
    func templatesGoOnBehindTheNewestStructureAndNotBehindOneSentAgain(_ scheme: VideoScheme) {
        let theatre = Theatre(scheme, layers: scheme == .av1Temporal ? 2 : 1) { _ in }
        theatre.simulator.run(seconds: 2)
        for round in 0..<12 as Range<UInt8> {
            theatre.choose(round % 2, 3, 3)
            theatre.simulator.run(seconds: 0.5)
            theatre.video.keyframeSoon()
            theatre.simulator.run(seconds: 0.3)
            theatre.askForFormerKeyframes()
            theatre.simulator.run(seconds: 0.2)
            theatre.simulator.pause(theatre.consumers[0], of: theatre.listeners[0], true)
            theatre.simulator.run(seconds: 0.1)
            theatre.simulator.pause(theatre.consumers[0], of: theatre.listeners[0], false)
        }
        theatre.end()
    }

    /// A number is kept free for what has not come; when that comes, its stream may be paused. It has not left then, and
    /// nobody can miss it.
    @Test func nothingIsRepeatedThatIsBehindWhatLeftLast() {
        let theatre = Theatre(.vp9Temporal) {
            $0.toServer.reorder = 0.3
            $0.toServer.jitterNanoseconds = 20_000_000
        }
        theatre.simulator.run(seconds: 2)
        for round in 0..<40 {
            theatre.choose(2, 3, 1)
            theatre.simulator.pause(theatre.consumers[0], of: theatre.listeners[0], false)
            theatre.simulator.run(seconds: 0.3)
            theatre.simulator.pause(theatre.consumers[0], of: theatre.listeners[0], true)
            for _ in 0..<4 {
                theatre.simulator.run(seconds: 0.02 + Double(round % 7) / 1000)
                theatre.askAhead()
            }
        }
        theatre.end()
    }

    /// Upper frames of a keyframe came before its first packet, or before they were wanted, and were left out: what comes of
    /// them then would be parts of frames.
    @Test(arguments: [VideoScheme.vp9Svc, .av1Svc])
    func aKeyframeOfWhichSomethingWasLeftOutLeadsNoHigher(_ scheme: VideoScheme) {
        let theatre = Theatre(scheme) {
            $0.toServer.reorder = 0.3
            $0.toServer.jitterNanoseconds = 5_000_000
        }
        theatre.video.keyframePackets = 12
        theatre.simulator.run(seconds: 2)
        for round in 0..<40 {
            theatre.choose(0, 0, 3)
            theatre.simulator.run(seconds: 0.2)
            theatre.video.keyframeSoon()
            theatre.simulator.run(seconds: 0.02 + Double(round) / 1000)
            theatre.choose(0, 2, 3)
            theatre.simulator.run(seconds: 0.4)
        }
        theatre.end()
    }

    /// A publisher's packets that are refused for want of slots are missing like lost ones, also where a switch follows.
    @Test func whatWasRefusedBeforeASwitchMayBeMissing() {
        let log = SourceLog(producer: 1, layer: 0, first: 100, isLayered: true, isDescribed: false)
        for number in 100...160 as ClosedRange<UInt64> {
            log.sent(number, isPadding: false)
            log.arrived(number, order: number, now: number, isRtx: false)
        }
        func switchBehind(_ holes: UInt64, refused: Bool) -> String? {
            let other = SourceLog(producer: 1, layer: 1, first: 500, isLayered: true, isDescribed: false)
            other.sent(500, isPadding: false)
            other.arrived(500, order: 200, now: 200, isRtx: false)
            let stream = OutgoingStream(ssrc: 1, kind: .audio)
            func packet(
                _ log: SourceLog, _ number: UInt64, _ timestamp: UInt32, _ refused: Bool
            ) -> OutgoingStream.Left {
                let stamp = Stamp(
                    producer: 1, layer: log.layer, startsKeyframe: true, sequence: number, timestamp: timestamp,
                    capture: 0)
                return OutgoingStream.Left(
                    source: log, stamp: stamp, timestamp: timestamp, isMarked: false, payload: [], wasRelaxed: refused)
            }
            #expect(stream.note(10, packet(log, 110, 1000, false), now: 0) == nil)
            return stream.note(11 + holes, packet(other, 500, 2000, refused), now: 1)
        }
        #expect(switchBehind(40, refused: true) == nil)
        #expect(switchBehind(40, refused: false) != nil)
        #expect(switchBehind(60, refused: true) != nil)
    }
}
