import Contract
import Protocol
import Testing

@testable import Control

/// Any calls in any order, with ids that are right, stale or made up, leave the books whole.
struct RemoteRandomTests {
    /// The same numbers for the same seed.
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    private final class Caller {
        let rig: RemoteRig
        var random: Random
        /// Everything that was ever called something, and some that never were.
        var peers = ["nobody"], producers = ["nothing"], consumers = ["nothing"]
        var refusals: [String: Int] = [:]
        var done = 0

        init(_ rig: RemoteRig, seed: UInt64) {
            self.rig = rig
            random = Random(state: seed)
        }

        var remote: Remote { rig.remote }
        func room() -> String { ["garden", "hall", "attic"].randomElement(using: &random)! }
        func pick(_ ids: [String]) -> String { ids.randomElement(using: &random)! }

        func step() {
            do {
                try call(Int.random(in: 0..<22, using: &random))
                done += 1
            } catch let fault as RemoteFault {
                refusals[fault.code, default: 0] += 1
            } catch {
                Issue.record("\(error)")
            }
            if Int.random(in: 0..<3, using: &random) == 0 { rig.settle() }
        }

        private func call(_ number: Int) throws {
            let (room, peer) = (room(), pick(peers.suffix(12)))
            let (producer, consumer) = (pick(producers.suffix(12)), pick(consumers.suffix(12)))
            switch number {
            case 0: _ = try remote.createRoom(.with { $0.room = room })
            case 1 where Int.random(in: 0..<4, using: &random) == 0:
                _ = try remote.closeRoom(.with { $0.room = room })
            case 2...4: peers.append(try rig.webRtc(room, connected: number != 2))
            case 5: try rig.connect(peer, room)
            case 6, 7, 8:
                producers.append(try rig.produce(peer, number == 6 ? .audio : .video, room).producerID)
            case 9, 10, 11: consumers.append(try rig.consume(peer, producer, room).consumerID)
            case 12: try media(room, producer, consumer)
            case 13: _ = try remote.closeProducer(.with { ($0.room, $0.producerID) = (room, producer) })
            case 14: _ = try remote.closeConsumer(.with { ($0.room, $0.consumerID) = (room, consumer) })
            case 15: _ = try remote.closeTransport(.with { ($0.room, $0.transportID) = (room, peer) })
            case 16: try plain(room)
            case 17: _ = try remote.kick(.with { ($0.room, $0.peerID) = (room, peer) })
            case 18: try join(room)
            case 19: _ = try remote.mute(.with { ($0.room, $0.peerID, $0.muted) = (room, peer, true) })
            case 20: _ = try remote.leave(.with { ($0.room, $0.peerID) = (room, peer) })
            default: loseSomebody()
            }
        }

        private func media(_ room: String, _ producer: String, _ consumer: String) throws {
            _ = try remote.pauseProducer(.with { ($0.room, $0.producerID, $0.paused) = (room, producer, true) })
            _ = try remote.pauseConsumer(.with { ($0.room, $0.consumerID, $0.paused) = (room, consumer, true) })
            _ = try remote.setPreferredLayers(.with { ($0.room, $0.consumerID, $0.spatial) = (room, consumer, 1) })
        }

        private func plain(_ room: String) throws {
            let transport = try remote.createPlainTransport(.with { $0.room = room }).transportID
            peers.append(transport)
            _ = try remote.connectPlainTransport(
                .with { ($0.room, $0.transportID, $0.address, $0.port) = (room, transport, "::1", 47_000) })
        }

        private func join(_ room: String) throws {
            let names = ["chromiumPublishVp8Simulcast.sdp", "chromiumRecvonly.sdp", "wrtcPublish.sdp", ""]
            let name = names.randomElement(using: &random)!
            let offer = name.isEmpty ? "" : try Offers.text(name)
            let joined = try remote.join(.with { ($0.room, $0.offer) = (room, offer) })
            peers.append(joined.peerID)
            guard !joined.offer.isEmpty, Bool.random(using: &random) else { return }
            _ = try remote.answer(
                .with {
                    ($0.room, $0.peerID, $0.offerVersion) = (room, joined.peerID, joined.offerVersion)
                    $0.answer = Answers.text(to: joined.offer)
                    $0.publish = [.microphone, .camera]
                })
        }

        private func loseSomebody() {
            rig.settle()
            let rooms = rig.registry.rooms.values.sorted { $0.name < $1.name }
            let open = rooms.flatMap(\.peers).filter { $0.state == .open }
            guard let peer = open.randomElement(using: &random) else { return }
            rig.shards.emit(.peerLost(peer.handle, .consentExpired), shard: Int(peer.shard.index))
        }
    }

    @Test(arguments: 1...12) func nothingIsLeftBehind(_ seed: UInt64) throws {
        let rig = RemoteRig(FakeShards(count: seed % 2 == 0 ? 1 : 2))
        let free = rig.free
        let caller = Caller(rig, seed: seed)
        for _ in 0..<500 { caller.step() }
        #expect(caller.done > 100)
        for name in rig.registry.rooms.keys.sorted() { _ = try rig.remote.closeRoom(.with { $0.room = name }) }
        rig.settle()
        rig.settle()
        #expect(rig.registry.rooms.isEmpty && rig.registry.peerCount == 0)
        #expect(rig.remote.sessions.isEmpty)
        #expect(rig.free == free)
        #expect(caller.refusals["BUSY"] == nil)
    }
}
