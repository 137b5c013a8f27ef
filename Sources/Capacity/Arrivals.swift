/// What comes to a shard at one moment by one call of a sender: packets of a frame, one packet of sound, or care for a connection.
struct Arrival {
    /// `report` is RTCP by the clock, `check` a question for consent (STUN).
    enum Kind { case video, audio, report, check, feedback }

    /// Nanoseconds from the beginning.
    var time: Double
    var kind: Kind
    /// Place in the shard's list of rooms.
    var room: Int
    var publisher: Int
    var layer: Int
    var packets: Int
    /// Of a datagram, header and tag included.
    var bytes: Int
}

/// What is typical of clients.
enum Client {
    /// What `millrace load` and libwebrtc fill a packet with at most.
    static let payloadBytesMax = 1100.0
    /// RTP header with its extensions.
    static let headerBytes = 32.0
    static let audioBytes = 92.0
    static let audioBytesSpread = 24.0
    static let audioPerSecond = 50.0
    /// Receiver or sender reports, and consent checks (RFC 7675), of one connection.
    static let reportsPerSecond = 1.0
    static let checksPerSecond = 0.44
    static let feedbackPerSecond = 20.0
    /// Of the server's to one connection that has media, and its transport-wide feedback to one that sends.
    static let serverReportsPerSecond = 1.0
    static let serverFeedbackPerSecond = 10.0
    /// A long frame leaves in portions so far apart, at two and a half times its rate, of eight packets at least.
    static let portionNanoseconds = 5e6
    static let portionPacketsMin = 8.0
    static let portionPacketsMax = 40.0
    static let keyframeSeconds = 10.0
    /// Parts of the highest layer's bits that the lower ones have.
    static func layerParts(_ layers: Int) -> [Double] {
        switch layers {
        case 3: [0.1, 0.3, 1]
        case 2: [0.25, 1]
        default: [1]
        }
    }
}

/// Dice that fall alike each time.
struct PlanDice {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// From 0 up to 1.
    mutating func next() -> Double {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Double(state >> 11) / Double(UInt64(1) << 53)
    }
}

/// One open room.
struct OpenRoom {
    let kind: RoomKind
    /// Place among the workload's kinds.
    let kindPlace: Int
    /// By publisher: place among those whose sound, and whose picture, is on; nil for off.
    let audioRanks: [Int?]
    let videoRanks: [Int?]
    let cipher: CipherCosts

    /// - Parameter number: of the room among those of its kind: shares come out right over all of them.
    init(_ kind: RoomKind, kindPlace: Int, number: Int) {
        self.kind = kind
        self.kindPlace = kindPlace
        audioRanks = Self.ranks(kind.publishers, share: kind.audioShare, number)
        videoRanks = Self.ranks(kind.publishers, share: kind.videoKilobits > 0 ? kind.videoShare : 0, number)
        cipher = CipherCosts(kind.cipher)
    }

    private static func ranks(_ publishers: Int, share: Double, _ number: Int) -> [Int?] {
        var rank = 0
        return (0..<publishers).map { publisher in
            let before = Double(number * publishers + publisher) * share + 1e-9
            guard (before + share).rounded(.down) > before.rounded(.down) else { return nil }
            rank += 1
            return rank - 1
        }
    }

    func receives(_ member: Int) -> Bool { member >= kind.people - kind.receivers }
}

/// Makes all arrivals of some seconds.
struct ArrivalMaker {
    let seconds: Double
    /// Between two sends of one frame whose packets differ by a byte.
    let splitNanoseconds: Double
    /// Clients look so often whether something is due.
    let careNanoseconds: Double
    private(set) var arrivals: [Arrival] = []
    private var dice: PlanDice

    init(seconds: Double, settings: QueueSettings, seed: UInt64) {
        self.seconds = seconds
        splitNanoseconds = settings.splitMicroseconds * 1000
        careNanoseconds = settings.careMicroseconds * 1000
        dice = PlanDice(seed: seed)
    }

    /// Roughly, of one room a second.
    static func rate(_ kind: RoomKind) -> Double {
        let publishers = Double(kind.publishers)
        let frames = Double(kind.layers) * kind.framesPerSecond * kind.videoShare * (kind.videoKilobits > 0 ? 2 : 0)
        let care = Client.reportsPerSecond + Client.checksPerSecond
        let feedback = kind.feedback ? Double(kind.receivers) * Client.feedbackPerSecond : 0
        return publishers * (frames + kind.audioShare * Client.audioPerSecond) + Double(kind.peers) * care + feedback
    }

