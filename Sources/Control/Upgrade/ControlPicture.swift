import Contract
import Snapshot

/// What the control side knows, as data: rooms, peers and what they have, and the resources that clients know by name.
struct ControlPicture: Portable {
    static let format: UInt32 = 1
    var format = Self.format
    var shards: [ShardPicture] = []
    var rooms: [RoomPicture] = []
    var whip: [WhipPicture] = []
    var sessions: [SessionPicture] = []

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &format)
        book.check(format == Self.format, "the picture's format is \(format), not \(Self.format)")
        book.list(2, &shards) { ShardPicture() }
        book.list(3, &rooms) { RoomPicture() }
        book.list(4, &whip) { WhipPicture() }
        book.list(5, &sessions) { SessionPicture() }
    }

    var bytes: [UInt8] {
        var (book, picture) = (SnapshotBook(), self)
        picture.carry(&book)
        return book.bytes
    }

    init() {}

    init(reading bytes: [UInt8]) throws(SnapshotFailure) {
        var book = SnapshotBook(reading: bytes)
        carry(&book)
        if let failure = book.failure { throw failure }
    }
}

/// By peer index: the generation of who has the place or had it last, so that late word about somebody reaches nobody.
struct ShardPicture: Portable {
    var generations: [UInt16] = []

    mutating func carry(_ book: inout SnapshotBook) { book.fields(1, &generations) }
}

struct RoomPicture: Portable {
    var name = ""
    var serial: UInt64 = 0
    var shard: ShardIndex = 0
    var index: UInt32 = 0
    /// In the order in which they joined.
    var peers: [PeerPicture] = []
    /// Id of who speaks; empty for nobody.
    var speaker = ""

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &name)
        book.field(2, &serial)
        book.field(3, &shard)
        book.field(4, &index)
        book.list(5, &peers) { PeerPicture() }
        book.field(6, &speaker)
    }
}

struct PeerPicture: Portable {
    var id = ""
    var name = ""
    var userId = ""
    var index: UInt32 = 0
    var generation: UInt16 = 0
    var isMember = false
    /// 0 nobody, 1 everybody, 2 only, 3 not; then whose name.
    var interest: UInt8 = 0
    var interestName = ""
    var ufrag = ""
    var password = ""
    var restarts: UInt8 = 0
    /// Its shard knows it, by this.
    var order: PeerOrder?
    var fingerprint: [UInt8] = []
    var isConnected = false
    var profile: UInt16 = 0
    var slots: [Int32] = [-1, -1]
    /// Bit by kind.
    var chosenKinds: UInt8 = 0
    var producers: [ProducerPicture] = []
    var consumers: [ConsumerPicture] = []
    /// Its place in the platform's books; empty for who belongs to no tenant.
    var stay: [MidPicture] = []

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &id)
        book.field(2, &name)
        book.field(3, &userId)
        book.field(4, &index)
        book.field(5, &generation)
        book.field(6, &isMember)
        book.field(7, &interest)
        book.field(8, &interestName)
        book.field(9, &ufrag)
        book.field(10, &password)
        book.field(11, &restarts)
        carryOrder(&book)
        book.field(13, &fingerprint)
        book.field(14, &isConnected)
        book.field(15, &profile)
        book.fields(16, &slots)
        book.field(17, &chosenKinds)
        book.list(18, &producers) { ProducerPicture() }
        book.list(19, &consumers) { ConsumerPicture() }
        book.list(20, &stay) { MidPicture() }
        book.check(slots.count == 2 && (4...256).contains(ufrag.utf8.count), "peer \(id) is not whole")
    }

    private mutating func carryOrder(_ book: inout SnapshotBook) {
        var told = order ?? PeerOrder()
        guard book.isReading || order != nil else { return }
        if book.message(12, &told) { order = told }
    }
}

