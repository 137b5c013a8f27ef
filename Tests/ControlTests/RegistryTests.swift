import Contract
import Logging
import NIOEmbedded
import Testing

@testable import Control

/// The books alone, with shards that answer when they are told to.
struct RegistryTests {
    let loop = EmbeddedEventLoop()
    let shards: FakeShards
    let registry: Registry

    init() {
        self.init(FakeShards())
    }

    init(
        _ shards: FakeShards, roomPeersMax: Int = 200, spreading: Spreading = Spreading(),
        slotsMax: SlotsMax = SlotsMax()
    ) {
        self.shards = shards
        registry = Registry(
            plane: shards.plane, roomPeersMax: roomPeersMax, spreading: spreading, slotsMax: slotsMax,
            loop: loop, log: Logger(label: "test"))
    }

    func settle() {
        for _ in 0..<3 {
            loop.run()
            shards.step()
            registry.takeEvents()
        }
    }

    func open(_ room: String, _ name: String, interest: Interest = .everybody) throws -> Peer {
        let peer = try registry.enter(room: room, as: name, interest: interest, isMember: true)
        try registry.open(peer, remoteUfrag: "remote", fingerprint: FixedBytes(), media: MediaMap())
        return peer
    }

    func publish(_ peer: Peer, _ kind: MediaKind = .video) throws -> Producer {
        try registry.publish(
            peer, kind: kind, source: kind == .video ? .camera : .microphone, mid: FixedBytes("1")!,
            layers: [LayerDescription()])
    }

    func slot(_ peer: Peer, _ kind: MediaKind = .video, mid: String = "3") throws -> Consumer {
        let consumer = try registry.reserveConsumer(peer, kind: kind, mid: mid)
        registry.openConsumer(consumer)
        return consumer
    }

    @Test func everyPlaceComesBackAfterAThousandJoins() throws {
        let shard = registry.shards[0]
        let free = (shard.rooms.freeCount, shard.peers.freeCount, shard.producers.freeCount, shard.consumers.freeCount)
        for round in 0..<1000 {
            let anna = try open("room\(round % 7)", "anna")
            let bert = try open("room\(round % 7)", "bert")
            _ = try slot(bert)
            _ = try publish(anna)
            registry.distribute(to: bert)
            registry.leave(round % 2 == 0 ? anna : bert)
            settle()
            registry.leave(round % 2 == 0 ? bert : anna)
            settle()
        }
        let now = (shard.rooms.freeCount, shard.peers.freeCount, shard.producers.freeCount, shard.consumers.freeCount)
        #expect(now == free)
        #expect(registry.rooms.isEmpty && registry.peerCount == 0)
        #expect(registry.counters.staleEvents == 0)
    }

    @Test func aPlaceIsNotUsedAgainBeforeItsRelease() throws {
        shards.releasesAtOnce = false
        let anna = try open("garden", "anna")
        registry.leave(anna)
        settle()
        let handles = try (0..<100).map { _ in
            let peer = try open("garden", "next")
            registry.leave(peer)
            settle()
            return peer.handle
        }
        #expect(!handles.map(\.index).contains(anna.handle.index))
        #expect(registry.rooms["garden"] != nil)
        shards.emit(.peerReleased(anna.handle))
        registry.takeEvents()
        #expect(registry.shards[0].peers[anna.handle.index] == nil)
    }

    @Test func theNextInAPlaceHasAnotherGeneration() throws {
        let small = RegistryTests(
            FakeShards(limits: Limits(roomsMax: 2, peersMax: 1, producersMax: 2, consumersMax: 2)))
        let first = try small.open("garden", "anna")
        #expect(throws: RegistryError.peersExhausted) { try small.open("garden", "bert") }
        small.registry.leave(first)
        small.settle()
        let second = try small.open("garden", "bert")
        #expect(second.handle.index == first.handle.index)
        #expect(second.handle.generation != first.handle.generation)
        // A late word about the first finds nobody.
        small.shards.emit(.peerLost(first.handle, .consentExpired))
        small.registry.takeEvents()
        #expect(second.state == .open)
        #expect(small.registry.counters.staleEvents == 1)
    }

    @Test func roomsGoToTheShardWithTheFewestPeers() throws {
        let two = RegistryTests(FakeShards(count: 2))
        let first = try two.open("a", "anna")
        let second = try two.open("b", "bert")
        #expect(first.handle.shard != second.handle.shard)
        // A room stays where it is.
        #expect(try two.open("a", "carl").handle.shard == first.handle.shard)
        #expect(try two.open("c", "dora").handle.shard == second.handle.shard)
    }

    @Test func drainingOpensNoRoomAndFillsThoseThatHaveSomebody() throws {
        shards.releasesAtOnce = false
        let anna = try open("garden", "anna")
        let carl = try open("meadow", "carl")
        registry.isDraining = true
        #expect(throws: RegistryError.draining) { try open("orchard", "dora") }
        _ = try open("garden", "bert")
        // The name still leads to a room, but nobody is in it.
        registry.leave(carl)
        settle()
        #expect(registry.rooms["meadow"] != nil)
        #expect(throws: RegistryError.draining) { try open("meadow", "dora") }
        registry.leave(anna)
        _ = try open("garden", "anna")
        #expect(registry.peerCount == 2)
    }

