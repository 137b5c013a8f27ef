import Contract
import Forward

/// A run whose options and script are thrown by one seed.
public struct RandomRun {
    public let simulator: Simulator
    private var dice: Dice
    /// Prints what is done.
    public var isTracing = false
    /// Now and then another engine takes over; with one shard.
    public var takesOver = false
    private let options: SimulatorOptions
    /// Peers whose slots the shard fills.
    private var choosers: Set<Int> = []

    /// - Parameter flightBytes: of each shard's flight recorder.
    public init(seed: UInt64, canary: Canary = .none, givesFeedback: Bool = false, flightBytes: Int = 0) {
        var dice = Dice(seed: seed ^ 0xABCD_EF01)
        var options = SimulatorOptions(seed: seed)
        options.canary = canary
        options.givesFeedback = givesFeedback
        options.flightBytes = flightBytes
        options.shardCount = dice.chance(0.3) ? 2 : 1
        options.toServer = dice.networkMood()
        options.toClient = dice.networkMood()
        options.kernel = dice.kernelMood()
        options.limits.runs = dice.pick([2, 4, 16, 64, 64])
        options.limits.slots = dice.pick([200, 1500, 8192, 8192])
        options.limits.mailboxMax = dice.pick([4, 32, 256, 256])
        options.limits.peersMax = dice.pick([4, 12, 48])
        options.limits.producersMax = dice.pick([6, 24, 64])
        // That a mailbox was full is not recorded.
        if flightBytes > 0 { options.limits.mailboxMax = 256 }
        self.options = options
        self.dice = dice
        simulator = Simulator(options)
    }

    /// What was thrown, in a line.
    public var summary: String {
        let (up, kernel, limits) = (options.toServer, options.kernel, options.limits)
        return
            "shards \(options.shardCount), up \(up.text), down \(options.toClient.text), bursts of \(kernel.arrivalsMax), "
            + "runs \(limits.runs), slots \(limits.slots), mailboxes \(limits.mailboxMax), peers \(limits.peersMax)"
    }

    /// Plays the script for so much virtual time, then closes everything.
    public mutating func play(seconds: Double) {
        enterAll(seconds: seconds)
        simulator.finish()
    }

    /// The same, and stops in the middle: each shard has stood still for a while shortly before.
    public mutating func stall(seconds: Double) {
        enterAll(seconds: seconds)
        for shard in 0..<options.shardCount { simulator.hang(shard: shard, true) }
        simulator.run(seconds: Double(dice.within(20...1500)) / 1000)
        for shard in 0..<options.shardCount { simulator.hang(shard: shard, false) }
        simulator.run(seconds: 0.3)
    }

    private mutating func enterAll(seconds: Double) {
        for _ in 0..<1 + dice.below(3) {
            let shard = dice.below(options.shardCount)
            guard let room = simulator.openRoom(shard: shard), options.shardCount > 1, dice.chance(0.7) else {
                continue
            }
            simulator.spread(room, to: 1 - shard)
        }
        for _ in 0..<2 + dice.below(5) { enter() }
        let end = simulator.now + UInt64(seconds * 1e9)
        while simulator.now < end, simulator.violations.isEmpty {
            simulator.run(seconds: Double(dice.within(50...900)) / 1000)
            act()
            if takesOver, options.shardCount == 1, dice.chance(0.4) { simulator.takeOver() }
        }
    }

    private mutating func enter() {
        let rooms = simulator.control.rooms.indices.filter { simulator.control.rooms[$0].isOpen }
        guard !rooms.isEmpty, let peer = simulator.join(dice.pick(rooms)) else { return }
        if dice.chance(0.4) {
            choosers.insert(peer.number)
            for _ in 0..<dice.below(4) { simulator.openChosen(peer, .audio) }
            for _ in 0..<dice.below(5) { simulator.openChosen(peer, .video) }
        }
        for publication in openPublications(in: peer.room) where !choosers.contains(peer.number) {
            simulator.subscribe(peer, to: publication)
        }
        if dice.chance(0.7) { publish(peer, .audio) }
        if dice.chance(0.7) { publish(peer, .video) }
    }

    private mutating func publish(_ peer: SimulatedPeer, _ kind: MediaKind) {
        guard peer.publications.count(where: \.isOpen) < 6 else { return }
        let declares = dice.chance(0.5)
        let made =
            kind == .audio
            ? simulator.publishAudio(peer, declaresSsrcs: declares)
            : publishVideo(peer, declares)
        guard let made else { return }
        made.paddingRatio = dice.pick([0, 0, 0.1])
        made.probeRatio = dice.pick([0, 0, 0.1])
        made.takesTurns = dice.chance(0.7)
        if kind == .audio, peer.takesRed { made.redundancy = dice.below(3) }
        for other in peersIn(peer.room) where other !== peer && !choosers.contains(other.number) {
            simulator.subscribe(other, to: made)
        }
    }

