import CLoad
import Synchronization

/// What the engine is told. Done at its next turn, within a millisecond.
public enum EngineCommand: Sendable {
    case open(PeerPlan)
    /// Says goodbye by DTLS and closes the socket; what the peer counted stays in the sums.
    case close(UInt32)
    /// Publishers go on or are silent.
    case play(Bool)
    /// Publishers are silent and nothing is under way: what is counted in the kernel is compared from here on.
    case compareFromHere
    /// Publishers' video from here on, in parts of what was planned.
    case scale(Double)
    /// Latencies and lateness are counted from here on, or no more.
    case measure(Bool)
    case stop
}

/// What the engine tells.
public enum EngineEvent: Sendable {
    /// The handshake is done, so many nanoseconds after the peer was opened.
    case connected(UInt32, nanoseconds: UInt64)
    case lost(UInt32, reason: String)
    /// The first media came, so many nanoseconds after the peer was opened.
    case receiving(UInt32, nanoseconds: UInt64)
    case closed(UInt32)
    case snapshot(Snapshot)
    case stopped(Snapshot)
}

/// The way between the engine's thread and the others.
public final class EngineLink: Sendable {
    private let commands = Mutex<[EngineCommand]>([])
    let bell: Int32
    let tell: @Sendable (EngineEvent) -> Void

    /// `tell` is called on the engine's thread.
    public init(tell: @escaping @Sendable (EngineEvent) -> Void) {
        bell = cl_bell_new()
        precondition(bell >= 0, "no descriptor left for the engine's bell")
        self.tell = tell
    }

    deinit { cl_close(bell) }

    public func send(_ command: EngineCommand) {
        commands.withLock { $0.append(command) }
        cl_ring(bell)
    }

    func takeCommands() -> [EngineCommand] {
        commands.withLock { commands in
            let taken = commands
            commands.removeAll(keepingCapacity: true)
            return taken
        }
    }
}
