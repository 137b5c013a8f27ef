/// SRTP profiles by the names that `millrace load --srtp` has.
public enum CipherName: String, Codable, Sendable, CaseIterable {
    case gcm, gcm256, sha1
}

/// Rooms of one kind.
public struct RoomKind: Encodable, Hashable, Sendable {
    public var name = "room"
    /// How many such rooms are open at the same time.
    public var count = 1
    public var people: Int
    /// The first so many of them send.
    public var publishers: Int
    /// The last so many of them get media; who does both gets that of the others.
    public var receivers: Int
    /// Peer connections of one who sends and receives: browsers by the SDK have one, WHIP and WHEP two.
    public var connections = 1
    /// Parts of the publishers whose sound, and whose picture, is on at a time.
    public var audioShare = 1.0
    public var videoShare = 1.0
    /// The highest layer's; 0 for no video.
    public var videoKilobits = 1500.0
    public var framesPerSecond = 30.0
    /// Layers of simulcast that a publisher sends.
    public var layers = 1
    /// Parts of the receivers that get each layer, lowest first.
    public var layerShares: [Double] = [1]
    /// Voices and pictures that one gets at most; 0 for all.
    public var voices = 3
    public var videos = 9
    public var cipher = CipherName.gcm
    /// Receivers give transport-wide feedback, as browsers do.
    public var feedback = true

    public init(people: Int) {
        self.people = people
        publishers = people
        receivers = people
    }

    /// Transport connections of one room.
    public var peers: Int {
        let both = max(0, publishers + receivers - people)
        return publishers + receivers - both + both * (connections - 1)
    }
}

/// What a service is to carry at its busiest.
public struct Workload: Encodable, Equatable, Sendable {
    public var name = "workload"
    public var rooms: [RoomKind]
    /// Over all rooms.
    public var joinsPerSecond = 0.0
    /// Everything times so much.
    public var growth = 1.0

    public init(rooms: [RoomKind]) { self.rooms = rooms }

    public var people: Int { rooms.reduce(0) { $0 + $1.count * $1.people } }
    public var peers: Int { rooms.reduce(0) { $0 + $1.count * $1.peers } }

    /// With `part` of its rooms, rounded up to whole ones, and `part` of its joins.
    public func scaled(by part: Double, rounding: FloatingPointRoundingRule = .up) -> Workload {
        var scaled = self
        for index in rooms.indices {
            // 1.1 times 10 is a little more than 11.
            let count = (Double(rooms[index].count) * part * 1e9).rounded() / 1e9
            scaled.rooms[index].count = Int(count.rounded(rounding))
        }
        scaled.joinsPerSecond *= part
        scaled.growth = 1
        return scaled
    }

    /// With growth in it.
    var grown: Workload { scaled(by: growth) }
}

extension Workload {
    static let countMax = 10_000_000

    /// From JSON as docs/plan.md has it; every mistake is named at once.
    public init(json text: String, name: String) throws(CapacityError) {
        try self.init(try Json.parse(text, name: name), name: name)
    }

    init(_ json: Json, name: String) throws(CapacityError) {
        var reader = FieldReader(json, at: name)
        var kinds: [RoomKind] = []
        self.init(rooms: [])
        self.name = reader.text("name", default: "workload")
        joinsPerSecond = reader.number("joinsPerSecond", default: 0, in: 0...100_000)
        growth = reader.number("growth", default: 1, in: 0.001...1000)
        let rooms = reader.list("rooms")
        if rooms?.isEmpty ?? true { reader.add(["\(name).rooms: expected a list of at least one kind of room"]) }
        for (index, room) in (rooms ?? []).enumerated() {
            var inner = FieldReader(room, at: "\(name).rooms[\(index)]")
            kinds.append(RoomKind(&inner))
            inner.refuseOthers()
            reader.add(inner.mistakes)
        }
        reader.refuseOthers()
        guard reader.mistakes.isEmpty else { throw CapacityError(lines: reader.mistakes) }
        self.rooms = kinds
    }
}

extension RoomKind {
    init(_ reader: inout FieldReader) {
        let people = reader.whole("people", default: nil, in: 1...100_000)
        self.init(people: people)
        name = reader.text("name", default: "room")
        count = reader.whole("count", default: 1, in: 1...Workload.countMax)
        publishers = reader.whole("publishers", default: people, in: 0...people)
        receivers = reader.whole("receivers", default: people, in: 0...people)
        connections = reader.whole("connections", default: 1, in: 1...2)
        audioShare = reader.number("audioShare", default: 1, in: 0...1)
        videoShare = reader.number("videoShare", default: 1, in: 0...1)
        videoKilobits = reader.number("videoKilobits", default: 1500, in: 0...100_000)
        framesPerSecond = reader.number("framesPerSecond", default: 30, in: 1...240)
        voices = reader.whole("voices", default: 3, in: 0...1000)
        videos = reader.whole("videos", default: 9, in: 0...1000)
        feedback = reader.flag("feedback", default: true)
        readLayers(&reader)
        let names = CipherName.allCases.map(\.rawValue)
        let name = reader.text("cipher", default: "gcm")
        if let cipher = CipherName(rawValue: name) {
            self.cipher = cipher
        } else {
            reader.add(["\(reader.place).cipher: expected \(names.joined(separator: ", ")), found \"\(name)\""])
        }
    }

    private mutating func readLayers(_ reader: inout FieldReader) {
        layers = reader.whole("layers", default: 1, in: 1...3)
        layerShares = Array(repeating: 1 / Double(layers), count: layers)
        guard let list = reader.list("layerShares") else { return }
        let shares = list.compactMap { if case .number(let number) = $0, number >= 0 { number } else { nil } }
        guard shares.count == layers, list.count == layers, abs(shares.reduce(0, +) - 1) < 0.01 else {
            let place = "\(reader.place).layerShares"
            return reader.add(["\(place): expected \(layers) numbers, lowest layer first, that make 1 together"])
        }
        layerShares = shares
    }
}

extension Workload: Decodable {
    public init(from decoder: any Decoder) throws {
        try self.init(try Json(from: decoder), name: "workload")
    }
}