    private mutating func publishVideo(_ peer: SimulatedPeer, _ declares: Bool) -> Publication? {
        let scheme = dice.chance(0.3) ? .vp8 : dice.pick(VideoScheme.allCases)
        return simulator.publishVideo(
            peer, layers: scheme.spatialLayers > 1 ? 1 : 1 + dice.below(3), declaresSsrcs: declares, scheme: scheme)
    }

    private func peersIn(_ room: Int) -> [SimulatedPeer] {
        let whole = simulator.control.rooms[room].whole
        return simulator.peers.filter { simulator.control.rooms[$0.room].whole == whole && !$0.isClosed }
    }

    private func openPublications(in room: Int) -> [Publication] {
        peersIn(room).flatMap(\.publications).filter(\.isOpen)
    }

    /// One thing that people do.
    private mutating func act() {
        let present = simulator.peers.filter { !$0.isClosed }
        guard let peer = present.isEmpty ? nil : dice.pick(present) else { return enter() }
        let action = dice.below(26)
        // These reach into the engine, past what is recorded.
        if options.flightBytes > 0, action == 17 || action >= 20 { return }
        if action < 20 { simulator.disturbance = simulator.now }
        trace("peer \(peer.number): \(action)")
        switch action {
        case 0, 1: enter()
        case 2: simulator.leave(peer)
        case 3: publish(peer, dice.chance(0.5) ? .audio : .video)
        case 4, 5, 6: actOnPublication(peer)
        case 7, 8, 9, 10: actOnConsumer(peer)
        case 20...25: for consumer in peer.consumers { choose(consumer, of: peer) }
        case 11: simulator.restartIce(peer, moves: dice.chance(0.5))
        case 12: peer.isGone = dice.chance(0.2)
        case 13: for _ in 0..<20 { simulator.sendStrangerNoise() }
        case 14: peer.sendCheck(nominating: true, fault: dice.pick(SimulatedPeer.CheckFault.allCases))
        case 15:
            if dice.chance(options.kernel.leaps) { simulator.leap(dice.within(0...options.kernel.leapNanosecondsMax)) }
        case 17:
            let bits = dice.pick([0, 50_000, 400_000, 2_000_000, 20_000_000]) as UInt64
            if dice.chance(0.5) {
                simulator.setPace(peer, bitsPerSecond: bits, isStrained: dice.chance(0.3))
            } else {
                simulator.run(seconds: 1.5, estimate: bits, for: peer)
            }
        case 16: if dice.chance(0.2) { simulator.closeDtls(peer) }
        default: cleanUp()
        }
    }

    private func trace(_ text: @autoclosure () -> String) {
        if isTracing { print("\(Double(simulator.now) / 1e9) \(text())") }
    }

    private mutating func actOnPublication(_ peer: SimulatedPeer) {
        let open = peer.publications.filter(\.isOpen)
        guard !open.isEmpty else { return }
        let publication = dice.pick(open)
        let layer = dice.pick(publication.layers)
        let action = dice.below(9)
        trace("publication \(publication.serial) layer \(layer.index) of peer \(peer.number): \(action)")
        switch action {
        case 0: simulator.unpublish(publication)
        case 1: simulator.pause(publication, true)
        case 2, 3: simulator.pause(publication, false)
        case 4: layer.beginAnew()
        case 5: layer.isStopped.toggle()
        case 6: simulator.requestKeyframe(publication)
        case 7:
            publication.spatialLayers = 1 + dice.below(publication.scheme.spatialLayers)
            if dice.chance(0.5) { publication.keyframeSoon() }
        default: for back in 1...5 as ClosedRange<UInt64> { layer.repeatRecent(back: back * dice.within(1...30)) }
        }
    }

    private mutating func actOnConsumer(_ peer: SimulatedPeer) {
        guard !peer.consumers.isEmpty else { return }
        let consumer = dice.pick(peer.consumers)
        let action = dice.below(11)
        trace("consumer \(consumer.value) of peer \(peer.number): \(action)")
        switch action {
        case 0: simulator.pause(consumer, of: peer, true)
        case 1, 2: simulator.pause(consumer, of: peer, false)
        case 3, 4: simulator.selectLayer(consumer, of: peer, UInt8(dice.below(4)))
        case 5: rebind(consumer, of: peer)
        case 6: simulator.closeConsumer(consumer, of: peer)
        case 7: peer.requestKeyframe(consumer)
        case 9, 10: simulator.setView(consumer, of: peer, dice.view())
        default:
            let number = UInt16(truncatingIfNeeded: dice.next())
            peer.nack(ConsumerSsrc.media(consumer), (0..<30).map { number &+ $0 })
        }
    }

