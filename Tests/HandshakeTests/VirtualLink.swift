import Contract
import Handshake

/// A small seeded generator (SplitMix64), so that a failing run can be repeated.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func isHit(percent: Int) -> Bool { Int(next() % 100) < percent }
}

/// What the network between two endpoints does, in per cent of datagrams.
struct NetworkMood {
    var loss = 0
    var duplication = 0
    /// A reordered datagram takes up to this long instead of 10 ms.
    var reordering = 0
    var reorderedNanosecondsMax: UInt64 = 400_000_000
}

/// Two endpoints, a network between them and a clock that jumps from event to event.
final class VirtualLink {
    let client: DtlsEndpoint
    let server: DtlsEndpoint
    var now: UInt64 = 1_000_000_000
    var random: SeededRandom
    var mood: NetworkMood
    /// Decides about the n-th datagram of a direction (from 0) before the mood does; true loses it.
    var isLost: (_ fromClient: Bool, _ index: Int) -> Bool = { _, _ in false }
    private(set) var datagramBytesMaxSeen = 0
    private(set) var sentCount = [false: 0, true: 0]
    private var underWay: [(arrival: UInt64, toServer: Bool, bytes: [UInt8])] = []

    init(client: DtlsEndpoint, server: DtlsEndpoint, mood: NetworkMood = NetworkMood(), seed: UInt64 = 1) {
        self.client = client
        self.server = server
        self.mood = mood
        random = SeededRandom(state: seed)
        client.start(now: now)
    }

    /// Runs until nothing is under way and nobody waits, both are done, or virtual minutes have gone by.
    func run(secondsMax: UInt64 = 60) {
        let end = now + secondsMax * 1_000_000_000
        collect()
        while let next = nextEvent(), next <= end {
            now = max(now, next)
            deliver()
            client.handleTimeout(now: now)
            server.handleTimeout(now: now)
            collect()
        }
    }

    private func nextEvent() -> UInt64? {
        let arrivals = underWay.map(\.arrival).min()
        return [arrivals, client.deadlineNanoseconds, server.deadlineNanoseconds].compactMap { $0 }.min()
    }

    private func collect() {
        while let datagram = client.nextDatagram() { send(datagram, toServer: true) }
        while let datagram = server.nextDatagram() { send(datagram, toServer: false) }
    }

    private func send(_ datagram: [UInt8], toServer: Bool) {
        datagramBytesMaxSeen = max(datagramBytesMaxSeen, datagram.count)
        let index = sentCount[toServer]!
        sentCount[toServer]! += 1
        if isLost(toServer, index) { return }
        if random.isHit(percent: mood.loss) { return }
        let copies = random.isHit(percent: mood.duplication) ? 2 : 1
        for _ in 0..<copies {
            let isLate = random.isHit(percent: mood.reordering)
            let delay = isLate ? random.next() % mood.reorderedNanosecondsMax : 10_000_000
            underWay.append((now + delay + 1, toServer, datagram))
        }
    }

    private func deliver() {
        let due = underWay.filter { $0.arrival <= now }.sorted { $0.arrival < $1.arrival }
        underWay.removeAll { $0.arrival <= now }
        for item in due {
            let receiver = item.toServer ? server : client
            item.bytes.withUnsafeBytes { receiver.receive($0, now: now) }
        }
    }
}

let allProfiles: [SrtpProfile] = [.aes128Gcm, .aes256Gcm, .aes128CmSha1]

/// A client and a server that know each other's fingerprints.
func makePair(
    serverProfiles: [SrtpProfile] = allProfiles, clientProfiles: [SrtpProfile] = allProfiles,
    datagramBytesMax: Int = 1200
) throws -> (client: DtlsEndpoint, server: DtlsEndpoint) {
    let serverContext = try DtlsContext(profiles: serverProfiles)
    let clientContext = try DtlsContext(profiles: clientProfiles)
    let client = try DtlsEndpoint(
        context: clientContext, role: .client, expectedFingerprint: serverContext.fingerprint,
        datagramBytesMax: datagramBytesMax)
    let server = try DtlsEndpoint(
        context: serverContext, role: .server, expectedFingerprint: clientContext.fingerprint,
        datagramBytesMax: datagramBytesMax)
    return (client, server)
}

/// Both ends are through and hold the same keys, each the other way round.
func agree(_ client: DtlsEndpoint, _ server: DtlsEndpoint) -> Bool {
    guard let left = client.keys, let right = server.keys, client.state == .established, server.state == .established
    else { return false }
    return left.profile == right.profile && left.sendKey == right.receiveKey && left.sendSalt == right.receiveSalt
        && left.receiveKey == right.sendKey && left.receiveSalt == right.sendSalt && left.sendKey != left.receiveKey
}
