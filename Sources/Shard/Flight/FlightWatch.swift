import CPlatform
import Flight
import Glibc
import Memory
import Synchronization

/// One record that was written to a file, or could not be.
public struct FlightDump: Sendable {
    public var shard: Int
    public var path: String
    /// Nil when it was written.
    public var error: String?
}

/// How often records were written.
public struct FlightCounters: Sendable {
    public var requests: UInt64 = 0
    public var stalls: UInt64 = 0
    public var failures: UInt64 = 0

    public init() {}
}

/// Watches the shards' flight recorders from a thread of its own: writes them to files on request and when a shard stands
/// still in the middle of something.
final class FlightWatch: @unchecked Sendable {
    /// Records that are kept of stalls and requests; older ones are removed.
    private static let filesMax = 16
    private static let lookMicroseconds: UInt32 = 25_000
    /// A shard that stands still again and again is written down this often.
    private static let stallPauseNanoseconds: UInt64 = 60_000_000_000

    private struct Seen {
        var cursor: UInt64 = 0
        var burst: UInt64 = 0
        var since: UInt64 = 0
        var isTold = false
        var nextStall: UInt64 = 0
    }

    private struct Request {
        var shard: Int?
        var done: @Sendable ([FlightDump]) -> Void
    }

    private let folder: String
    private let stallNanoseconds: UInt64
    /// By shard.
    private let recorders: [FlightRecorder]
    private var seen: [Seen]
    private let requests = Mutex<[Request]>([])
    private let counted = Mutex(FlightCounters())
    private let isEnding = Atomic(false)
    private var thread: UInt64 = 0
    private var written: [String] = []

    /// - Parameter stallMilliseconds: a shard is taken to stand still after so long; 0 for never.
    init(folder: String, stallMilliseconds: UInt32, recorders: [FlightRecorder]) {
        self.folder = folder
        stallNanoseconds = UInt64(stallMilliseconds) * 1_000_000
        self.recorders = recorders
        seen = Array(repeating: Seen(), count: recorders.count)
    }

    /// False when the system refuses a thread.
    func start() -> Bool {
        let argument = Unmanaged.passRetained(self).toOpaque()
        guard cp_spawn(&thread, 1 << 20, watchThreadMain, argument) == 0 else {
            Unmanaged<FlightWatch>.fromOpaque(argument).release()
            return false
        }
        return true
    }

    /// Before the recorders' memory goes.
    func stop() {
        isEnding.store(true, ordering: .releasing)
        _ = cp_join(thread)
    }

    var counters: FlightCounters { counted.withLock { $0 } }

    /// Writes the record of one shard, or of all; `done` is called on the watch's thread.
    func request(shard: Int?, _ done: @escaping @Sendable ([FlightDump]) -> Void) {
        requests.withLock { $0.append(Request(shard: shard, done: done)) }
    }

    fileprivate func main() {
        _ = cp_name_thread("flight")
        _ = cp_crash_thread("flight", nil)
        while true {
            let isLast = isEnding.load(ordering: .acquiring)
            serve()
            if isLast { break }
            look()
            usleep(Self.lookMicroseconds)
        }
        cp_crash_thread_ends()
    }

    private func serve() {
        let waiting = requests.withLock { requests in
            defer { requests = [] }
            return requests
        }
        for request in waiting {
            let shards = request.shard.map { [$0] } ?? Array(recorders.indices)
            counted.withLock { $0.requests += 1 }
            request.done(
                shards.filter(recorders.indices.contains).map { write($0, reason: .request, note: "asked for") })
        }
    }

    /// A shard that is in the middle of something and has written nothing down since it was last looked at stands still.
    private func look() {
        guard stallNanoseconds > 0 else { return }
        let now = cp_now()
        for (shard, recorder) in recorders.enumerated() {
            let head = recorder.head
            let (cursor, burst) = (head.pointee.cursor, head.pointee.burst)
            let isResting = head.pointee.phase <= FlightPhase.idle.rawValue
            guard !isResting, cursor == seen[shard].cursor, burst == seen[shard].burst else {
                (seen[shard].cursor, seen[shard].burst, seen[shard].since) = (cursor, burst, now)
                seen[shard].isTold = false
                continue
            }
            guard now &- seen[shard].since >= stallNanoseconds, !seen[shard].isTold else { continue }
            seen[shard].isTold = true
            guard now >= seen[shard].nextStall else { continue }
            seen[shard].nextStall = now &+ Self.stallPauseNanoseconds
            tellStall(shard, burst: burst, milliseconds: (now &- seen[shard].since) / 1_000_000)
        }
    }

    private func tellStall(_ shard: Int, burst: UInt64, milliseconds: UInt64) {
        counted.withLock { $0.stalls += 1 }
        let note = "stands still in burst \(burst) for \(milliseconds) ms"
        let dump = write(shard, reason: .stall, note: note)
        let end =
            dump.error.map { "; its flight record cannot be written: \($0)" } ?? "; its flight record is \(dump.path)"
        let line = Array("millrace: shard \(shard) \(note)\(end)\n".utf8)
        _ = Glibc.write(2, line, line.count)
    }

    private enum Reason: UInt32 {
        case request = 1
        case stall
    }

    private func write(_ shard: Int, reason: Reason, note: String) -> FlightDump {
        let seconds = Int64(time(nil))
        let kind = reason == .request ? "request" : "stall"
        let path = "\(folder)/millrace-\(getpid())-\(kind)-\(seconds)-shard-\(shard).flight"
        var dump = FlightDump(shard: shard, path: path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { return fail(&dump, errno) }
        defer { close(descriptor) }
        let error = cp_flight_write(descriptor, recorders[shard].head, reason.rawValue, 0, seconds, note)
        keep(path)
        return error == 0 ? dump : fail(&dump, error)
    }

    private func fail(_ dump: inout FlightDump, _ error: Int32) -> FlightDump {
        counted.withLock { $0.failures += 1 }
        dump.error = String(cString: strerror(error))
        return dump
    }

    /// So that no disk is filled.
    private func keep(_ path: String) {
        if !written.contains(path) { written.append(path) }
        while written.count > Self.filesMax { unlink(written.removeFirst()) }
    }
}

/// Thread entry: a free function, since a closure would belong to an actor.
private func watchThreadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<FlightWatch>.fromOpaque(argument!).takeRetainedValue().main()
    return nil
}