    mutating func add(_ room: OpenRoom, at place: Int) {
        for publisher in 0..<room.kind.publishers {
            if room.audioRanks[publisher] != nil { addAudio(room, place, publisher) }
            guard room.videoRanks[publisher] != nil else { continue }
            for layer in 0..<room.kind.layers { addVideo(room, place, publisher, layer) }
        }
        for _ in 0..<room.kind.peers {
            addSteady(place, kind: .report, perSecond: Client.reportsPerSecond)
            addSteady(place, kind: .check, perSecond: Client.checksPerSecond)
        }
        guard room.kind.feedback else { return }
        for _ in 0..<room.kind.receivers { addSteady(place, kind: .feedback, perSecond: Client.feedbackPerSecond) }
    }

    private mutating func addSteady(_ room: Int, kind: Arrival.Kind, perSecond: Double) {
        let interval = 1e9 / perSecond
        var time = dice.next() * interval
        while time < seconds * 1e9 {
            var moment = time
            if careNanoseconds > 0, kind != .feedback {
                moment = (time / careNanoseconds).rounded(.up) * careNanoseconds
            }
            arrivals.append(
                Arrival(time: moment, kind: kind, room: room, publisher: -1, layer: 0, packets: 1, bytes: 100))
            time += interval
        }
    }

    private mutating func addAudio(_ room: OpenRoom, _ place: Int, _ publisher: Int) {
        let interval = 1e9 / Client.audioPerSecond
        var time = dice.next() * interval
        while time < seconds * 1e9 {
            let payload = Client.audioBytes + (dice.next() - 0.5) * Client.audioBytesSpread
            let bytes = Int(payload + Client.headerBytes + room.cipher.tagBytes)
            arrivals.append(
                Arrival(time: time, kind: .audio, room: place, publisher: publisher, layer: 0, packets: 1, bytes: bytes)
            )
            time += interval
        }
    }

    private mutating func addVideo(_ room: OpenRoom, _ place: Int, _ publisher: Int, _ layer: Int) {
        let part = Client.layerParts(room.kind.layers)[layer]
        let usual = room.kind.videoKilobits * part * 125 / room.kind.framesPerSecond
        let interval = 1e9 / room.kind.framesPerSecond
        let keyframes = max(1, Int(Client.keyframeSeconds * room.kind.framesPerSecond))
        var number = Int(dice.next() * Double(keyframes))
        var time = dice.next() * interval
        while time < seconds * 1e9 {
            let bytes = max(60, (number % keyframes == 0 ? 4 : 1) * usual * (1 + (dice.next() - 0.5) * 2 / 7))
            var arrival = Arrival(
                time: time, kind: .video, room: place, publisher: publisher, layer: layer, packets: 0, bytes: 0)
            addFrame(bytes, usual: usual, interval: interval, room, &arrival)
            number += 1
            time += interval
        }
    }

    /// Packets of one size as one send; those that are a byte longer as the next.
    private mutating func addFrame(
        _ bytes: Double, usual: Double, interval: Double, _ room: OpenRoom, _ arrival: inout Arrival
    ) {
        let packets = (bytes / Client.payloadBytesMax).rounded(.up)
        let longer = Int(bytes) % Int(packets)
        arrival.bytes = Int(bytes / packets + Client.headerBytes + room.cipher.tagBytes)
        let pace = 2.5 * usual * Client.portionNanoseconds / interval / Client.payloadBytesMax
        let portion = Int(min(max(Client.portionPacketsMin, pace.rounded(.up)), Client.portionPacketsMax))
        var left = Int(packets)
        while left > 0 {
            let now = min(portion, left)
            let shorter = max(0, min(now, left - longer))
            let start = arrival.time
            for (count, delay) in [(shorter, 0), (now - shorter, shorter > 0 ? splitNanoseconds : 0)] where count > 0 {
                arrival.packets = count
                arrival.time = start + delay
                arrivals.append(arrival)
            }
            arrival.time = start + Client.portionNanoseconds
            left -= now
        }
    }
}