    @Test func aRoomIsClosedAfterItsLastPeerIsReleased() throws {
        shards.releasesAtOnce = false
        let anna = try open("garden", "anna")
        settle()
        registry.leave(anna)
        settle()
        #expect(!shards.commands.contains { if case .closeRoom = $0 { true } else { false } })
        shards.emit(.peerReleased(anna.handle))
        settle()
        #expect(shards.commands.contains { if case .closeRoom = $0 { true } else { false } })
        #expect(registry.rooms.isEmpty)
    }

    @Test func withoutChoiceSlotsAreFilledInTheOrderInWhichProducersCame() throws {
        let books = RegistryTests(FakeShards(), slotsMax: SlotsMax(audio: 0, video: 0))
        try books.fillInOrder()
    }

    private func fillInOrder() throws {
        let viewer = try open("garden", "viewer", interest: .not("bert"))
        let slots = [try slot(viewer, mid: "0"), try slot(viewer, mid: "1")]
        let anna = try publish(try open("garden", "anna"))
        _ = try publish(try open("garden", "bert"))
        let carl = try publish(try open("garden", "carl"))
        let dora = try publish(try open("garden", "dora"))
        #expect(slots.map { $0.producer === anna || $0.producer === carl } == [true, true])
        #expect(slots[0].producer === anna)
        // The one that waited takes the place of the one that leaves.
        registry.leave(anna.peer)
        #expect(slots[0].producer === dora)
        settle()
        let binds = shards.commands.compactMap { command -> ProducerIndex? in
            if case .bindConsumer(slots[0].index, let producer) = command { producer } else { nil }
        }
        #expect(binds == [anna.index, .none, dora.index])
    }

    @Test func aShardThatHangsMakesNewcomersWaitAndLosesNoClose() throws {
        let limits = Limits(roomsMax: 8, peersMax: 64, producersMax: 64, consumersMax: 64, mailboxMax: 32)
        let slow = RegistryTests(FakeShards(limits: limits))
        slow.shards.isListening = false
        var peers: [Peer] = []
        #expect(throws: RegistryError.shardBusy) {
            while true { peers.append(try slow.open("garden", "peer\(peers.count)")) }
        }
        #expect(peers.count > 10)
        for peer in peers { slow.registry.leave(peer) }
        slow.loop.run()
        slow.shards.isListening = true
        for _ in 0..<8 {
            slow.settle()
            slow.loop.advanceTime(by: .milliseconds(5))
        }
        let closed = slow.shards.commands.count { if case .closePeer = $0 { true } else { false } }
        #expect(closed == peers.count)
        #expect(slow.registry.shards[0].peers.usedCount == 0)
        #expect(slow.registry.rooms.isEmpty)
    }

    @Test func reportsUnderWayAreShared() throws {
        let first = registry.reports.all()
        let second = registry.reports.all()
        settle()
        #expect(try first.wait()[0]?.datagramsReceived == 42)
        #expect(try second.wait()[0]?.datagramsReceived == 42)
        #expect(shards.commands.count { if case .report = $0 { true } else { false } } == 1)
        #expect(registry.reports.pendingCount == 0)
    }

    @Test func aShardThatDoesNotAnswerHoldsUpNoReport() throws {
        shards.isListening = false
        let asked = registry.reports.all()
        settle()
        loop.advanceTime(by: .seconds(3))
        #expect(try asked.wait().map { $0 == nil } == [true])
        shards.isListening = true
        settle()
        let answered = registry.reports.all()
        settle()
        #expect(try answered.wait()[0]?.datagramsReceived == 42)
        #expect(registry.reports.pendingCount == 0)
    }

    @Test func whoIsNotLetInIsCountedByTheReason() throws {
        registry.isDraining = true
        #expect(throws: RegistryError.draining) { try open("garden", "anna") }
        #expect(registry.counters.refusals == ["draining": 1])
        #expect(RegistryError.labels.contains(RegistryError.roomFull(max: 1).label))
    }

    @Test func whatWasAskedForATrackIsForgottenWithIt() throws {
        let viewer = try open("garden", "viewer")
        let slot = try slot(viewer)
        let anna = try publish(try open("garden", "anna"))
        try registry.selectLayer(slot, spatial: 0)
        try registry.pause(slot, true)
        registry.unpublish(anna)
        _ = try publish(try open("garden", "bert"))
        settle()
        let last = shards.commands.compactMap { command -> String? in
            switch command {
            case .selectLayer(slot.index, let spatial): "layer \(spatial)"
            case .pauseConsumer(slot.index, let isPaused): "paused \(isPaused)"
            default: nil
            }
        }
        #expect(last == ["layer 0", "paused true", "layer 2", "paused false"])
    }

    @Test func aViewIsOfOneTrackAndIsSaidOnce() throws {
        let viewer = try open("garden", "viewer")
        let slot = try slot(viewer)
        let anna = try publish(try open("garden", "anna"))
        let view = View(width: 320, height: 180)
        try registry.setView(slot, view)
        try registry.setView(slot, view)
        registry.unpublish(anna)
        _ = try publish(try open("garden", "bert"))
        #expect(slot.view == nil)
        try registry.setView(slot, view)
        settle()
        let views = shards.commands.count { if case .setView(slot.index, view) = $0 { true } else { false } }
        #expect(views == 2)
    }

    @Test func aPeerPublishesSoMuchAndNoMore() throws {
        let anna = try open("garden", "anna")
        for _ in 0..<Registry.peerProducersMax { _ = try publish(anna) }
        #expect(throws: RegistryError.peerProducersExhausted(max: Registry.peerProducersMax)) { try publish(anna) }
    }
}
