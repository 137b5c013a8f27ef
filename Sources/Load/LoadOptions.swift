import Contract

/// How clients reach the SFU.
public enum Signaling: String, Sendable, CaseIterable {
    /// WHIP to publish and WHEP to play: Millrace, and whoever else speaks them.
    case whip
    /// The VideoRoom of Janus 1.x by its HTTP API.
    case janus
    /// Millrace's meeting protocol over a WebSocket: a member publishes and receives over one connection.
    case room
}

/// What a run is to do. Counts of publishers and subscribers are per room.
public struct LoadOptions: Sendable {
    public var signaling = Signaling.whip
    /// Where the SFU's HTTP is: `http://host[:port][/prefix]`.
    public var url = "http://127.0.0.1:8080"
    /// The room's name; with several rooms a number is appended.
    public var room = "load"
    public var rooms = 1
    public var publishers = 1
    public var subscribers = 10
    /// Every publisher also receives all others of its room, over a second connection.
    public var isMeeting = false
    public var sendsAudio = true
    public var sendsVideo = true
    /// Publishers of a room speak one after the other, for so long each; 0 lets all speak at once.
    public var talkSeconds = 0.0
    public var videoKilobits = 1500
    public var framesPerSecond = 30
    /// Video in three layers: a tenth, three tenths and all of `videoKilobits`.
    public var isSimulcast = false
    public var videoCodec = VideoCodec.vp8
    /// Between two bursts of a frame that is longer than one.
    public var burstMilliseconds = 5.0
    public var keyframeSeconds = 10.0
    public var durationSeconds = 30.0
    /// From the last join to the beginning of what is measured.
    public var warmUpSeconds = 3.0
    public var joinsPerSecond = 50.0
    public var profiles: [SrtpProfile] = [.aes128Gcm, .aes256Gcm, .aes128CmSha1]
    /// Sent as `Authorization: Bearer`.
    public var token: String?
    /// `{room}` and `{peer}` are filled in; for one who receives in a meeting `{peer}` is the name it publishes under.
    public var whipPath = "/whip/{room}?peer={peer}"
    public var whepPath = "/whep/{room}"
    /// For who receives in a meeting: everybody but itself.
    public var meetingPath = "/whep/{room}?not={peer}"
    /// Sections of each kind in a subscriber's offer; by default one for each publisher of the room.
    public var tracks: Int?
    /// Joins and leaves of subscribers while the others go on.
    public var churn = 0
    public var churnPerSecond = 20.0
    /// How long a churning subscriber stays after its first media.
    public var churnHoldSeconds = 1.0
    /// Receivers in all, spread evenly, that take, open and check every packet; the kernel counts the others' media. As many as
    /// `measuredByDefault` unless told.
    public var measured: Int?
    /// Parts of the publishers' video, in hundredths, one after the other for `levelSeconds` each; in place of a duration.
    public var levels: [Double] = []
    public var levelSeconds = 6.0
    public var asksForLost = false
    public var givesTransportFeedback = false
    public var scrapesMetrics = false
    /// The SFU's process on this host, to measure its CPU time and memory by.
    public var sfuPid: Int32?
    /// Lost, reordered, duplicated or changed packets are a failure.
    public var isStrict = false

    public init() {}

    var tracksPerSubscriber: Int { tracks ?? min(max(isMeeting ? publishers - 1 : publishers, 1), Self.tracksMax) }
    /// Those who receive in one room.
    var receivers: Int { subscribers + (isMeeting ? publishers : 0) }
    var peers: Int { rooms * (publishers + (sharesConnections ? subscribers : receivers)) }
    /// Who publishes in a meeting receives over the same connection.
    var sharesConnections: Bool { signaling == .room && isMeeting }
    static let tracksMax = 120
    public static let measuredByDefault = 1000
    /// Sockets that the kernel counts for: each is known by its port.
    var measuredReceivers: Int { min(measured ?? Self.measuredByDefault, rooms * receivers) }
    var countsSome: Bool { measuredReceivers < rooms * receivers }
    /// Every subscriber is to get everything: the SFU chooses nothing.
    var comparesVideo: Bool { !isSimulcast }

