import Contract
import Logging
import NIOCore
import Shard

/// One shard as the control side keeps its books: what is open there and which places are free.
final class ShardState {
    let index: ShardIndex
    let limits: Limits
    let link: ShardLink
    let commands: Outbox<Command>
    var rooms: Table<Room>
    var peers: Table<Peer>
    var producers: Table<Producer>
    var consumers: Table<Consumer>
    /// By peer index: the generation of whoever has the place, or had it last.
    var generations: [UInt16]

    init(_ link: ShardLink, loop: any EventLoop) {
        index = link.index
        limits = link.limits
        self.link = link
        commands = Outbox(link.commands, bell: link.commandBell, loop: loop)
        rooms = Table(capacity: limits.roomsMax)
        peers = Table(capacity: limits.peersMax)
        producers = Table(capacity: limits.producersMax)
        consumers = Table(capacity: limits.consumersMax)
        generations = Array(repeating: 0, count: limits.peersMax)
    }

    /// What the shard uses of its processor, of a hundred.
    private(set) var busyPercent: UInt8 = 0
    /// How much the shard leaves out for want of time.
    private(set) var shedLevel: UInt8 = 0
    /// From here on nobody new is let in: media would suffer. Those who are in may go on, and publish.
    static let busyPercentMax: UInt8 = 90

    var isOverloaded: Bool { shedLevel > 0 || busyPercent >= Self.busyPercentMax }

    func noteLoad(busyPercent: UInt8, shedLevel: UInt8, _ log: Logger) {
        if (shedLevel > 0) != (self.shedLevel > 0) {
            log.warning(
                shedLevel > 0 ? "the shard leaves video out to keep its time" : "the shard forwards everything again",
                metadata: ["shard": "\(index)", "level": "\(shedLevel)", "busy": "\(busyPercent) %"])
        }
        self.busyPercent = busyPercent
        self.shedLevel = shedLevel
    }

    func reservePeer() -> PeerHandle? {
        guard let place = peers.reserve() else { return nil }
        generations[Int(place)] &+= 1
        return PeerHandle(shard: index, index: place, generation: generations[Int(place)])
    }

    /// Nil when the place has been taken by somebody else since.
    func peer(_ handle: PeerHandle) -> Peer? {
        guard let peer = peers[handle.index], peer.handle == handle else { return nil }
        return peer
    }

    /// How much it has to do, as far as the books tell: every consumer costs a copy of every packet.
    var load: Int { consumers.usedCount + peers.usedCount }

    /// Before anything that adds work for the shard.
    func checkNotBusy() throws(RegistryError) {
        if commands.isCongested { throw .shardBusy }
    }
}
