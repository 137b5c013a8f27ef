import CLoad
import Driver

/// What publishers of one room have sent since it is compared: how much a peer that receives them all should have.
struct PlannedSums {
    var audio: UInt64 = 0
    var video: UInt64 = 0
    /// By publisher's number: what one who publishes too does not get.
    var each: [UInt32: (audio: UInt64, video: UInt64)] = [:]

    func total(except number: UInt32) -> (audio: UInt64, video: UInt64) {
        let own = each[number] ?? (0, 0)
        return (audio - own.audio, video - own.video)
    }
}

/// Sums over peers whose media the kernel counts.
public struct CountedSums: BitwiseCopyable, Sendable {
    public var peers: UInt64 = 0
    public var audio: UInt64 = 0
    public var video: UInt64 = 0
    public var repairs: UInt64 = 0
    public var bytes: UInt64 = 0
    /// Dropped by the kernel for want of room, not by the filter.
    public var ownDrops: UInt64 = 0
    /// Missing and too many of what was sent since it is compared; while publishers play, what is under way is among the missing.
    public var missingAudio: UInt64 = 0
    public var missingVideo: UInt64 = 0
    public var surplus: UInt64 = 0

    public init() {}

    public static func += (left: inout CountedSums, right: CountedSums) {
        left.peers += right.peers
        left.audio += right.audio
        left.video += right.video
        left.repairs += right.repairs
        left.bytes += right.bytes
        left.ownDrops += right.ownDrops
        left.missingAudio += right.missingAudio
        left.missingVideo += right.missingVideo
        left.surplus += right.surplus
    }

    /// Bytes are not told apart by kind: all are video's where there is any.
    func add(to snapshot: inout Snapshot) {
        snapshot.audio.received += audio
        snapshot.video.received += video
        if video > 0 { snapshot.video.receivedBytes += bytes } else { snapshot.audio.receivedBytes += bytes }
        snapshot.packets.rtpReceived += audio + video
        snapshot.packets.rtxReceived += repairs
        snapshot.packets.ownDrops += ownDrops
    }

    /// What is missing at the end, when nothing is under way, is lost.
    func addLosses(to snapshot: inout Snapshot) {
        snapshot.audio.lost += missingAudio
        snapshot.video.lost += missingVideo
    }
}

/// Peers that are real, but whose media the kernel counts and drops (`RtpCounter`); a sample comes through and is checked.
extension ClientEngine {
    /// From the handshake's end on: what came before was read like any other's.
    func beginCounting(_ peer: UnsafeMutablePointer<PeerState>) {
        guard let counter = configuration.counter else { return }
        let port = cl_port(peer.pointee.descriptor)
        let payloads = peer.pointee.payloads
        let attached =
            port != 0
            && counter.attach(
                peer.pointee.descriptor, port: port, audioType: payloads.audio, repairType: payloads.rtx)
        peer.pointee.isLight = attached
        peer.pointee.countedPort = attached ? port : 0
    }

    /// What was counted until now, and what came through as a sample.
    private func seen(_ place: Int) -> RtpCounts {
        guard let counter = configuration.counter else { return RtpCounts() }
        var counts = counter.counts(of: peers[place].countedPort)
        guard let streams = peers[place].streams else { return counts }
        for index in 0..<streams.count {
            let stream = streams.streams[index]
            counts.packets += stream.tally.received
            if stream.kind == .audio { counts.audio += stream.tally.received }
        }
        return counts
    }

    mutating func compareFromHere() {
        for place in openPlaces where peers[place].countedPort != 0 { peers[place].countedBase = seen(place) }
        for number in publishers.indices {
            publishers[number].audioBase = publishers[number].audio.stamps
            publishers[number].videoBase = publishers[number].video.stamps
        }
        isComparing = true
    }

    /// By room; empty as long as nothing is compared.
    func planned() -> [UInt32: PlannedSums] {
        var sums: [UInt32: PlannedSums] = [:]
        guard isComparing else { return sums }
        for publisher in publishers {
            let audio = publisher.audio.stamps - publisher.audioBase
            let video = publisher.video.stamps - publisher.videoBase
            sums[publisher.room, default: PlannedSums()].audio += audio
            sums[publisher.room]!.video += video
            let own = sums[publisher.room]!.each[publisher.number] ?? (0, 0)
            sums[publisher.room]!.each[publisher.number] = (own.audio + audio, own.video + video)
        }
        return sums
    }

    /// Without what came through as a sample, which is counted as everybody's.
    func countedSums(_ place: Int, _ planned: [UInt32: PlannedSums], drops: UInt64) -> CountedSums {
        var sums = CountedSums()
        guard let counter = configuration.counter else { return sums }
        let counts = counter.counts(of: peers[place].countedPort)
        sums.peers = 1
        sums.audio = counts.audio
        sums.repairs = counts.repairs
        sums.video = counts.packets - min(counts.packets, counts.audio + counts.repairs)
        sums.bytes = counts.bytes
        sums.ownDrops = drops - min(drops, counts.datagrams)
        guard let plan = planned[peers[place].room]?.total(except: peers[place].except) else { return sums }
        let (now, base) = (seen(place), peers[place].countedBase)
        let audio = now.audio - base.audio
        let video = now.packets - base.packets - audio - (now.repairs - base.repairs)
        sums.missingAudio = plan.audio > audio ? plan.audio - audio : 0
        guard configuration.comparesVideo else { return sums }
        sums.missingVideo = plan.video > video ? plan.video - video : 0
        sums.surplus = (audio > plan.audio ? audio - plan.audio : 0) + (video > plan.video ? video - plan.video : 0)
        return sums
    }
}
