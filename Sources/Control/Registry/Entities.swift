import Contract
import Tenancy

/// A room as the control side knows it. It lives as long as it has peers, or peers that their shard has not released yet.
final class Room {
    let name: String
    /// Tells it from a later room of the same name.
    let serial: UInt64
    /// Its parts on shards, the home first: where it began, and where publishers that get nothing go.
    var parts: [RoomPart] = []
    /// In the order in which they joined.
    var peers: [Peer] = []
    /// In the order in which they were opened.
    var producers: [Producer] = []
    var speaker: Peer?
    /// Another control plane opened it: it stays when its last peer has left.
    var isKept = false

    init(name: String, serial: UInt64 = .random(in: .min ... .max)) {
        self.name = name
        self.serial = serial
    }

    var home: RoomPart { parts[0] }

    func part(on shard: ShardState) -> RoomPart? { parts.first { $0.shard === shard } }
}

/// What one shard has of a room: some of its peers, and mirrors of the producers that are elsewhere.
final class RoomPart {
    unowned let room: Room
    let index: RoomIndex
    let shard: ShardState
    var peerCount = 0
    /// Peers that are closed and not yet released.
    var closingCount = 0
    /// Mirrors that the shard has not released.
    var mirrorCount = 0

    init(room: Room, index: RoomIndex, shard: ShardState) {
        self.room = room
        self.index = index
        self.shard = shard
    }
}

/// One remote end with one peer connection.
final class Peer {
    enum State {
        /// It has a handle and credentials; the shard does not know it.
        case reserved
        case open
        /// `closePeer` is sent, or was not necessary; the handle is somebody else's as soon as the shard says so.
        case closed
    }

    let id: String
    let name: String
    /// From the token; empty when there is none.
    let userId: String
    let handle: PeerHandle
    let room: Room
    let part: RoomPart
    let interest: Interest
    /// Whether the others are told of it: members of a meeting and WHIP publishers are, WHEP viewers are not.
    let isMember: Bool
    weak var observer: (any PeerObserver)?
    /// Since 1970.
    let openedMilliseconds = Session.nowMilliseconds()

    var state = State.reserved
    var ice: LocalCredentials
    var producers: [Producer] = []
    /// In m-line order.
    var consumers: [Consumer] = []
    var isConnected = false
    /// At an address that was told, without ICE and DTLS.
    var isPlain = false
    var profile: SrtpProfile?
    /// What its shard was told, brought up to date: for a process that takes over.
    var remoteUfrag = ""
    var media = MediaMap()
    /// Of the certificate that its handshake shows.
    var fingerprint = FixedBytes<32>()
    /// Why it is no longer there, for those who watch.
    var departure = "left"
    /// Its place in the platform's books; nil for who belongs to no tenant.
    var stay: Stay?
    /// How many slots of a kind its client wants at most; nil for as many as the server gives.
    var slotsWanted: [MediaKind: Int] = [:]
    /// Kinds of which there are more producers than slots: the shard chooses what these carry.
    var chosenKinds: Set<MediaKind> = []

    init(
        id: String, name: String, userId: String, handle: PeerHandle, room: Room, part: RoomPart, interest: Interest,
        isMember: Bool, ice: LocalCredentials
    ) {
        self.id = id
        self.name = name
        self.userId = userId
        self.handle = handle
        self.room = room
        self.part = part
        self.interest = interest
        self.isMember = isMember
        self.ice = ice
    }

    var shard: ShardState { part.shard }
}

/// Whose producers a peer gets.
enum Interest: Equatable {
    case nobody
    case everybody
    case only(String)
    case not(String)
    /// What it is given one by one.
    case byHand

    func includes(_ name: String) -> Bool {
        switch self {
        case .nobody, .byHand: false
        case .everybody: true
        case .only(let wanted): name == wanted
        case .not(let unwanted): name != unwanted
        }
    }
}