    private mutating func choose(_ consumer: ConsumerIndex, of peer: SimulatedPeer) {
        // What is not shown, its allocator leaves alone.
        guard dice.chance(0.7), peer.outgoing[ConsumerSsrc.media(consumer)]?.isHidden != true else { return }
        let choice = LayerChoice(
            simulcast: UInt8(dice.below(3)), spatial: UInt8(dice.below(4)), temporal: UInt8(dice.below(4)))
        trace("consumer \(consumer.value) of peer \(peer.number) gets \(choice)")
        simulator.setTarget(consumer, of: peer, choice)
    }

    /// Keeps a chosen slot for one producer, gives it back, or leaves somebody out.
    private mutating func repin(_ consumer: ConsumerIndex, of peer: SimulatedPeer) {
        let kind = simulator.control.kind(of: consumer, on: peer.handle.shard)
        let others = openPublications(in: peer.room).filter { $0.kind == kind && $0.peer !== peer }
        if others.isEmpty || dice.chance(0.4) {
            simulator.pin(consumer, of: peer, to: nil)
        } else if dice.chance(0.8) {
            simulator.pin(consumer, of: peer, to: dice.pick(others))
        } else {
            simulator.exclude(dice.pick(others).peer, for: peer)
        }
    }

    /// Another producer of the room, or none.
    private mutating func rebind(_ consumer: ConsumerIndex, of peer: SimulatedPeer) {
        if simulator.isChosen(consumer, of: peer) { return repin(consumer, of: peer) }
        guard let kind = simulator.control.kind(of: consumer, on: peer.handle.shard) else { return }
        let taken = peer.consumers.compactMap {
            simulator.control.consumers[Int(peer.handle.shard)][Int($0.value)]?.producer
        }
        let free = openPublications(in: peer.room).filter {
            guard let index = $0.index(on: Int(peer.handle.shard)) else { return false }
            return $0.kind == kind && !taken.contains(index) && $0.peer !== peer
        }
        simulator.bind(consumer, of: peer, to: free.isEmpty || dice.chance(0.3) ? nil : dice.pick(free))
    }

    /// The control side closes whom the shard reported lost.
    private func cleanUp() {
        for peer in simulator.peers where peer.loss != nil && !peer.isClosed { simulator.leave(peer) }
    }
}

extension Dice {
    mutating func view() -> View {
        let width = pick([0, 160, 640, 1280, 3840]) as UInt16
        return View(width: width, height: width / 16 * 9, isPinned: chance(0.2))
    }

    mutating func networkMood() -> NetworkMood {
        var mood = NetworkMood()
        mood.delayNanoseconds = within(1...60) * 1_000_000
        if chance(0.4) { return mood }
        func some(_ dice: inout Dice, _ ratios: [Double]) -> Double { dice.chance(0.5) ? dice.pick(ratios) : 0 }
        mood.loss = some(&self, [0.001, 0.02, 0.2])
        mood.burstLoss = some(&self, [0.001, 0.005])
        mood.burstLength = pick([3, 20, 100, 700])
        mood.reorder = some(&self, [0.001, 0.05, 0.3])
        mood.duplication = some(&self, [0.01, 0.2])
        mood.corruption = some(&self, [0.001, 0.05])
        mood.truncation = some(&self, [0.001, 0.05])
        mood.jitterNanoseconds = pick([0, 1, 10, 40]) * 1_000_000
        return mood
    }

    mutating func kernelMood() -> KernelMood {
        var mood = KernelMood()
        mood.arrivalsMax = pick([1, 3, 16, 64])
        mood.merging = pick([0, 0.5, 1])
        mood.slowSends = pick([0, 0, 0.3, 1])
        mood.leaps = pick([0, 0, 1])
        mood.leapNanosecondsMax = pick([50_000_000, 2_000_000_000, 40_000_000_000])
        mood.shortBuffers = pick([0, 0, 0.01])
        return mood
    }
}

extension NetworkMood {
    var text: String {
        var parts: [String] = []
        func add(_ name: String, _ ratio: Double) { if ratio > 0 { parts.append("\(name) \(ratio)") } }
        add("loss", loss)
        add("bursts", burstLoss)
        add("reorder", reorder)
        add("duplicates", duplication)
        add("corruption", corruption)
        add("truncation", truncation)
        return "\(delayNanoseconds / 1_000_000)+\(jitterNanoseconds / 1_000_000) ms"
            + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
    }
}