    /// One sentence for each setting that cannot be.
    public var mistakes: [String] {
        var found: [String] = []
        func check(_ holds: Bool, _ sentence: String) { if !holds { found.append(sentence) } }
        check(HttpTarget(url) != nil, "--url \(url): expected http://host[:port][/prefix]; https is not supported")
        check(rooms >= 1, "--rooms \(rooms): expected 1 or more")
        check(
            publishers >= 0 && subscribers >= 0 && publishers + subscribers > 0,
            "nobody joins: no publishers, no subscribers")
        check(peers + churn <= 200_000, "more than 200000 peers in one run")
        check(sendsAudio || sendsVideo, "--no-audio and --no-video together leave nothing to send")
        check((16...100_000).contains(videoKilobits), "--video-kbps \(videoKilobits): expected 16 to 100000")
        check((1...240).contains(framesPerSecond), "--fps \(framesPerSecond): expected 1 to 240")
        check((0...1000).contains(burstMilliseconds), "--burst-ms \(burstMilliseconds): expected 0 to 1000")
        check(!isSimulcast || sendsVideo, "--simulcast and --no-video exclude each other")
        check(durationSeconds > 0 && warmUpSeconds >= 0, "--duration and --warm-up: expected seconds")
        check((0...3600).contains(talkSeconds), "--talk \(talkSeconds): expected up to 3600 seconds")
        check(joinsPerSecond > 0, "--ramp \(joinsPerSecond): expected joins per second")
        check(
            churn >= 0 && churnPerSecond > 0, "--churn \(churn) --churn-rate \(churnPerSecond): expected counts above 0"
        )
        check(churn == 0 || publishers > 0, "--churn needs a publisher whose media the joining subscribers wait for")
        check(
            (1...Self.tracksMax).contains(tracks ?? 1), "--tracks \(tracks ?? 1): expected 1 to \(Self.tracksMax)")
        check(
            signaling != .room || isMeeting || publishers <= 1,
            "by the meeting protocol every publisher receives all others: say --meeting")
        check((measured ?? 1) >= 1, "--measured \(measured ?? 1): expected 1 or more")
        check(levels.allSatisfy { (1...1000).contains($0) }, "--levels: expected hundredths of the video, 1 to 1000")
        check(levelSeconds > 0, "--level-time: expected seconds")
        check(levels.isEmpty || churn == 0, "--levels and --churn exclude each other")
        check(!isMeeting || publishers >= 2, "--meeting needs --publishers 2 or more: the members of each room")
        check(
            signaling != .janus || !scrapesMetrics,
            "--metrics reads a millrace server; with --against janus use --sfu-pid")
        return found
    }
}

/// The server that requests go to.
public struct HttpTarget: Equatable, Sendable {
    public let host: String
    public let port: Int
    /// Begins with a slash, or is empty.
    public let prefix: String

    /// Nil unless it is `http://host[:port][/prefix]`; an IPv6 address stands in brackets.
    public init?(_ url: String) {
        guard url.lowercased().hasPrefix("http://") else { return nil }
        let rest = url.dropFirst(7)
        let authority = rest.prefix { $0 != "/" }
        var path = String(rest.dropFirst(authority.count))
        while path.hasSuffix("/") { path.removeLast() }
        prefix = path
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            let behind = authority[authority.index(after: end)...]
            guard behind.isEmpty || behind.hasPrefix(":") else { return nil }
            portText = behind.isEmpty ? nil : behind.dropFirst()
        } else {
            let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2 else { return nil }
            host = String(parts[0])
            portText = parts.count == 2 ? parts[1] : nil
        }
        guard !host.isEmpty, let number = portText.map({ Int($0) }) ?? 80, (1...65535).contains(number) else {
            return nil
        }
        port = number
    }
}
