import Contract
import Forward
import Simulator
import Testing

/// A publisher of one scheme and a listener.
private struct Stage {
    let simulator: Simulator
    let video: Publication
    let listener: SimulatedPeer
    let consumer: ConsumerIndex

    init(_ scheme: VideoScheme, layers: Int = 1, _ configure: (inout SimulatorOptions) -> Void = { _ in }) {
        var options = SimulatorOptions(seed: 5)
        configure(&options)
        simulator = Simulator(options)
        let room = simulator.openRoom()!
        video = simulator.publishVideo(simulator.join(room)!, layers: layers, scheme: scheme)!
        listener = simulator.join(room)!
        consumer = simulator.subscribe(listener, to: video)!
        simulator.run(seconds: 2)
    }

    func choose(_ simulcast: UInt8, _ spatial: UInt8, _ temporal: UInt8) {
        simulator.setTarget(
            consumer, of: listener, LayerChoice(simulcast: simulcast, spatial: spatial, temporal: temporal))
    }

    /// Frames that a decoder could show in so many seconds, by temporal layers that is 7.5, 15 or 30 a second for each
    /// spatial layer.
    func frames(in seconds: Double) -> Int {
        let before = simulator.counts.framesDecodable
        simulator.run(seconds: seconds)
        return simulator.counts.framesDecodable - before
    }

    func end(_ location: SourceLocation = #_sourceLocation) {
        simulator.finish()
        expectNoViolation(simulator, location)
        #expect(simulator.counts.freezes == 0 && simulator.counts.framesBroken == 0, sourceLocation: location)
    }
}

@Suite struct ScalabilityTests {
    static let temporal: [VideoScheme] = [.vp8Temporal, .vp9Temporal, .av1Temporal]
    static let nested: [VideoScheme] = [.vp9Svc, .av1Svc]
    static let keyed: [VideoScheme] = [.vp9KeySvc, .av1KeySvc, .vp9Described]

    @Test(arguments: temporal)
    func temporalLayersGoDownAtOnceAndUpWhereTheyMay(_ scheme: VideoScheme) {
        let stage = Stage(scheme)
        #expect((29...31).contains(stage.frames(in: 1)))
        let keyframes = stage.video.layers[0].keyframesSent
        stage.choose(2, 3, 0)
        #expect((14...17).contains(stage.frames(in: 2)))
        stage.choose(2, 3, 1)
        _ = stage.frames(in: 1.2)
        #expect((29...31).contains(stage.frames(in: 2)))
        stage.choose(2, 3, 2)
        _ = stage.frames(in: 1.2)
        #expect((29...31).contains(stage.frames(in: 1)))
        #expect(stage.video.layers[0].keyframesSent == keyframes)
        stage.end()
    }

    @Test(arguments: nested)
    func spatialLayersGoDownAtOnceAndUpWithAKeyframe(_ scheme: VideoScheme) {
        let stage = Stage(scheme)
        #expect((87...93).contains(stage.frames(in: 1)))
        let keyframes = stage.video.layers[0].keyframesSent
        stage.choose(0, 0, 3)
        #expect((29...33).contains(stage.frames(in: 1)))
        #expect(stage.video.layers[0].keyframesSent == keyframes)
        stage.choose(0, 1, 3)
        _ = stage.frames(in: 0.3)
        #expect(stage.video.layers[0].keyframesSent == keyframes + 1)
        #expect((58...62).contains(stage.frames(in: 1)))
        stage.choose(0, 3, 3)
        _ = stage.frames(in: 0.8)
        #expect((87...93).contains(stage.frames(in: 1)))
        stage.end()
    }

    @Test(arguments: keyed)
    func ofKeySvcOneSpatialLayerLeavesAndItTakesAKeyframeToTurn(_ scheme: VideoScheme) {
        let stage = Stage(scheme)
        #expect((29...33).contains(stage.frames(in: 1)))
        for spatial in [1, 0, 2, 1] as [UInt8] {
            let keyframes = stage.video.layers[0].keyframesSent
            stage.choose(0, spatial, 3)
            _ = stage.frames(in: 0.8)
            #expect(stage.video.layers[0].keyframesSent > keyframes)
            #expect((29...34).contains(stage.frames(in: 1)))
        }
        stage.end()
    }

