@testable import Capacity

/// A machine whose prices are known: what it would count and spend, without a clock.
enum Machine {
    static var prices: Work {
        var prices = Work()
        prices[.wakeup] = 12_000
        prices[.packetIn] = 900
        prices[.run] = 3300
        prices[.segment] = 300
        prices[.kilobyte] = 70
        prices[.cipher] = 1.3
        prices[.feedback] = 1400
        prices[.peer] = 20_000
        prices[.join] = 400_000
        return prices
    }

    static let model = CostModel(prices: prices)

    static func room(_ people: Int, _ change: (inout RoomKind) -> Void = { _ in }) -> RoomKind {
        var kind = RoomKind(people: people)
        kind.feedback = false
        change(&kind)
        return kind
    }

    static func rooms(_ count: Int, of people: Int, _ change: (inout RoomKind) -> Void = { _ in }) -> Workload {
        var workload = Workload(rooms: [room(people, change)])
        workload.rooms[0].count = count
        return workload
    }

    static func webinar(_ receivers: Int, _ change: (inout RoomKind) -> Void = { _ in }) -> RoomKind {
        room(receivers + 1) { kind in
            kind.publishers = 1
            kind.receivers = receivers
            change(&kind)
        }
    }

    /// Joins that no clock asks for.
    static func joining(_ kind: RoomKind, _ perSecond: Double) -> Workload {
        var workload = Workload(rooms: [kind])
        workload.joinsPerSecond = perSecond
        return workload
    }

    /// A run of this workload on the machine.
    static func run(_ name: String, _ workload: Workload, role: String = "fit") -> Calibration.Run {
        var settings = QueueSettings()
        settings.wakeMicroseconds = 60
        settings.careMicroseconds = QueueSettings.generatorCareMicroseconds
        settings.tailMilliseconds = 0.5
        settings.wakeupsPerJoin = 8
        let load = ShardQueue.run(workload, prices: prices, settings: settings)
        let work = load.work
        let bytes = work[.segment] > 0 ? work[.kilobyte] * 1024 : 0
        let counts = Calibration.Counts(
            wakeups: work[.wakeup], datagramsIn: load.packetsInAll, bytesIn: load.bytesIn, mediaIn: work[.packetIn],
            rtcpIn: work[.feedback], runs: work[.run], segments: work[.segment], forwarded: work[.segment],
            bytesOut: bytes,
            joins: work[.join])
        return Calibration.Run(
            scenario: name, role: role, level: 0, workload: workload, seconds: 5, shardNanoseconds: load.busy * 1e9,
            otherNanoseconds: 1e6 * work[.join] + 2000 * work[.peer], perSecond: counts, peers: work[.peer],
            emptyBytes: 50e6,
            residentBytes: 50e6 + 60_000 * work[.peer] + MemoryModel.historyBytes(workload),
            rooms: zip(workload.rooms, load.kinds).map {
                Calibration.RoomTimes(name: $0.name, p50Milliseconds: $1.p50, p99Milliseconds: $1.p99)
            })
    }

    static var calibration: Calibration {
        var calibration = try! Calibration.example
        calibration.runs = [
            run("idle", Workload(rooms: [room(400) { $0.publishers = 0 }])),
            run("large", Workload(rooms: [webinar(200)])),
            run("audio", Workload(rooms: [webinar(250) { $0.videoKilobits = 0 }])),
            run("meetings", rooms(10, of: 4)),
            run("sha1", Workload(rooms: [webinar(120) { ($0.cipher, $0.feedback) = (.sha1, true) }])),
            run("joins", joining(webinar(60) { $0.videoKilobits = 500 }, 20)),
        ]
        return calibration
    }
}