/// What `OpenPeer` says besides.
struct PeerOrder: Portable {
    var remoteUfrag = FixedBytes<256>()
    var media = MediaMap()

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &remoteUfrag)
        var codecs = InlineArray<128, UInt8> { media.codecOfPayloadType[$0].rawValue }
        book.fields(2, &codecs)
        book.fields(3, &media.repairedPayloadType)
        book.fields(4, &media.payloadTypeOfCodec)
        book.fields(5, &media.rtxPayloadTypeOfCodec)
        book.fields(6, &media.extensionOfId)
        book.fields(7, &media.idOfExtension)
        book.field(8, &media.fecPayloadType)
        book.field(9, &media.transportKinds)
        guard book.isReading else { return }
        for type in 0..<128 {
            guard let codec = Codec(rawValue: codecs[type]) else { return book.fail(.refused("a codec is unknown")) }
            media.codecOfPayloadType[type] = codec
        }
        book.check(isBounded, "a map of media is out of range")
    }

    private var isBounded: Bool {
        func holds(_ type: UInt8) -> Bool { type < 128 || type == 255 }
        for type in 0..<128 where !holds(media.repairedPayloadType[type]) { return false }
        for codec in 0..<16
        where !holds(media.payloadTypeOfCodec[codec]) || !holds(media.rtxPayloadTypeOfCodec[codec]) {
            return false
        }
        for id in 0..<16 where media.idOfExtension[id] > 14 { return false }
        for id in 0..<16 where media.extensionOfId[id] != 255 && media.extensionOfId[id] >= UInt8(HeaderExtension.count)
        {
            return false
        }
        return holds(media.fecPayloadType)
    }
}

struct ProducerPicture: Portable {
    var index: UInt32 = 0
    var kind = MediaKind.audio
    var source = MediaSource.microphone
    var mid = ""
    var serial: UInt32 = 0
    var isMuted = false
    /// 0 while no packet has come.
    var codec: UInt8 = 0
    var layers: [LayerPicture] = []

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &index)
        book.field(2, &kind)
        book.field(3, &source)
        book.field(4, &mid)
        book.field(5, &serial)
        book.field(6, &isMuted)
        book.field(7, &codec)
        book.list(8, &layers) { LayerPicture() }
        book.check((1...Limits.layersMax).contains(layers.count), "a producer has \(layers.count) layers")
    }
}

struct LayerPicture: Portable {
    var layer = LayerDescription()

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &layer.rid)
        book.field(2, &layer.ssrc)
        book.field(3, &layer.rtxSsrc)
    }
}

struct ConsumerPicture: Portable {
    var index: UInt32 = 0
    var kind = MediaKind.audio
    var mid = ""
    var group: Int32 = -1
    var isOpen = false
    /// Serial of what it carries; 0 for nothing.
    var producer: UInt32 = 0
    var spatial: Int32 = -1
    var isPaused = false
    var held = PauseReason.none
    var isPinned = false
    var hasView = false
    var view = View.unknown

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &index)
        book.field(2, &kind)
        book.field(3, &mid)
        book.field(4, &group)
        book.field(5, &isOpen)
        book.field(6, &producer)
        book.field(7, &spatial)
        book.field(8, &isPaused)
        book.field(9, &held)
        book.field(10, &isPinned)
        book.field(11, &hasView)
        book.field(12, &view.width)
        book.field(13, &view.height)
        book.field(14, &view.isPinned)
        book.check(spatial < Int32(Limits.layersMax), "a layer is out of range")
    }
}

/// A WHIP or WHEP resource.
struct WhipPicture: Portable {
    var isWhep = false
    var id = ""
    var room = ""
    var peer = ""
    var remoteUfrag = ""
    var tag = ""
    var mids: [MidPicture] = []
    var firstMedia = ""

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &isWhep)
        book.field(2, &id)
        book.field(3, &room)
        book.field(4, &peer)
        book.field(5, &remoteUfrag)
        book.field(6, &tag)
        book.list(7, &mids) { MidPicture() }
        book.field(8, &firstMedia)
    }
}

/// A mid, or another word of a list.
struct MidPicture: Portable {
    var mid = ""
    mutating func carry(_ book: inout SnapshotBook) { book.field(1, &mid) }
}

extension [MidPicture] {
    init(words: [String]) { self = words.map { MidPicture(mid: $0) } }
    var words: [String] { map(\.mid) }
}
