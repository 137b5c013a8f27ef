import Contract

/// Every datagram is counted under exactly one word, and so is every copy that a consumer could have had.
enum CounterChecker {
    static func check(_ shard: SimulatedShard, _ world: Simulator) {
        let report = shard.engine.report
        var onArrival: UInt64 = 0
        var onDeparture: UInt64 = 0
        var onTrunk: UInt64 = 0
        for reason in DropReason.allCases {
            let count = report.pointee.drops[Int(reason.rawValue)]
            if reason.isOnTrunk {
                onTrunk += count
            } else if reason.isOnDeparture {
                onDeparture += count
            } else {
                onArrival += count
            }
        }
        let received = report.pointee.datagramsReceived
        let sorted =
            report.pointee.stunHandled + report.pointee.dtlsPassed + report.pointee.rtcpHandled
            + report.pointee.rtpAccepted + report.pointee.handedOver + onArrival
        let passed = report.pointee.trunkReceived
        if received + passed != sorted {
            world.violate("counters", "shard \(shard.index) received \(received) + \(passed) and sorted \(sorted)")
        }
        if world.shards.count == 1, received != shard.given {
            world.violate("counters", "\(shard.given) datagrams were given, \(received) were counted")
        }
        if report.pointee.trunkOffered != report.pointee.trunkPassed + onTrunk {
            world.violate("counters", "passed \(report.pointee.trunkPassed) of \(report.pointee.trunkOffered)")
        }
        if report.pointee.offered != report.pointee.forwarded + onDeparture {
            world.violate(
                "counters",
                "offered \(report.pointee.offered), forwarded \(report.pointee.forwarded), refused \(onDeparture)")
        }
    }
}
