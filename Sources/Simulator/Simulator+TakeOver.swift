import Contract

/// One process takes over from another in the midst of everything.
extension Simulator {
    /// False when commands are under way: try again a little later.
    @discardableResult
    public func takeOver(shard index: Int = 0) -> Bool {
        let shard = shards[index]
        guard shard.mailboxes.commands.count == 0, control.isIdle, !shard.engine.hasLateEvents else {
            return false
        }
        let commands = control.told[index].filter(\.opensOrCloses)
        // What was said before is heard before.
        control.afterStep(shard)
        if let problem = shard.takeOver(commands, now: now) {
            violate("takeover", problem)
        } else {
            counts.takeOvers += 1
            disturbance = now
        }
        return true
    }

    /// What another process would be given now.
    public func snapshot(shard index: Int = 0) -> [UInt8] { shards[index].engine.snapshot(now: now) }

    /// Why a process with the same peers, and these limits, would not take it; nil when it would.
    public func refusal(of snapshot: [UInt8], shard index: Int = 0, limits: Limits? = nil) -> String? {
        control.afterStep(shards[index])
        let commands = control.told[index].filter(\.opensOrCloses)
        return shards[index].refusal(of: snapshot, commands, limits: limits, now: now)
    }
}

extension Command {
    /// What the control side would tell a new shard, besides what has ended. Addresses and keys move with the snapshot.
    fileprivate var opensOrCloses: Bool {
        switch self {
        case .connectPlain, .requestKeyframe, .report, .reportPeer, .reportProducer, .reportConsumer, .stop: false
        default: true
        }
    }
}
