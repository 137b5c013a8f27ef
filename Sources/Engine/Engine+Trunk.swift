import Contract
import Forward
import Memory

/// Rooms that are spread over several shards: what comes from the others and what goes there.
extension Engine {
    /// Records of one other shard in one burst.
    private static let recordsPerBurst = 256

    mutating func takeRecords(now: UInt64) {
        recordsTaken = 0
        areRecordsLeft = false
        guard shardCount > 1 else { return }
        for other in 0..<shardCount where other != Int(shard) { takeRecords(from: other, now: now) }
        forward.noteTrunkTime()
    }

    private mutating func takeRecords(from other: Int, now: UInt64) {
        for _ in 0..<Self.recordsPerBurst {
            switch forward.takeRecord(from: other, now: now) {
            case .nothing: return
            case .handled: break
            case .packet(let room, let speaker): if speaker != .none { post(.speakerChanged(room, speaker)) }
            case .released(let mirror): post(.producerReleased(mirror))
            }
            recordsTaken += 1
        }
        areRecordsLeft = true
    }

    mutating func openMirror(_ order: OpenMirror) -> Bool {
        guard forward.openMirror(order) else { return false }
        intakes[Int(order.mirror.value)] = ProducerIntake()
        return true
    }

    mutating func closeMirror(_ producer: ProducerIndex) {
        forgetSpeaker(producer)
        if forward.closeMirror(producer.value) { post(.producerReleased(producer)) }
    }

    /// Between bursts: what time asks of mirrors, and what found no room.
    mutating func keepMirrors(now: UInt64) {
        guard shardCount > 1 else { return }
        forward.sayLateWords()
        if forward.hasMirrors, now >= mirrorsDueNanoseconds {
            mirrorsDueNanoseconds = now + Self.housekeepingNanoseconds
            forward.keepMirrors(
                historyFrom: now - min(now, Self.historyNanoseconds),
                layersFrom: now - min(now, Self.layerSilenceNanoseconds))
        }
        signals.shards |= forward.takeBells()
    }
}
