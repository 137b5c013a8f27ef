import Engine
import Memory

/// Taking over and being taken over from. All of it is the control side's thread's, as `stop` is.
extension DataPlane {
    /// Releases that write snapshots of another format cannot take over from each other.
    public static var snapshotFormat: UInt32 { Engine.snapshotFormat }

    /// How long shards get to stand still, or to take a snapshot in.
    private static let patienceMilliseconds = 1000

    /// The shards stop reading; what arrives waits in the sockets. Their snapshots in order, or nil when that cannot be: they go
    /// on then. After this either `resume` or the process's end.
    public func stand() -> [[UInt8]]? {
        for (standstill, link) in zip(standstills, links) { standstill.ask(.hold, wake: link.commandBell) }
        // One that is alone need not wait for others, and writes at once.
        if standstills.count > 1 {
            guard standstills.wait(for: [.held], milliseconds: Self.patienceMilliseconds) else {
                resume()
                return nil
            }
            for standstill in standstills { standstill.ask(.write) }
        }
        guard standstills.wait(for: [.written], milliseconds: Self.patienceMilliseconds) else {
            resume()
            return nil
        }
        return standstills.map(\.bytes)
    }

    /// Nobody took over: the shards go on as if nothing had been.
    public func resume() {
        // One that is late must have answered, or its answer would hide what it is told now.
        _ = standstills.wait(for: [.held, .written, .refused], milliseconds: Self.patienceMilliseconds)
        for standstill in standstills {
            standstill.bytes = []
            standstill.ask(.goOn)
        }
        _ = standstills.wait(for: [.running], milliseconds: Self.patienceMilliseconds)
    }

    /// Whether all that the control side has said is obeyed.
    public var isSettled: Bool { links.allSatisfy { $0.commands.count == 0 } }

    /// In a process that takes over, once `isSettled`: lays the older one's snapshots over what commands have opened. What is
    /// wrong, or nil.
    public func load(_ snapshots: [[UInt8]]) -> String? {
        guard snapshots.count == standstills.count else { return "the snapshots are of \(snapshots.count) shards" }
        for (standstill, snapshot) in zip(standstills, snapshots) {
            standstill.bytes = snapshot
            standstill.ask(.load)
        }
        if standstills.wait(for: [.loaded], milliseconds: Self.patienceMilliseconds) { return nil }
        let problems = standstills.map(\.problem).filter { !$0.isEmpty }
        return problems.isEmpty ? "a shard did not take its snapshot in time" : problems.joined(separator: "; ")
    }

    /// The older process sends no more: the shards read and send from now on.
    public func begin() -> Bool {
        for standstill in standstills { standstill.ask(.goOn) }
        return openDoor()
    }
}