    @Test(arguments: VideoScheme.allCases)
    func spatialLayersThatAreToldAsWantedAreThoseThereAre(_ scheme: VideoScheme) {
        let stage = Stage(scheme)
        stage.choose(2, 3, 3)
        stage.simulator.run(seconds: 2)
        let report = stage.simulator.consumerReport(stage.consumer)!
        #expect(report.current[1] == report.target[1] && Int(report.target[1]) == scheme.spatialLayers - 1)
        stage.end()
    }

    @Test(arguments: nested + keyed)
    func aSpatialLayerThatVanishesAndReturnsLeavesNoFreeze(_ scheme: VideoScheme) {
        let stage = Stage(scheme)
        for layers in [1, 3, 2, 3, 1, 2] {
            stage.video.spatialLayers = layers
            if layers == 3 { stage.video.keyframeSoon() }
            stage.simulator.run(seconds: 2)
        }
        stage.end()
    }

    @Test(arguments: [VideoScheme.vp8, .vp8Temporal, .h264, .vp9Temporal, .av1Temporal])
    func aDecoderSeesOneStreamAcrossSimulcastLayers(_ scheme: VideoScheme) {
        let stage = Stage(scheme, layers: 3)
        for round in 0..<12 as Range<UInt8> {
            stage.choose(round % 3, 3, round % 4)
            stage.simulator.run(seconds: 0.9)
        }
        stage.end()
    }

    @Test(arguments: [VideoScheme.vp8Temporal, .av1Temporal])
    func aSimulcastLayerThatFallsSilentIsReplacedWithoutAFreeze(_ scheme: VideoScheme) {
        let stage = Stage(scheme, layers: 3)
        for layer in [2, 1] {
            stage.video.layers[layer].isStopped = true
            stage.simulator.run(seconds: 2)
        }
        for layer in [1, 2] {
            stage.video.layers[layer].isStopped = false
            stage.simulator.run(seconds: 2)
        }
        stage.end()
    }

    @Test(arguments: VideoScheme.allCases)
    func whatIsLostAndRepairedHasTheIdsOfItsOwnTime(_ scheme: VideoScheme) {
        let stage = Stage(scheme, layers: scheme.spatialLayers > 1 ? 1 : 2) {
            $0.toServer.loss = 0.03
            $0.toServer.reorder = 0.03
            $0.toClient.loss = 0.05
        }
        for round in 0..<14 as Range<UInt8> {
            stage.choose(round % 2, round % 3, (round + 1) % 3)
            stage.simulator.run(seconds: 0.7)
        }
        #expect(stage.simulator.counts.retransmissions > 10)
        stage.simulator.finish()
        expectNoViolation(stage.simulator)
    }

    @Test(arguments: [VideoScheme.av1Temporal, .av1Svc, .av1KeySvc, .vp9Described])
    func keyframesThatComeInDisorderLeaveWholeAndAsChosen(_ scheme: VideoScheme) {
        let stage = Stage(scheme) {
            $0.toServer.loss = 0.02
            $0.toServer.reorder = 0.3
            $0.toServer.jitterNanoseconds = 20_000_000
        }
        stage.video.keyframePackets = 6
        for round in 0..<30 as Range<UInt8> {
            stage.choose(0, round % 3, (round + 1) % 3)
            stage.video.keyframeSoon()
            stage.simulator.run(seconds: 0.3)
        }
        stage.simulator.finish()
        expectNoViolation(stage.simulator)
        #expect(stage.simulator.counts.framesDecodable > 150)
    }

    @Test(arguments: VideoScheme.allCases)
    func aSourceThatBeginsAnewGoesOnWithTheIds(_ scheme: VideoScheme) {
        let stage = Stage(scheme)
        for round in 0..<5 as Range<UInt8> {
            stage.video.layers[0].beginAnew()
            stage.choose(0, round % 3, round % 3)
            stage.simulator.run(seconds: 1)
        }
        stage.end()
    }

    @Test(arguments: [Canary.breaksIds, .losesFrame])
    func aBrokenDecoderIsSeen(_ canary: Canary) {
        let stage = Stage(.vp8Temporal, layers: 2) { $0.canary = canary }
        for round in 0..<8 as Range<UInt8> {
            stage.choose(round % 2, 3, 3)
            stage.simulator.run(seconds: 2)
        }
        stage.simulator.finish()
        #expect(stage.simulator.violations.contains { $0.rule == "decoder" })
    }
}