final class Producer {
    let index: ProducerIndex
    let kind: MediaKind
    let source: MediaSource
    let mid: String
    let layers: [LayerDescription]
    let peer: Peer
    /// No other producer has it.
    let serial: UInt32
    /// By shard: what stands for it where other members of the room are.
    var mirrors: [ShardIndex: ProducerIndex] = [:]
    var isMuted = false
    /// Known once packets arrive.
    var codec: Codec?

    init(
        index: ProducerIndex, kind: MediaKind, source: MediaSource, mid: String, layers: [LayerDescription], peer: Peer,
        serial: UInt32
    ) {
        self.index = index
        self.kind = kind
        self.source = source
        self.mid = mid
        self.layers = layers
        self.peer = peer
        self.serial = serial
    }

    var layerCount: Int { layers.count }

    /// What it is on a shard; nil where there is nothing of it.
    func index(on shard: ShardState) -> ProducerIndex? { peer.shard === shard ? index : mirrors[shard.index] }
}

/// A place at a subscriber where one producer after the other can be sent: an m-line with an SSRC that stay.
final class Consumer {
    enum State {
        /// The index and thus the SSRC are taken; the shard does not know it yet.
        case reserved
        case open
        /// The subscriber refused the m-line.
        case closed
    }

    let index: ConsumerIndex
    let kind: MediaKind
    let mid: String
    let peer: Peer
    /// Consumers of one group share a media stream, which players keep in sync: they carry one publisher where possible.
    /// Nil where the subscriber's m-lines are filled in order, whoever comes.
    let group: Int?
    var state = State.reserved
    var producer: Producer?
    /// What the subscriber asked for; nil for the best layer.
    var spatial: UInt8?
    var isPaused = false
    /// How the subscriber shows it; nil when it has not said.
    var view: View?
    /// Why the shard sends nothing on it.
    var held = PauseReason.none
    /// The client wants this producer before all others.
    var isPinned = false

    /// The shard chooses what it carries, and tells.
    var isChosen: Bool { !isPinned && peer.chosenKinds.contains(kind) }

    init(index: ConsumerIndex, kind: MediaKind, mid: String, group: Int?, peer: Peer) {
        self.index = index
        self.kind = kind
        self.mid = mid
        self.group = group
        self.peer = peer
    }

    var ssrc: UInt32 { ConsumerSsrc.media(index) }
    var rtxSsrc: UInt32 { kind == .video ? ConsumerSsrc.rtx(index) : 0 }
    var fecSsrc: UInt32 { kind == .video ? ConsumerSsrc.fec(index) : 0 }
}

/// What a peer's session hears. All of it on the loop, none of it after the peer was closed by the session itself.
protocol PeerObserver: AnyObject {
    func peerConnected()
    func peerSecured()
    /// The registry has closed the peer already.
    func peerLost(_ loss: PeerLoss)
    /// Somebody with the right to do so puts the peer out: its session ends, and the peer with it.
    func peerRemoved()
    /// What the peer's consumers carry has changed.
    func slotsChanged()
    /// There is a producer for the peer and no free consumer of its kind: open one more if that is possible.
    func slotWanted(for producer: Producer) -> Consumer?
    func memberJoined(_ member: Peer)
    func memberLeft(_ member: Peer)
    func producerMuted(_ producer: Producer)
    func speakerChanged(_ member: Peer?)
    /// The shard sends nothing on a consumer, or something again: `Consumer.held` says why.
    func consumerHeld(_ consumer: Consumer)
}

extension PeerObserver {
    func peerConnected() {}
    func peerSecured() {}
    func peerRemoved() {}
    func slotsChanged() {}
    func slotWanted(for producer: Producer) -> Consumer? { nil }
    func memberJoined(_ member: Peer) {}
    func memberLeft(_ member: Peer) {}
    func producerMuted(_ producer: Producer) {}
    func speakerChanged(_ member: Peer?) {}
    func consumerHeld(_ consumer: Consumer) {}
}
