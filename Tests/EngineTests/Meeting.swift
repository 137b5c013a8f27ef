import Contract
import Simulator
import Testing

/// A room in which the first peer publishes sound and picture and the others listen.
struct Meeting {
    let simulator: Simulator
    let room: Int
    let publisher: SimulatedPeer
    let listeners: [SimulatedPeer]
    let audio: Publication
    let video: Publication
    /// By listener.
    let audioConsumers: [ConsumerIndex]
    let videoConsumers: [ConsumerIndex]

    init(
        listeners count: Int = 1, layers: Int = 1, seed: UInt64 = 1,
        _ configure: (inout SimulatorOptions) -> Void = { _ in }
    ) {
        var options = SimulatorOptions(seed: seed)
        configure(&options)
        let simulator = Simulator(options)
        room = simulator.openRoom()!
        publisher = simulator.join(room)!
        audio = simulator.publishAudio(publisher)!
        video = simulator.publishVideo(publisher, layers: layers)!
        var joined: [SimulatedPeer] = []
        for _ in 0..<count { joined.append(simulator.join(room)!) }
        listeners = joined
        let (sound, picture) = (audio, video)
        audioConsumers = joined.map { simulator.subscribe($0, to: sound)! }
        videoConsumers = joined.map { simulator.subscribe($0, to: picture)! }
        self.simulator = simulator
    }

    var listener: SimulatedPeer { listeners[0] }
    var report: ShardReport { simulator.report() }

    /// Packets of the picture that the first listener has.
    var picturePackets: Int { listener.packetsReceived(videoConsumers[0]) }

    /// Everybody leaves; nothing may have been found wrong.
    func end(_ location: SourceLocation = #_sourceLocation) {
        simulator.finish()
        expectNoViolation(simulator, location)
    }
}

func expectNoViolation(_ simulator: Simulator, _ location: SourceLocation = #_sourceLocation) {
    let found = simulator.violations.prefix(3).map(\.description).joined(separator: "\n")
    #expect(simulator.violations.isEmpty, "\(found)", sourceLocation: location)
}

extension ShardReport {
    func dropped(_ reason: DropReason) -> UInt64 { drops[Int(reason.rawValue)] }
}

extension NetworkMood {
    static func losing(_ ratio: Double) -> NetworkMood {
        var mood = NetworkMood()
        mood.loss = ratio
        return mood
    }
}
